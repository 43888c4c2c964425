"""A standing is what the warehouse knows of one administration's reports in one operation, by the last build.

It is asked in that administration's own role, of its own schema: that shows no row of anybody else
(dbt/macros/readers.sql), so no question here has to say whose rows it wants, and none can get others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso.provision import of_administration
from calypso.report.questions import digest, question
from calypso.report.standing import stored

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

ROOM = Path(__file__).parent
REPORTED = ("accepted", "partly_accepted", "nil")
TRIES = 5  # to be answered by one build alone

Row = Mapping[str, Any]  # of an answer, by the columns of its question


class NoStanding(LookupError):
    """The warehouse knows nothing of such an operation or administration yet; the message is one sentence."""


@dataclass(frozen=True)
class Standing:
    """All that one administration is told of its reports in one operation."""

    code: str  # of the operation
    administration: str
    operation: Row
    days: Sequence[Row]
    files: Sequence[Row]
    held: Sequence[Row]
    asked: Sequence[Row]
    figures: Sequence[Row]
    drugs: Sequence[Row]
    cases: Sequence[Row]
    measures: Mapping[str, Row]  # by measure
    quality: Sequence[Row]
    stored: Sequence[Row]  # every item, and every case without any, by the fields of the contract

    @property
    def known_at(self) -> datetime:
        """Return the moment up to which all of it is known."""
        moment: datetime = self.operation["known_at"]
        return moment

    @property
    def shown_days(self) -> Sequence[Row]:
        """Return the days until the last that is due, or about which something has come."""
        told = [no for no, day in enumerate(self.days) if day["is_due"] or day["files_received"]]
        return self.days[: told[-1] + 1] if told else []

    @property
    def strays(self) -> Sequence[Row]:
        """Return the files that tell of none of these days."""
        days = {day["reporting_day"] for day in self.shown_days}
        return [file for file in self.files if file["reporting_day"] not in days]

    @property
    def due(self) -> Sequence[Row]:
        """Return the days whose deadline has passed; a day of rest has none."""
        return [day for day in self.days if day["is_due"]]

    def sha256(self) -> str:
        """Return the hash of all that is told, whenever it was known."""
        told = {**vars(self), "operation": {**self.operation, "known_at": None}}
        return digest(told)


def ask(connection: Connection, operation: str, administration: str) -> Standing:
    """Ask the marts as the administration, through a login that may take its role; raises NoStanding.

    All answers are of one build: marts that were replaced meanwhile are asked again.
    """
    for _ in range(TRIES):
        with _as(connection, administration) as cursor:
            first = _asked(cursor, operation, administration)
            if _known_at(cursor, operation) == first.known_at:
                return first
    raise NoStanding(f"The marts are replaced faster than {administration} can be told where it stands.")


@contextmanager
def _as(connection: Connection, administration: str) -> Iterator[Cursor]:
    """Read as an administration until the transaction ends."""
    from psycopg2.extras import RealDictCursor
    from psycopg2.sql import SQL, Identifier

    with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("set transaction read only")
        cursor.execute(SQL("set local role {}").format(Identifier(of_administration(administration))))
        yield cursor


def _asked(cursor: Cursor, operation: str, administration: str) -> Standing:
    def rows(name: str) -> list[Row]:
        cursor.execute(question(ROOM, name), {"operation": operation})
        return [dict(row) for row in cursor.fetchall()]

    found = rows("operation")
    if not found or found[0]["known_at"] is None:
        raise NoStanding(f"The warehouse does not know {operation} yet: it tells of it from the first build on.")
    return Standing(
        code=operation,
        administration=administration,
        operation=found[0],
        days=rows("days"),
        files=rows("files"),
        held=rows("held"),
        asked=rows("asked"),
        figures=rows("figures"),
        drugs=rows("drugs"),
        cases=rows("cases"),
        measures={row["measure"]: row for row in rows("measures")},
        quality=rows("quality"),
        stored=stored.rows(cursor, operation),
    )


def _known_at(cursor: Cursor, operation: str) -> datetime | None:
    cursor.execute(question(ROOM, "operation"), {"operation": operation})
    found: Any = cursor.fetchone()
    return found["known_at"] if found else None
