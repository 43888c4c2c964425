"""How the line runs is measured by administration, and sent where Airflow sends its metrics."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from integration.line import Line
from integration.test_statements import Sender, gold, report

from calypso import warehouse
from calypso.measures import measures

pytestmark = pytest.mark.integration


def found(line: Line, code: str, now: datetime) -> dict[str, float]:
    with warehouse.session(line.settings.warehouse("loader")) as connection:
        return {one.name: one.value for one in measures(connection, now) if one.administration == code}


def test_what_waits_how_soon_it_was_answered_and_what_is_held_back(new_line: Callable[..., Any]) -> None:
    with new_line("measures", None) as line:
        sender = Sender(line, "brb")
        receipt = sender.send("07_seizures.csv", report(gold("BB-1", 7), gold("BB-2", 7, -1)))
        assert receipt["state"] == "partly_accepted"
        now = datetime.now(UTC)
        told = found(line, "brb", now)
        assert (told["files_waiting"], told["files_answered"]) == (0, 1)
        assert (told["rows_read"], told["quarantine_rate"]) == (2, 0.5)
        assert 0 < told["time_to_receipt_seconds"] < 60
        with warehouse.transaction(line.administrator) as connection, connection.cursor() as cursor:
            cursor.execute("set local session_replication_role = replica")  # without the trigger that refuses it
            cursor.execute("delete from raw.submission_states where state = 'acknowledged'")
        told = found(line, "brb", now + timedelta(minutes=10))
        assert (told["files_waiting"], told["files_answered"]) == (1, 0)
        assert 600 <= told["oldest_waiting_seconds"] < 700
        assert "time_to_receipt_seconds" not in told
        assert found(line, "tto", now)["files_waiting"] == 0


def test_they_are_sent_by_statsd(metrics: list[str], stack: object) -> None:
    """The stack was told to send its metrics to a socket of the tests; its Dag has run every two minutes."""
    import time

    deadline = time.monotonic() + 200
    while not any(".calypso.brb.files_waiting:" in one for one in list(metrics)):
        assert time.monotonic() < deadline, "no measure has come"
        time.sleep(1)
    names = {one.partition(":")[0] for one in metrics}
    assert {f"airflow.calypso.{code}.quarantine_rate" for code in ("brb", "tto", "mtq")} <= names
