"""The wording is every word of the reference, in the four languages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from calypso.contracts import contracts
from calypso.declarations import Declared, load
from calypso.registry import Texts

PATH = Path(__file__).with_name("texts.yml")

Words = Mapping[str, Texts]


class Wording(Declared):
    """The words of templates and pages, by what they are for."""

    datasets: Words
    groups: Words
    types: Words
    required: Words
    severities: Words
    naming: Words
    template: Words
    pages: Words
    parts: Words


@cache
def wording() -> Wording:
    """Return the words of the reference; a dataset without a title is refused."""
    words = load(PATH, Wording)
    if missing := set(contracts()) - set(words.datasets):
        raise ValueError(f"{PATH.name} gives no title to the datasets {', '.join(sorted(missing))}")
    return words


def said(words: Words, language: str) -> dict[str, str]:
    """Return words in one language."""
    return {name: texts[language] for name, texts in words.items()}
