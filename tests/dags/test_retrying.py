"""A network fault is tried again; a bug is not."""

from __future__ import annotations

from datetime import timedelta

import paramiko
import psycopg2
import pytest
from airflow.sdk.definitions.retry_policy import RetryAction

from calypso.transformation import BuildFailed
from dags.retrying import ByFault


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("refused"),
        EOFError("closed"),
        paramiko.SSHException("no answer"),
        psycopg2.OperationalError("the server is starting up"),
        BuildFailed("a test failed"),
        RuntimeError("no final state"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert ByFault().evaluate(error, 1, 3).action is RetryAction.DEFAULT


def test_a_server_that_says_nothing_is_given_a_minute() -> None:
    decision = ByFault().evaluate(TimeoutError("timed out"), 1, 3)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == timedelta(minutes=1)


@pytest.mark.parametrize(
    "error",
    [KeyError("x"), TypeError("x"), UnicodeDecodeError("utf-8", b"", 0, 1, "x"), psycopg2.ProgrammingError("x")],
)
def test_a_fault_of_our_own_is_not(error: Exception) -> None:
    decision = ByFault().evaluate(error, 1, 3)
    assert decision.action is RetryAction.FAIL
    assert decision.reason
