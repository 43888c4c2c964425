"""Making turns a situation into the files of a report: in each language a page and a PDF, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from calypso.registry import LANGUAGES

if TYPE_CHECKING:
    from calypso.report.situation import Situation

FORMATS = ("html", "pdf")


def make(
    situation: Situation, edition: int | None, earlier: int | None, languages: Iterable[str] = LANGUAGES
) -> Mapping[tuple[str, str], bytes]:
    """Return the files by language and format; `edition` and `earlier` are numbers, None where there is none."""
    from calypso.report.account import account
    from calypso.report.page import page
    from calypso.report.paper import paper
    from calypso.report.pictures import pictures

    made = {}
    for language in languages:
        told = account(situation, edition, earlier, language)
        drawn = pictures(situation, told)
        made[language, "html"] = page(told, drawn)
        made[language, "pdf"] = paper(told, drawn)
    return made


def name(language: str, kind: str) -> str:
    """Return the name of a report's file."""
    return f"situation.{language}.{kind}"
