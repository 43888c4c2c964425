"""Killed at any moment of a replay and started again, the platform ends where it would have ended.

It takes a third of an hour on two cores, so it runs where it is asked for:
`pytest tests/integration/test_killed.py --killed`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import psycopg2
import pytest
from integration.servers import whole_stack
from marts import ANSWERS, TABLES

from calypso import simulation, warehouse
from calypso.local import demo
from calypso.local import stack as quick_start
from calypso.registry import operations
from calypso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(5400)]

OPERATION = "calypso-2024"
KILLS = 10
WITHIN = 0.8  # of the time that a replay takes, in which it is killed ten times
PATIENCE = 1200
VICTIMS = ("scheduler", "worker", "postgres", "sftp")


@dataclass(frozen=True)
class Ended:
    """What a replay ends with: the rows of each table, and after how many seconds."""

    tables: Mapping[str, Sequence[str]]
    seconds: float

    def hashes(self) -> Mapping[str, str]:
        """Return a hash of each table."""
        return {table: hashlib.sha256("\n".join(rows).encode()).hexdigest() for table, rows in self.tables.items()}

    def unlike(self, other: Ended) -> Sequence[str]:
        """Return the rows that only one of both has."""
        return [
            f"{table} {row}"
            for table, rows in self.tables.items()
            for row in sorted(set(rows) ^ set(other.tables[table]))
        ]


@pytest.fixture(scope="module")
def untouched(request: pytest.FixtureRequest) -> Ended:
    """What a replay ends with that nobody disturbs."""
    if not request.config.getoption("--killed"):
        pytest.skip("takes a third of an hour: say --killed")
    with whole_stack() as stack:
        return replayed(stack)


@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_ten_times_it_ends_as_it_would_have(victim: str, untouched: Ended) -> None:
    draw = random.Random(VICTIMS.index(victim))
    planned = sorted(draw.uniform(0, WITHIN * untouched.seconds) for _ in range(KILLS))
    with whole_stack() as stack:
        ended = replayed(stack, victim, planned)
    assert ended.hashes() == untouched.hashes(), "\n".join(ended.unlike(untouched)[:20])


def replayed(stack: Settings, victim: str = "", planned: Sequence[float] = ()) -> Ended:
    """Replay the operation, killing at the planned seconds; check that each file has one answer."""
    replay = demo.Replay(stack, operations()[OPERATION], stack.home / "simulation" / OPERATION)
    simulation.simulate(replay.operation, replay.folder)
    demo.simulate(replay, print)
    files = sum(map(len, replay.files().values()))
    began = time.monotonic()
    with killing(stack, victim, planned) as moments:
        asyncio.run(_upload(replay))
        _wait_until_all_is_published(stack, files)
    seconds = time.monotonic() - began
    print(f"{victim or 'nothing'} killed {len(moments)} times; all published after {seconds:.0f} s")
    assert len(moments) == len(planned)
    receipts = list((stack.home / "sftp").glob("*/receipts/*.json"))
    answered = _rows(stack, ANSWERS)
    assert answered == [(files, files)]
    assert len(receipts) == files
    assert not [path for path in (stack.home / "sftp").glob("*/inbox/*") if path.is_file()]
    rows = {table: _rows(stack, f"select t::text from marts.{table} as t order by 1") for table in TABLES}
    return Ended({table: [row for (row,) in found] for table, found in rows.items()}, seconds)


async def _upload(replay: demo.Replay) -> None:
    """Upload again what did not come through, as a sender does whose connection broke."""
    for _ in range(20):
        try:
            await demo.upload(replay)
            return
        except (OSError, asyncssh.Error, psycopg2.OperationalError) as error:
            print(f"upload broke off: {error}")
            await asyncio.sleep(5)
    raise AssertionError("the files could not be uploaded")


@contextmanager
def killing(stack: Settings, victim: str, planned: Sequence[float]) -> Iterator[list[float]]:
    """Kill a component at planned seconds while the block runs; yield the seconds at which it was killed."""
    moments: list[float] = []
    began, ended, draw = time.monotonic(), threading.Event(), random.Random(len(victim))

    def run() -> None:
        for moment in planned:
            ended.wait(max(0.0, began + moment - time.monotonic()))
            while not ended.is_set():
                if pid := _pid(stack, victim, draw):
                    os.kill(pid, signal.SIGKILL)
                    moments.append(time.monotonic() - began)
                    break
                time.sleep(0.5)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield moments
    finally:
        ended.set()
        thread.join()


def _pid(stack: Settings, victim: str, draw: random.Random) -> int | None:
    """Return a process to kill: a component's own, or that of a task that runs."""
    up = {component.name: component.pid for component in quick_start.status(stack) if component.up}
    if victim != "worker":
        return up.get(victim)
    scheduler = up.get("scheduler")
    workers = _children(scheduler) if scheduler else []
    tasks = [task for worker in workers for task in _children(worker)]
    return draw.choice(tasks) if tasks else None


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:  # it has ended
        return []


def _wait_until_all_is_published(stack: Settings, files: int) -> None:
    query = "select count(*) from marts.fct_submissions where acknowledged_at is not null"
    began = time.monotonic()
    found = 0
    while found < files:
        assert time.monotonic() - began < PATIENCE, f"{found} of {files} files are in the marts"
        time.sleep(3)
        try:
            found = _rows(stack, query)[0][0]
        except (psycopg2.OperationalError, psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName):
            continue  # it was killed, or nothing is built yet


def _rows(stack: Settings, query: str) -> list[tuple]:  # type: ignore[type-arg]
    with warehouse.transaction(stack.warehouse("transformer")) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
