"""Making turns a situation into the files of a report: in each language a page and a PDF, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.registry import LANGUAGES

if TYPE_CHECKING:
    from calypso.report.daily.situation import Situation

FORMATS = ("html", "pdf")
NAME, PAGE, PAPER = "situation", "daily/page.html.j2", Path(__file__).with_name("paper.typ")


def make(
    situation: Situation, edition: int | None, earlier: int | None, languages: Iterable[str] = LANGUAGES
) -> Mapping[tuple[str, str], bytes]:
    """Return the files by language and format; `edition` and `earlier` are numbers, None where there is none."""
    from calypso.report.daily.account import account
    from calypso.report.daily.pictures import pictures
    from calypso.report.page import page
    from calypso.report.paper import paper

    made = {}
    for language in languages:
        told = account(situation, edition, earlier, language)
        drawn = pictures(situation, told)
        made[language, "html"] = page(PAGE, NAME, told, drawn)
        made[language, "pdf"] = paper(PAPER, told, vars(drawn))
    return made


def name(language: str, kind: str) -> str:
    """Return the name of a report's file."""
    return f"{NAME}.{language}.{kind}"
