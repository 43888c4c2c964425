"""The words of the home page, and what it leads to besides the reports."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from calypso.declarations import Declared, load
from calypso.registry import Texts
from calypso.report.daily.words import words as daily
from calypso.report.wording import Wording, shared

PATH = Path(__file__).with_name("texts.yml")


class Group(Declared):
    """Links that stand together, for one kind of reader."""

    label: Texts
    links: Mapping[str, Texts]


class Words(Declared):
    """The sentences, and the links in groups."""

    texts: Mapping[str, Texts]
    groups: Mapping[str, Group]


@cache
def words() -> Words:
    """Return the words, read once."""
    return load(PATH, Words)


def wording(language: str) -> Wording:
    """Return how a language says what the home page shows; a report is called what it calls itself."""
    return Wording(language, {**shared(), **words().texts, "situation": daily().texts["title"]})
