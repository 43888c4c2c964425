"""Alerts of one cause are one message, told once an hour; what no channel carried is told by the next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import paramiko
import psycopg2
import pytest
from integration.test_dbt_models import empty_warehouse
from integration.test_notices import OPERATION, report

from calypso import alerts, warehouse
from calypso.alerts import Alert, Message
from calypso.registry import administrations, operations
from calypso.report.daily import edition as editions
from calypso.report.daily.edition import Edition
from calypso.report.daily.situation import Moment
from calypso.report.due import cut_off
from calypso.report.due import late as late_reports
from calypso.settings import Settings
from calypso.transformation import BuildFailed

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def connection(stack: Settings) -> Any:
    with empty_warehouse(stack, "alerts") as made, warehouse.session(made.warehouse("loader")) as opened:
        yield opened


def test_twenty_eight_failures_of_one_server_are_one_message(connection: Any) -> None:
    cause = alerts.cause_of(paramiko.SSHException("no"), "ingest.pull")
    for code in administrations():
        alerts.raise_alert(connection, Alert(cause, f"ingest__{code}", "no banner", f"http://here/{code}"))
    alerts.raise_alert(connection, Alert("build", "build_warehouse", "a test failed", "http://here/build"))
    sent: list[Message] = []
    assert alerts.send(connection, NOW, [sent.append]) == []
    assert [message.cause for message in sent] == ["SFTP server does not answer", "build"]
    assert "(28 times)" in sent[0].text
    assert "and 23 more" in sent[0].text
    assert "http://here/" in sent[0].text
    alerts.raise_alert(connection, Alert(cause, "ingest__brb", "no banner"))
    assert alerts.send(connection, NOW + timedelta(minutes=59), [sent.append]) == []
    assert len(sent) == 2
    alerts.send(connection, NOW + timedelta(minutes=61), [sent.append])
    assert len(sent) == 3


def test_what_no_channel_carries_is_told_by_the_next_run(connection: Any) -> None:
    alerts.raise_alert(connection, Alert("build", "build_warehouse", "a test failed"))

    def broken(message: Message) -> None:
        raise ConnectionError("no mail")

    sent: list[Message] = []
    assert len(alerts.send(connection, NOW, [broken])) == 1
    assert len(alerts.send(connection, NOW, [broken, sent.append])) == 1
    assert len(sent) == 1
    assert alerts.send(connection, NOW, [broken]) == []


def test_a_file_that_nobody_answers_is_told_of_once(connection: Any) -> None:
    report(connection, "brb", OPERATION.starts_on, NOW, state=None)
    later = datetime.now(UTC) + timedelta(minutes=31)
    assert alerts.raise_stuck(connection, datetime.now(UTC)) == 0
    assert alerts.raise_stuck(connection, later) == 1
    assert alerts.raise_stuck(connection, later) == 0


def test_a_report_that_is_not_published_is_told_of_once(connection: Any) -> None:
    operation = operations()["calypso-2024"]
    first = operation.starts_on
    due = cut_off(operation, first)
    assert list(late_reports(due + timedelta(minutes=29))) == []
    late = list(late_reports(due + timedelta(days=1, minutes=31)))
    assert late == [(operation.code, first), (operation.code, first + timedelta(days=1))]
    edition = Edition(Moment(operation.code, first, due), 1, None, "0" * 64)
    editions.record(connection, edition, {})
    assert alerts.raise_late(connection, late) == 1
    assert alerts.raise_late(connection, late) == 0
    sent: list[Message] = []
    alerts.send(connection, NOW, [sent.append])
    assert [message.cause for message in sent] == ["report not published"]
    assert f"{operation.code} {late[1][1]}" in sent[0].text


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (BuildFailed("x"), "build"),
        (psycopg2.OperationalError("x"), "warehouse does not answer"),
        (paramiko.SSHException("x"), "SFTP server does not answer"),
        (
            paramiko.BadHostKeyException("x", paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()),
            "SFTP server shows another key than the one that is known",
        ),
        (EOFError(), "SFTP server does not answer"),
        (ValueError("x"), "ingest.pull: ValueError"),
        (None, "ingest.pull: failed"),
    ],
)
def test_failures_have_causes(error: BaseException | None, cause: str) -> None:
    assert alerts.cause_of(error, "ingest.pull") == cause
