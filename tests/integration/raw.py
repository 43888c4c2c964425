"""Raw as publication, the ledger and loading write it, for files that nobody has sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import execute_values
from replay.submission import Submission

from calypso.registry import Operation, participants


def publish(cursor: Cursor, operation: Operation) -> None:
    """Write what publication writes of an operation."""
    said = {
        name: one.model_dump(mode="json", by_alias=True, exclude_none=True) for name, one in operation.published.items()
    }
    _insert(
        cursor,
        "operations",
        [
            {
                "code": operation.code,
                "name": f"{operation.code} (simulated)",
                "starts_on": operation.starts_on,
                "ends_on": operation.ends_on,
                "time_zone": operation.zone,
                "cut_off": operation.cut_off,
                "datasets": list(operation.datasets),
                "participants": list(participants(operation)),
                "simulated": True,
                "published_figures": json.dumps(said),
            }
        ],
    )


def record(cursor: Cursor, submissions: Sequence[Submission]) -> None:
    """Write what the ledger writes when a file has come: originals before the copies that point to them."""
    ordered = sorted(submissions, key=lambda one: one.duplicate_of is not None)
    _insert(
        cursor,
        "submissions",
        [
            {
                "submission_id": one.submission_id,
                "administration_code": one.administration,
                "operation_code": one.operation,
                "dataset": one.dataset,
                "reporting_day": one.day,
                "version": one.version,
                "is_nil": "_nil" in one.file_name,
                "file_name": one.file_name,
                "sha256": one.sha256,
                "size_bytes": 1,
                "modified_at": one.received_at,
                "received_at": one.received_at,
                "ordered_at": one.received_at,  # files are written in any order
                "is_simulated": one.simulated,
                "duplicate_of": one.duplicate_of,
                "recorded_at": one.recorded_at,
            }
            for one in ordered
        ],
    )
    _insert(cursor, "submission_states", [_state(one, "received") for one in submissions])


def load(cursor: Cursor, submissions: Sequence[Submission]) -> None:
    """Write what loading writes: the final state with its counts, and the rows."""
    ended = []
    for one in submissions:
        verdicts = [said["verdict"] for said in one.rows] + [excuse.verdict for excuse in one.excuses]
        held = verdicts.count("quarantined")
        counts = {"rows_read": len(verdicts), "rows_accepted": len(verdicts) - held, "rows_quarantined": held}
        ended.append({**_state(one, one.final_state or ""), **counts})
    _insert(cursor, "submission_states", ended)
    _insert(
        cursor, "seizure_rows", [{"submission_id": one.submission_id, **row} for one in submissions for row in one.rows]
    )
    excuses = [
        {
            "submission_id": one.submission_id,
            "row_number": excuse.row_number,
            "verdict": excuse.verdict,
            "administration_code": one.administration,
            "dataset": one.dataset,
            "reporting_day": one.day,
            "version": one.version,
            "reason": "invented",
            "expires_on": excuse.expires_on,
        }
        for one in submissions
        for excuse in one.excuses
    ]
    _insert(cursor, "deliveries_excused", excuses)


def _state(one: Submission, state: str) -> dict[str, Any]:
    return {"submission_id": one.submission_id, "state": state, "rule_pack": "invented", "reached_at": one.received_at}


def _insert(cursor: Cursor, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows which may have different columns; what a row does not have stays empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if rows:
        values = [[row.get(name) for name in names] for row in rows]
        execute_values(cursor, f"insert into raw.{table} ({', '.join(names)}) values %s", values, page_size=1000)
