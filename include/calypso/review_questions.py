"""Questions of the coordination unit about a finding, put into the folder of the sender in its language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.declarations import Declared, load
from calypso.folder import put
from calypso.legible import spaced
from calypso.registry import Texts, administrations
from calypso.telling import shown

if TYPE_CHECKING:
    from paramiko import SFTPClient

    from calypso.deciding import Doubt


class Wording(Declared):
    """The texts of questions."""

    texts: Mapping[str, Texts]


@cache
def wording() -> Mapping[str, Texts]:
    """Return the texts, read once."""
    return load(Path(__file__).with_suffix(".yml"), Wording).texts


def ask(sftp: SFTPClient, doubt: Doubt, why: str) -> None:
    """Put a question into the folder of the sender, in its language; asked again it is the same file."""
    language = administrations()[doubt.administration].language
    said = {
        "file": shown(doubt.file_name),
        "row": doubt.row or "-",
        "message": doubt.told(language),
        "why": spaced(why),
    }
    text = wording()["question"][language].format_map(said)
    name = f"question_{doubt.submission_id}_{doubt.finding_no}.txt"
    put(sftp, f"/{doubt.administration}/receipts", name, text.encode("utf-8-sig"))
