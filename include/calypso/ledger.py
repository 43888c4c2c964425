"""The ledger is what raw knows of each submission: that it came, and every state it passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from calypso import locks
from calypso.submission import Submission, parse_name
from calypso.verdict import FINAL_STATES, Verdict

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_COLUMNS = (
    "submission_id, administration_code, file_name, operation_code, sha256, size_bytes, "
    "modified_at, received_at, is_simulated, duplicate_of, ordered_at"
)


def lock(connection: Connection, administration: str) -> None:
    """Let only one pull of an administration go on at a time, until the transaction ends."""
    locks.hold(connection, "pull", administration)


def record(connection: Connection, submission: Submission) -> str:
    """Record a submission as received and return its id; the same drop again is recorded once.

    A drop is the same where name, size and time are; the same content dropped again is a submission of
    its own, numbered behind the first one's id and pointing to it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select submission_id, file_name, modified_at from raw.submissions "
            "where submission_id = %(id)s or duplicate_of = %(id)s",
            {"id": submission.submission_id},
        )
        known = cursor.fetchall()
        for submission_id, file_name, modified_at in known:
            if (file_name, modified_at) == (submission.file_name, submission.modified_at):
                return str(submission_id)
        first = submission.submission_id
        submission_id = f"{first}-{len(known) + 1}" if known else first
    _insert(connection, submission, submission_id, {"duplicate_of": first if known else None})
    return submission_id


def knows(connection: Connection, administration: str, file_name: str, size: int, modified_at: datetime) -> bool:
    """Tell whether a file of this name, size and time is recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists (select from raw.submissions where administration_code = %s and file_name = %s "
            "and size_bytes = %s and modified_at = %s)",
            [administration, file_name, size, modified_at],
        )
        return bool((cursor.fetchone() or [False])[0])


def record_replay(connection: Connection, submission: Submission, first: str, rule_pack: str) -> None:
    """Record a submission that brings what another brought, to be judged again under other rules."""
    _insert(connection, submission, submission.submission_id, {"replays": first, "replayed_under": rule_pack})


def _insert(connection: Connection, submission: Submission, submission_id: str, more: Mapping[str, str | None]) -> None:
    name = submission.name
    entry = {
        "submission_id": submission_id,
        "administration_code": submission.administration,
        "operation_code": submission.operation,
        "dataset": name and name.dataset,
        "reporting_day": name and name.day,
        "version": name and name.version,
        "is_nil": bool(name and name.nil),
        "file_name": submission.file_name,
        "sha256": submission.sha256,
        "size_bytes": submission.size,
        "modified_at": submission.modified_at,
        "received_at": submission.received_at,
        "is_simulated": submission.simulated,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into raw.submissions ({', '.join(entry)}) values ({', '.join(['%s'] * len(entry))})",
            list(entry.values()),
        )
    reach(connection, submission_id, "received")


def reach(connection: Connection, submission_id: str, state: str, verdict: Verdict | None = None) -> None:
    """Append that a submission has reached a state; reaching it again changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.submission_states "
            "(submission_id, state, rows_read, rows_accepted, rows_quarantined, rule_pack) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (submission_id, state) do nothing",
            [
                submission_id,
                state,
                verdict and verdict.rows_read,
                verdict and verdict.rows_accepted,
                verdict and verdict.rows_quarantined,
                verdict and verdict.rule_pack,
            ],
        )


def final_state(connection: Connection, submission_id: str) -> str | None:
    """Return the final state of a submission, None while it has none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select state from raw.submission_states where submission_id = %s and state = any(%s)",
            [submission_id, list(FINAL_STATES)],
        )
        found = cursor.fetchone()
    return str(found[0]) if found else None


def outcomes(connection: Connection, submission_ids: Iterable[str]) -> list[str]:
    """Return what became of submissions, each as `file name: final state`, oldest first; those without are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select file_name || ': ' || state from raw.submissions join raw.submission_states using (submission_id) "
            "where submission_id = any(%s) and state = any(%s) order by ordered_at, submission_id",
            [list(submission_ids), list(FINAL_STATES)],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def unanswered(connection: Connection, administration: str) -> list[str]:
    """Return the ids of an administration's submissions that are not acknowledged yet, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select submission_id from raw.submissions as s where administration_code = %s "
            "and not exists (select from raw.submission_states as t "
            "where t.submission_id = s.submission_id and t.state = 'acknowledged') "
            "order by ordered_at, submission_id",
            [administration],
        )
        return [str(row[0]) for row in cursor.fetchall()]


def submissions(connection: Connection, submission_ids: Iterable[str]) -> Sequence[Submission]:
    """Return recorded submissions by their ids, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {_COLUMNS} from raw.submissions where submission_id = any(%s) order by ordered_at, submission_id",
            [list(submission_ids)],
        )
        return [
            Submission(
                submission_id=row[0],
                administration=row[1],
                file_name=row[2],
                name=parse_name(row[2]),
                operation=row[3],
                sha256=row[4],
                size=row[5],
                modified_at=row[6],
                received_at=row[7],
                simulated=row[8],
                duplicate_of=row[9],
                ordered_at=row[10],
            )
            for row in cursor.fetchall()
        ]
