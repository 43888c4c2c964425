"""An edition is a report that was published: its number, what was known when, and the hashes of its figures and files.

Editions are recorded in raw and never changed; a day that looks otherwise later gets a further one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from calypso.report.daily.situation import Moment

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_COLUMNS = "operation_code, reporting_day, known_at, edition, earlier_day, earlier_edition, figures_sha256"


@dataclass(frozen=True)
class Edition:
    """One edition; `earlier` is the day and number of the edition before, whose figures it is held against."""

    moment: Moment
    number: int
    earlier: tuple[date, int] | None
    figures_sha256: str


def find(connection: Connection, operation: str, day: date, number: int | None = None) -> Edition | None:
    """Return an edition of a day by its number, or the last one."""
    return _first(
        connection,
        "operation_code = %s and reporting_day = %s and edition = coalesce(%s, edition) order by edition desc",
        [operation, day, number],
    )


def before(connection: Connection, moment: Moment) -> Edition | None:
    """Return the edition that a new one of this moment follows: the last of its day, or else of the days before it."""
    return _first(
        connection,
        "operation_code = %s and reporting_day <= %s and known_at <= %s order by reporting_day desc, edition desc",
        [moment.operation, moment.day, moment.known_at],
    )


def last_days(connection: Connection, operation: str) -> Mapping[date, datetime]:
    """Return every day that has an edition, with the moment as known at which its last one is."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select reporting_day, max(known_at) from raw.editions where operation_code = %s group by 1 order by 1",
            [operation],
        )
        return dict(cursor.fetchall())


def record(connection: Connection, edition: Edition, files: Mapping[tuple[str, str], tuple[str, int]]) -> None:
    """Record an edition with the SHA-256 and size of each file by language and format, all or nothing."""
    moment = edition.moment
    key = [moment.operation, moment.day, edition.number]
    with connection, connection.cursor() as cursor:
        cursor.execute(
            f"insert into raw.editions ({_COLUMNS}) values (%s, %s, %s, %s, %s, %s, %s)",
            [*key[:2], moment.known_at, edition.number, *(edition.earlier or (None, None)), edition.figures_sha256],
        )
        for (language, kind), (sha256, size) in files.items():
            cursor.execute(
                "insert into raw.edition_files (operation_code, reporting_day, edition, language, format, sha256, "
                "size_bytes) values (%s, %s, %s, %s, %s, %s, %s)",
                [*key, language, kind, sha256, size],
            )


def files(connection: Connection, edition: Edition) -> Mapping[tuple[str, str], str]:
    """Return the SHA-256 of each file of an edition, by language and format."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select language, format, sha256 from raw.edition_files "
            "where operation_code = %s and reporting_day = %s and edition = %s",
            [edition.moment.operation, edition.moment.day, edition.number],
        )
        return {(language, kind): sha256 for language, kind, sha256 in cursor.fetchall()}


def _first(connection: Connection, where: str, said: list[object]) -> Edition | None:
    with connection, connection.cursor() as cursor:
        cursor.execute(f"select {_COLUMNS} from raw.editions where {where} limit 1", said)
        found = cursor.fetchone()
    if found is None:
        return None
    operation, day, known_at, number, earlier_day, earlier_edition, sha256 = found
    earlier = (earlier_day, earlier_edition) if earlier_day else None
    return Edition(Moment(operation, day, known_at), number, earlier, sha256)
