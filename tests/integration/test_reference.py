"""What lies in a stack's reference folders is what the contract and the rules of today say."""

from __future__ import annotations

import json

from calypso import judging
from calypso.reference import STAMP, documents, fingerprint
from calypso.registry import administrations
from calypso.settings import Settings


def test_every_administration_finds_its_reference_as_of_today(servers: Settings) -> None:
    book = judging.rules()
    for code, office in administrations().items():
        folder = servers.home / "sftp" / code / "reference"
        stamp = fingerprint(book, office)
        assert (folder / STAMP).read_text().split()[0] == stamp
        assert json.loads((folder / "seizures.schema.json").read_text())["calypso:fingerprint"] == stamp
        assert f'content="{stamp}"' in (folder / "rules.html").read_text(encoding="utf-8")
    one = administrations()["mtq"]
    folder = servers.home / "sftp" / "mtq" / "reference"
    made = documents(one, book)
    assert {name: (folder / name).read_bytes() for name in made} == made
