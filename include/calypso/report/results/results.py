"""Results are what was known of a whole operation at one moment: every figure that the document shows, and no more.

What they hold is asked of the marts as known at that moment (questions/*.sql), so the same question has the same answer
for ever. What was published stands in the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from calypso.deadlines import reporting_days
from calypso.registry import Operation, operations
from calypso.report.due import cut_off, ended
from calypso.report.questions import digest, question
from calypso.report.results.words import words

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

ROOM = Path(__file__).parent
PARTS = ("drugs", "roadmap", "methods", "directions", "routes", "deliveries", "spread", "checks", "gaps")

Row = Mapping[str, Any]  # of an answer, by the columns of its question
Standing = Literal["counted", "running", "unknown"]


class NoSuchOperation(LookupError):
    """The warehouse knows no such operation; the message is one sentence."""


@dataclass(frozen=True)
class Edition:
    """One edition: what was published of it and, where it had ended and the warehouse knows its cases, its figures.

    `published` says of a figure what the registry says: exactly, about and within, more_than, more_than_in or is.
    """

    operation: str
    name: str
    starts_on: date
    ends_on: date
    days: int  # about which a report was due
    standing: Standing  # counted; still running at that moment; or unknown to the warehouse
    published: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Row]  # unit, value, value_code, cases, holds; empty unless it is counted

    @property
    def year(self) -> str:
        """Return the short name of the edition."""
        return str(self.starts_on.year)


@dataclass(frozen=True)
class Results:
    """All that the document shows of one operation."""

    operation: str
    known_at: datetime
    about: Row
    labels: Mapping[str, Mapping[str, str]]  # what each figure is called, by language
    editions: Sequence[Edition]  # of the series, the oldest first; this one always has its figures
    days: Sequence[Row]  # the cases of each
    drugs: Sequence[Row]
    roadmap: Sequence[Row]
    methods: Sequence[Row]
    directions: Sequence[Row]
    routes: Sequence[Row]
    deliveries: Sequence[Row]
    spread: Sequence[Row]
    checks: Sequence[Row]
    gaps: Sequence[Row]

    @property
    def edition(self) -> Edition:
        """Return the edition that the document is about."""
        return next(one for one in self.editions if one.operation == self.operation)

    @property
    def others(self) -> Sequence[Edition]:
        """Return the other editions."""
        return [one for one in self.editions if one.operation != self.operation]

    @property
    def simulated(self) -> bool:
        """Tell whether any of it is simulated."""
        return bool(self.about["is_simulated"])

    @property
    def reported(self) -> Row:
        """Return the reports of all weeks together."""
        return self.deliveries[-1]

    def sha256(self) -> str:
        """Return the hash of what is shown, whenever it was known."""
        told = {name: value for name, value in vars(self).items() if name not in ("known_at", "editions")}
        told["editions"] = [vars(one) for one in self.editions]
        return digest(told)


def ask(connection: Connection, operation: str, known_at: datetime) -> Results:
    """Ask the marts, as an analyst may. Raises NoSuchOperation."""
    from psycopg2.extras import RealDictCursor

    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:

        def rows(name: str, of: str = operation) -> list[Row]:
            said = {"operation": of, "known_at": known_at, "commodities": list(words().commodities), **_maps()}
            cursor.execute(question(ROOM, name), said)
            return [dict(row) for row in cursor.fetchall()]

        if operation not in operations() or not (about := rows("operation")):
            raise NoSuchOperation(
                f"The warehouse knows no operation {operation}: use one of {', '.join(operations())}."
            )
        return Results(
            operation=operation,
            known_at=known_at,
            about=about[0],
            labels={row["figure"]: row for row in rows("labels")},
            editions=[_edition(one, rows, operation, known_at) for one in _series(operation)],
            days=[row for row in rows("days") if cut_off(operations()[operation], row["reporting_day"]) <= known_at],
            **{part: rows(part) for part in PARTS},
        )


def _series(operation: str) -> list[Operation]:
    """Return every edition of the series that an operation belongs to, the oldest first."""
    series = operation.rpartition("-")[0]
    found = [one for one in operations().values() if one.code.rpartition("-")[0] == series]
    return sorted(found, key=lambda one: one.starts_on)


def _edition(one: Operation, rows: Callable[[str, str], list[Row]], asked: str, known_at: datetime) -> Edition:
    figures = {row["figure"]: row for row in rows("figures", one.code)}
    standing: Standing = "counted"
    if one.code != asked:
        if known_at < ended(one):
            standing, figures = "running", {}
        elif not figures or not figures["cases_reported"]["value"]:
            standing, figures = "unknown", {}
    published = {figure: said.model_dump(exclude_none=True, by_alias=True) for figure, said in one.published.items()}
    return Edition(
        operation=one.code,
        name=one.name,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        days=len(list(reporting_days(one))),
        standing=standing,
        published=published,
        figures=figures,
    )


@cache
def _maps() -> Mapping[str, list[str]]:
    """Return every figure whose routes are drawn, and beside it its map."""
    drawn = [(figure, called) for called, one in words().maps.items() for figure in one.figures]
    return {"figures": [figure for figure, _ in drawn], "maps": [called for _, called in drawn]}
