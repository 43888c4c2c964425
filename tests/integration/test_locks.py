"""What two may not do at once waits for a lock that no reader can take, and that ends with whoever holds it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe

import psycopg2
import pytest
from integration.line import Line
from integration.reading import ask, session

from calypso import building, ledger, locks, warehouse
from calypso.report.turn import turn

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    with ExitStack() as held:
        yield held.enter_context(new_line("locks", None))


def waits(act: Callable[[], object], release: Callable[[], object]) -> bool:
    """Tell whether `act` ends only after `release`."""
    with ThreadPoolExecutor(1) as one:
        acting = one.submit(act)
        time.sleep(0.5)
        waited = not acting.done()
        release()
        acting.result(20)
    return waited


def take(line: Line, purpose: str, of: str = "") -> None:
    with warehouse.transaction(line.settings.warehouse("loader")) as connection:
        locks.hold(connection, purpose, of)


@pytest.mark.parametrize("key", ["new", "used before"])
def test_a_lock_is_waited_for_until_its_transaction_ends(line: Line, key: str) -> None:
    """Also by the second of two that are the first to take it."""
    if key == "used before":
        take(line, "pull", key)
    with warehouse.session(line.settings.warehouse("loader")) as holder:
        locks.hold(holder, "pull", key)
        take(line, "pull", "another")
        take(line, "load", key)
        assert waits(lambda: take(line, "pull", key), holder.rollback)
    take(line, "pull", key)


def test_of_many_that_take_a_new_lock_at_once_each_has_it_alone(line: Line) -> None:
    inside, most = [0], [0]
    counting = threading.Lock()

    def once(_: int) -> None:
        with warehouse.transaction(line.settings.warehouse("loader")) as connection:
            locks.hold(connection, "receipts", "crowd")
            with counting:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.02)
            with counting:
                inside[0] -= 1

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(once, range(24)))
    assert most == [1]


def hold_until_killed(dsn: str, pipe: Pipe) -> None:
    with locks.held(dsn, "build"):
        pipe.send("held")
        time.sleep(60)


def test_a_lock_held_over_many_transactions_is_free_when_its_holder_is_killed(line: Line) -> None:
    spawned = get_context("spawn")
    here, there = spawned.Pipe()
    child = spawned.Process(target=hold_until_killed, args=(line.settings.warehouse("loader"), there))
    child.start()
    assert here.recv() == "held"
    assert child.pid
    assert waits(lambda: take(line, "build"), lambda: os.kill(child.pid or 0, signal.SIGKILL))
    child.join()


def test_nothing_of_the_line_takes_an_advisory_lock(line: Line) -> None:
    """What a pull, a receipt, a cut and a report hold are rows of raw."""
    for key in (("pull", "vgb"), ("report",)):
        take(line, *key)
    with warehouse.session(line.settings.warehouse("loader")) as connection, turn(line.settings):
        ledger.lock(connection, "vgb")
        building.cut(line.settings)
        assert line.rows(
            "select count(*) from pg_locks join pg_database on pg_database.oid = pg_locks.database "
            "where locktype = 'advisory' and datname = current_database()"
        ) == [(0,)]
        with pytest.raises(psycopg2.errors.LockNotAvailable), warehouse.session(line.administrator) as other:
            ask(other, "select from raw.locks where name in ('pull vgb', 'report') for update nowait")
        connection.rollback()


@pytest.mark.parametrize("role", ["calypso_analyst", "calypso_partner", "calypso_adm_vct", "calypso_auditor"])
@pytest.mark.parametrize(
    "attempt",
    [
        "select from raw.locks for update",
        "insert into raw.locks values ('pull vgb')",
        "begin; lock table raw.locks",
        "select pg_advisory_lock(hashtext('calypso.pull'), hashtext('vgb'))",
        "select pg_try_advisory_lock_shared(1)",
        "select pg_advisory_xact_lock(1)",
        "select pg_advisory_unlock_all()",
    ],
)
def test_no_reader_takes_a_lock(line: Line, role: str, attempt: str) -> None:
    with session(line, role) as reader, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(reader, attempt)
