"""A situation is what was known of one day of an operation at one moment: every figure the report shows, and no more.

What it holds is asked of the marts as known at that moment (questions/*.sql), so the same question has the same answer
for ever. It is about the days until its own: what has come in about later days is in none of its figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso.report.questions import digest, question

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

ROOM = Path(__file__).parent
REPORTED = ("accepted", "partly_accepted", "nil")
SILENT = ("missing", "rejected")

Row = Mapping[str, Any]  # of an answer, by the columns of its question


class NoSuchDay(LookupError):
    """The warehouse knows no such operation, or the day is none of its days; the message is one sentence."""


@dataclass(frozen=True)
class Moment:
    """Which situation is meant: of which day of which operation, as known when."""

    operation: str
    day: date
    known_at: datetime


@dataclass(frozen=True)
class Figure:
    """One figure of one day, and from the first day of the operation until then; a share of nothing has no value."""

    day: date
    figure: str
    unit: str
    value: Decimal | None
    cases: int
    running_value: Decimal | None
    running_cases: int


@dataclass(frozen=True)
class Office:
    """What one administration has said of each day, the day of the report last."""

    administration: str
    days: Sequence[Row]

    @property
    def today(self) -> Row:
        """Return its delivery of the day of the report."""
        return self.days[-1]

    @property
    def kind(self) -> str:
        """Return how it stands on the day of the report: told of cases or of none, silent, or still open."""
        status = self.today["status"]
        if status in SILENT:
            return "silent"
        return {"accepted": "told", "partly_accepted": "told", "nil": "nil"}.get(status, "open")

    @property
    def silent_days(self) -> int:
        """Return for how many days on end, the day of the report the last, it has not been heard."""
        silent = [day["status"] in SILENT for day in self.days]
        return next((back for back, one in enumerate(reversed(silent)) if not one), len(silent))

    @property
    def share(self) -> Decimal:
        """Return which part of its days it has reported."""
        return Decimal(sum(day["status"] in REPORTED for day in self.days)) / len(self.days)


@dataclass(frozen=True)
class Situation:
    """All that the report shows of one day, and what of the edition before has changed."""

    moment: Moment
    operation: Row
    offices: Sequence[Office]
    labels: Mapping[str, Mapping[str, str]]  # what each figure is called, by language
    figures: Mapping[str, Sequence[Figure]]  # by figure, of each day until this
    drugs: Sequence[Row]
    cases: Sequence[Row]  # first told about this day
    routes: Sequence[Row]
    methods: Sequence[Row]
    doubts: Sequence[Row]
    unmeasured: Sequence[Row]
    since: Moment | None  # the edition before
    changes: Sequence[Row]
    arrivals: Sequence[Row]

    def today(self, figure: str) -> Figure:
        """Return a figure of the day of the report."""
        return self.figures[figure][-1]

    @property
    def simulated(self) -> bool:
        """Tell whether any of it is simulated."""
        return bool(self.operation["is_simulated"])

    @property
    def quarantined(self) -> tuple[int, int]:
        """Return how many rows are held back: of the day's files, and of all until then."""
        of_day = sum(office.today["rows_quarantined"] for office in self.offices)
        return of_day, sum(day["rows_quarantined"] for office in self.offices for day in office.days)

    def sha256(self) -> str:
        """Return the hash of what is shown of the day, whenever it was known and whatever went before."""
        figures = {name: [list(vars(one).values()) for one in days] for name, days in self.figures.items()}
        offices = [(one.administration, one.days) for one in self.offices]
        told = (self.operation, offices, figures, self.drugs, self.cases, self.routes, self.methods, self.doubts)
        return digest((*told, self.unmeasured))


def ask(connection: Connection, moment: Moment, since: Moment | None = None) -> Situation:
    """Ask the marts, as an analyst may; `since` is the edition before. Raises NoSuchDay."""
    from psycopg2.extras import RealDictCursor

    said = {"operation": moment.operation, "day": moment.day, "known_at": moment.known_at}
    if since:
        said |= {"earlier": since.known_at, "earlier_day": since.day}
    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:

        def rows(name: str) -> list[Row]:
            cursor.execute(question(ROOM, name), said)
            return [dict(row) for row in cursor.fetchall()]

        if not (operation := rows("operation")):
            raise NoSuchDay(f"{moment.day} is no day of an operation {moment.operation} that the warehouse knows.")
        deliveries = groupby(rows("deliveries"), key=lambda row: row["administration_code"])
        offices = [Office(code, list(days)) for code, days in deliveries]
        if any(office.today["reporting_day"] != moment.day for office in offices) or not offices:
            raise NoSuchDay(f"No report is due about {moment.day}: it is a day of rest of {moment.operation}.")
        figures = [Figure(*row.values()) for row in rows("figures")]
        return Situation(
            moment=moment,
            operation=operation[0],
            offices=offices,
            labels={row["figure"]: row for row in rows("labels")},
            figures={name: [one for one in figures if one.figure == name] for name in _names(figures)},
            drugs=rows("drugs"),
            cases=rows("cases"),
            routes=rows("routes"),
            methods=rows("methods"),
            doubts=rows("doubts"),
            unmeasured=rows("unmeasured"),
            since=since,
            changes=rows("changes") if since else [],
            arrivals=rows("arrivals") if since else [],
        )


def _names(figures: Sequence[Figure]) -> list[str]:
    return list(dict.fromkeys(one.figure for one in figures))
