"""What the days of an administration say at the time of an answer: what a file replaces, and what is still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calypso.deadlines import reporting_days
from calypso.registry import Administration, operation_of, operations
from calypso.submission import Submission
from calypso.verdict import COUNTING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

MOST_EXPECTED = 40  # days named in one receipt

# As int_submissions_current of the warehouse orders the files of a day.
_REPLACED = """
with counting as (
    select s.submission_id, s.file_name, s.received_at, s.ordered_at, s.sha256,
        case when t.state = 'nil' then 0 else s.version end as version
    from raw.submissions as s
    join raw.submission_states as t on t.submission_id = s.submission_id and t.state = any(%(counting)s)
    where s.administration_code = %(code)s and s.dataset = %(dataset)s and s.reporting_day = %(day)s
)

select other.submission_id, other.file_name, other.version, other.received_at
from counting as this
join counting as other on (other.ordered_at, other.submission_id) < (this.ordered_at, this.submission_id)
where this.submission_id = %(submission)s
    and (other.version, other.ordered_at, other.sha256, other.submission_id)
    < (this.version, this.ordered_at, this.sha256, this.submission_id)
    -- A still higher version that came before stays the current one, and nothing is replaced.
    and not exists (
        select from counting as higher
        where higher.version > this.version and higher.ordered_at <= this.ordered_at
    )
order by other.version desc, other.ordered_at desc, other.sha256 desc, other.submission_id desc limit 1
"""


def replaced(connection: Connection, submission: Submission, office: Administration) -> dict[str, Any] | None:
    """Return the file of the same day that counted until this one came, None where it replaces none."""
    name = submission.name
    if name is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            _REPLACED,
            {
                "counting": list(COUNTING),
                "code": submission.administration,
                "dataset": name.dataset,
                "day": name.day,
                "submission": submission.submission_id,
            },
        )
        found = cursor.fetchone()
    if found is None:
        return None
    submission_id, file_name, version, received_at = found
    return {
        "submission_id": submission_id,
        "file_name": file_name,
        "version": version,
        "received_at": received_at.astimezone(ZoneInfo(office.zone)).isoformat(timespec="seconds"),
    }


def expected(connection: Connection, submission: Submission, office: Administration) -> list[str]:
    """Return the reporting days up to the day of receipt for which nothing counts yet and which are not excused."""
    today = submission.received_at.astimezone(ZoneInfo(office.zone)).date()
    operation = operations().get(submission.operation or "") or operation_of(office.code, today)
    if operation is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.reporting_day, count(distinct s.dataset) from raw.submissions as s "
            "join raw.submission_states as t on t.submission_id = s.submission_id and t.state = any(%s) "
            "where s.administration_code = %s and s.operation_code = %s and s.dataset = any(%s) group by 1",
            [list(COUNTING), office.code, operation.code, list(operation.datasets)],
        )
        reported = {day for day, datasets in cursor.fetchall() if datasets == len(operation.datasets)}
        cursor.execute(
            "select distinct reporting_day from raw.deliveries_excused "
            "where administration_code = %s and verdict = 'accepted' and expires_on >= %s",
            [office.code, today],
        )
        reported |= {day for (day,) in cursor.fetchall()}
    return [day.isoformat() for day in reporting_days(operation) if day <= today and day not in reported]
