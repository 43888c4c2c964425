"""The words of a receipt stand in texts.yml, each in the four languages; a missing one fails the load."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from calypso.declarations import Declared, load
from calypso.registry import Texts

ROOM = Path(__file__).parent


class Wording(Declared):
    """The words of a receipt."""

    texts: Mapping[str, Texts]
    states: Mapping[str, Texts]


@cache
def wording() -> Wording:
    """Return the words of a receipt, read once."""
    return load(ROOM / "texts.yml", Wording)


@cache
def words(language: str) -> Mapping[str, str]:
    """Return every word of a receipt in one language."""
    return {name: texts[language] for name, texts in wording().texts.items()}
