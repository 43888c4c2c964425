"""The home page says what there is: each operation with its reports, and what is to be read besides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from calypso.deadlines import reporting_days
from calypso.registry import Operation, participants
from calypso.report.due import OPEN, cut_off, ended
from calypso.report.wording import Wording
from calypso.site.frame import framed
from calypso.site.published import Edition, Files
from calypso.site.words import wording, words

REPORTS = "reports"

Told = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """An operation, with what was published of it."""

    operation: Operation
    editions: Mapping[date, Sequence[Edition]]
    results: Files
    underway: bool = False  # its reports are being published


def home(shown: Collection[Shown], links: Mapping[str, tuple[str, str]], language: str, now: datetime) -> bytes:
    """Return the home page in a language, the last operation first.

    `links` are where the words' links lead, each with the language that is found there; others are left out.
    """
    say = wording(language)
    latest = sorted(shown, key=lambda one: one.operation.starts_on, reverse=True)
    return framed(
        "home.html.j2",
        language,
        title="Calypso",
        text=say.said(),
        operations=_with_the_current([_operation(one, say, now) for one in latest]),
        groups=[
            {"label": group.label[language], "links": list(_links(group.links, links, language))}
            for group in words().groups.values()
        ],
    )


def _with_the_current(told: Sequence[Told]) -> Sequence[Told]:
    """Mark the last operation that has days to show: its table is open, those of earlier ones are to be opened."""
    current = next((one for one in told if one["rows"]), None)
    return [{**one, "is_current": one is current} for one in told]


def _links(labels: Mapping[str, Any], links: Mapping[str, tuple[str, str]], language: str) -> Iterator[Told]:
    for name, label in labels.items():
        if name in links:
            href, spoken = links[name]
            yield {"label": label[language], "href": href, "spoken": spoken}


def _operation(shown: Shown, say: Wording, now: datetime) -> Told:
    operation = shown.operation
    days = _days(shown, now)
    rows = [
        _row(list(some), shown, say) for _, some in groupby(days, lambda day: day if day in shown.editions else None)
    ]
    told = [row for row in rows if row["editions"]]
    return {
        "name": operation.name,
        "when": f"{say.day(operation.starts_on, 'd MMMM y')} – {say.day(operation.ends_on, 'd MMMM y')}",
        "offices": say("offices", count=len(participants(operation))),
        "simulated": say("simulated") if operation.simulated else None,
        "results": _files(shown.results, say.language),
        "latest": told[0] if told else None,
        "rows": rows,
        "counted": say("days_published", days=say("of_all", some=len(told), all=len(days))),
        "lacking": say("underway" if shown.underway else "missing"),
        "nothing": None if days else _nothing(operation, say, now),
    }


def _days(shown: Shown, now: datetime) -> list[date]:
    """Return the days that have a report, and those whose report is due, the last one first.

    Of an operation that ended long ago and was never reported on here, none is missing.
    """
    operation = shown.operation
    if not shown.editions and not shown.underway and now > ended(operation) + OPEN:
        return []
    due = {day for day in reporting_days(operation) if cut_off(operation, day) <= now}
    return sorted(due | set(shown.editions), reverse=True)


def _nothing(operation: Operation, say: Wording, now: datetime) -> str:
    first = cut_off(operation, operation.starts_on)
    return say("to_come", day=say.day(first.date(), "full")) if now < first else say("nothing")


def _row(days: Sequence[date], shown: Shown, say: Wording) -> Told:
    """Tell a day with its editions, the last one first; or days on end that have none."""
    last, first = days[0], days[-1]
    editions = shown.editions.get(last, ())
    return {
        "day": say.day(last) if last == first else say("from_to", first=say.day(first), last=say.day(last)),
        "title": say("situation", day=say.day(last, "full")),
        "editions": [
            {"says": say("edition", number=one.number), **_files(one.files, say.language)} for one in reversed(editions)
        ],
        "earlier": say("earlier", count=len(editions) - 1),
    }


def _files(files: Files, language: str) -> Told:
    """Return where a report's page and PDF in a language lie, seen from the home page."""
    return {
        kind: (Path(REPORTS) / files[language, kind]).as_posix() if (language, kind) in files else None
        for kind in ("html", "pdf")
    }
