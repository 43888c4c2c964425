"""The words of the daily report, and which figures stand where in it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from calypso.declarations import Declared, load
from calypso.registry import Texts
from calypso.report.wording import Wording, shared

PATH = Path(__file__).with_name("texts.yml")


class Group(Declared):
    """Figures that stand together in the table."""

    label: Texts
    figures: tuple[str, ...]


class Words(Declared):
    """The sentences; the figures in groups, those of the answer that comes first, those that are drawn; the limits."""

    texts: Mapping[str, Texts]
    groups: Mapping[str, Group]
    headline: tuple[str, ...]
    trends: tuple[str, ...]
    notable: Mapping[str, Decimal]


@cache
def words() -> Words:
    """Return the words, read once."""
    return load(PATH, Words)


def wording(language: str) -> Wording:
    """Return how a language says what the daily report shows."""
    return Wording(language, {**shared(), **words().texts})
