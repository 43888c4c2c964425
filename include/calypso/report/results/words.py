"""The words of the results, and which figures stand where in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from calypso.declarations import Declared, load
from calypso.registry import Texts
from calypso.report.wording import Wording, shared

PATH = Path(__file__).with_name("texts.yml")


class Tile(Declared):
    """A figure of the release, in large, with further figures that are told beneath it."""

    figure: str
    adds: tuple[str, ...] = ()
    leads: bool = False  # whether it is told which direction most of it went


class Map(Declared):
    """The commodities whose routes are drawn on one map."""

    label: Texts | None = None  # None: that of its one figure
    figures: tuple[str, ...]


class Line(Declared):
    """A line of the comparison of editions: what of it may be compared, and why."""

    figure: str
    comparable: str  # a text of its own
    why: Texts


class Words(Declared):
    """The sentences; the figures of the release and of both readings; commodities, maps; the comparison."""

    texts: Mapping[str, Texts]
    release: tuple[Tile, ...]
    readings: Mapping[str, Texts]
    commodities: tuple[str, ...]
    maps: Mapping[str, Map]
    comparison: tuple[Line, ...]


@cache
def words() -> Words:
    """Return the words, read once."""
    return load(PATH, Words)


def wording(language: str) -> Wording:
    """Return how a language says what the results show."""
    return Wording(language, {**shared(), **words().texts})
