"""Measures say how the line runs, by administration: what waits, how soon it was answered, how much is held back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

LATELY = timedelta(days=1)  # what is told of answers is told of so long

_MEASURES = """
with submissions as (
    select s.administration_code, s.submission_id, s.recorded_at, t.rows_read, t.rows_quarantined,
        a.reached_at as answered_at
    from raw.submissions as s
    left join raw.submission_states as t on t.submission_id = s.submission_id and t.rows_read is not null
    left join raw.submission_states as a on a.submission_id = s.submission_id and a.state = 'acknowledged'
    where s.recorded_at > %(since)s or a.submission_id is null
)

select administrations.code,
    count(*) filter (where submissions.submission_id is not null and answered_at is null) as files_waiting,
    coalesce(extract(epoch from %(now)s - min(recorded_at) filter (where answered_at is null)), 0) as oldest_waiting,
    count(answered_at) as files_answered,
    percentile_cont(0.5) within group (order by extract(epoch from answered_at - recorded_at)) as time_to_receipt,
    coalesce(sum(rows_read), 0) as rows_read,
    coalesce(sum(rows_quarantined)::numeric / nullif(sum(rows_read), 0), 0) as quarantine_rate
from raw.administrations
left join submissions on submissions.administration_code = administrations.code
group by administrations.code order by administrations.code
"""
NAMES = (
    *("files_waiting", "oldest_waiting_seconds", "files_answered"),
    *("time_to_receipt_seconds", "rows_read", "quarantine_rate"),
)


@dataclass(frozen=True)
class Measure:
    """One figure about one administration; its name says its unit, where it is not a count or a share."""

    name: str
    administration: str
    value: float


def measures(connection: Connection, now: datetime) -> Iterator[Measure]:
    """Yield the measures of each administration as of now: of what waits, and of what came within a day.

    Where nothing was answered nothing is said of how soon.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(_MEASURES, {"now": now, "since": now - LATELY})
        for code, *values in cursor.fetchall():
            for name, value in zip(NAMES, values, strict=True):
                if value is not None:
                    yield Measure(name, code, float(value))
