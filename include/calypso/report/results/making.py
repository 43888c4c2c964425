"""Making turns results into files: in each language a page and a PDF, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.registry import LANGUAGES

if TYPE_CHECKING:
    from calypso.report.results.results import Results

FORMATS = ("html", "pdf")
NAME, PAGE, PAPER = "results", "results/page.html.j2", Path(__file__).with_name("paper.typ")


def make(results: Results, languages: Iterable[str] = LANGUAGES) -> Mapping[tuple[str, str], bytes]:
    """Return the files by language and format."""
    from calypso.report.page import page
    from calypso.report.paper import paper
    from calypso.report.results.account import account
    from calypso.report.results.pictures import pictures

    made = {}
    for language in languages:
        told = account(results, language)
        drawn = pictures(results, told)
        made[language, "html"] = page(PAGE, NAME, told, drawn)
        made[language, "pdf"] = paper(PAPER, told, vars(drawn))
    return made


def name(language: str, kind: str) -> str:
    """Return the name of a file."""
    return f"{NAME}.{language}.{kind}"
