"""Composing gathers what a receipt says, as plain data; receipt.schema.json describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calypso.receipts import deliveries, foremost
from calypso.receipts.chain import Link
from calypso.receipts.words import wording
from calypso.registry import Texts, administrations
from calypso.submission import Submission

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

FORM = 2  # of the receipt; a program that reads receipts asks for it first


def compose(
    connection: Connection,
    submission: Submission,
    state: str,
    sentences: Mapping[str, Texts],
    now: datetime,
    link: Link,
    key_id: str,
) -> dict[str, Any]:
    """Return a receipt as plain data, in the order in which it is written."""
    office = administrations()[submission.administration]
    read, accepted, quarantined, rule_pack = _counts(connection, submission.submission_id, state)
    totals = foremost.totals(connection, submission.submission_id)
    findings = foremost.findings(connection, submission, office, sentences) if totals else []
    expected = deliveries.expected(connection, submission, office)
    name, zone = submission.name, ZoneInfo(office.zone)
    return {
        "receipt": FORM,
        "number": link.number,
        "previous_sha256": link.previous_sha256,
        "key_id": key_id,
        "simulated": submission.simulated,
        "submission_id": submission.submission_id,
        "operation": submission.operation,
        "administration": {"code": office.code, "name": office.name},
        "language": office.language,
        "file_name": submission.file_name,
        "sha256": submission.sha256,
        "size_bytes": submission.size,
        "dataset": name.dataset if name else None,
        "reporting_day": name.day.isoformat() if name else None,
        "version": name.version if name else None,
        "received_at": submission.received_at.astimezone(zone).isoformat(timespec="seconds"),
        "answered_at": now.astimezone(zone).isoformat(timespec="seconds"),
        "state": state,
        "state_text": wording().states[state][office.language],
        "duplicate_of": submission.duplicate_of,
        "replaces": deliveries.replaced(connection, submission, office),
        "expected": expected[: deliveries.MOST_EXPECTED],
        "expected_left_out": max(0, len(expected) - deliveries.MOST_EXPECTED),
        "rows": {"read": read, "accepted": accepted, "quarantined": quarantined},
        "rule_pack": rule_pack,
        "findings": findings,
        "findings_left_out": sum(total["count"] for total in totals) - len(findings),
        "totals": totals,
    }


def _counts(connection: Connection, submission_id: str, state: str) -> tuple[int, int, int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rows_read, rows_accepted, rows_quarantined, rule_pack from raw.submission_states "
            "where submission_id = %s and state = %s",
            [submission_id, state],
        )
        read, accepted, quarantined, rule_pack = cursor.fetchone() or (0, 0, 0, "")
    return read, accepted, quarantined, rule_pack
