"""The words of an administration's own page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from calypso.declarations import Declared, load
from calypso.registry import Texts
from calypso.report.wording import Wording, shared

PATH = Path(__file__).with_name("texts.yml")


class Words(Declared):
    """The sentences, and what each measure is called."""

    texts: Mapping[str, Texts]
    measures: Mapping[str, Texts]


@cache
def words() -> Words:
    """Return the words, read once."""
    return load(PATH, Words)


def wording(language: str) -> Wording:
    """Return how a language says what the page shows."""
    return Wording(language, {**shared(), **words().texts})
