"""Invariant 2 at its hardest: the load killed between any two statements, and run again, leaves the same tables."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions
import pytest
from integration.line import Line

from calypso import inbox, ledger, loading, warehouse
from expectations import judge

pytestmark = [pytest.mark.integration, pytest.mark.core]

TABLES = ("raw.seizure_rows", "raw.findings", "raw.submission_states")


class MortalCursor(psycopg2.extensions.cursor):
    """A cursor whose process is killed before its n-th statement."""

    left = 0

    def _count(self) -> None:
        if MortalCursor.left == 0:
            os._exit(9)
        MortalCursor.left -= 1

    def execute(self, *arguments: Any, **named: Any) -> None:
        self._count()
        super().execute(*arguments, **named)

    def copy_expert(self, *arguments: Any, **named: Any) -> None:
        self._count()
        super().copy_expert(*arguments, **named)


def load_until(dsn: str, landing: Path, submission_id: str, statements: int) -> None:
    MortalCursor.left = statements
    connection = psycopg2.connect(dsn, cursor_factory=MortalCursor)
    with connection:
        loading.load_one(connection, landing, submission_id)
        MortalCursor.left or os._exit(9)  # killed just before the commit
    os._exit(0)


def contents(made: Line, submission_id: str) -> list[list[tuple]]:
    without_time = "submission_id, state, rows_read, rows_accepted, rows_quarantined, rule_pack"
    return [
        made.rows(
            f"select {without_time if table.endswith('states') else '*'} from {table} "
            f"where submission_id = '{submission_id}' order by 1, 2"
        )
        for table in TABLES
    ]


def test_killed_between_any_two_statements_and_run_again(new_line: Callable[..., Any], folder: Path) -> None:
    with ExitStack() as held:
        made = held.enter_context(new_line("load_killed", folder / "clock.csv"))
        code = "tto"
        made.drop((folder / "files" / code).iterdir())
        ids = inbox.pull(made.sftp, code, made.settings)
        with warehouse.transaction(made.settings.warehouse("loader")) as connection:
            judge.validate(ledger.submissions(connection, ids), made.settings.landing)
        partly = [
            one for one in ids if (made.settings.landing / "verdicts" / one / "findings.csv").stat().st_size > 400
        ]
        assert len(partly) > 1
        whole, broken = partly[:2]
        loading.load(made.settings, [whole])
        assert contents(made, whole)[0]
        _kill_at_every_statement(made, broken)


def _kill_at_every_statement(made: Line, submission_id: str) -> None:
    """Kill the load earlier and later until it gets through, with nothing half done in between."""
    before = contents(made, submission_id)
    dsn, forked = made.settings.warehouse("loader"), multiprocessing.get_context("fork")
    for statements in range(50):
        child = forked.Process(target=load_until, args=(dsn, made.settings.landing, submission_id, statements))
        child.start()
        child.join(30)
        if child.exitcode == 0:
            break
        assert child.exitcode == 9
        assert contents(made, submission_id) == before, statements
    assert statements >= 5  # lock, look, rows, findings, state: each was a place to die at
    after = contents(made, submission_id)
    assert after[0]
    assert after[1]
    loading.load(made.settings, [submission_id])
    assert contents(made, submission_id) == after
