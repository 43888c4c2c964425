"""A crowd is readers of three roles who mean harm, in a process that yields the processor: they sit at other machines.

They try for as many connections as the server has, and use those they get: some hold locks in open transactions, some
have readings noted without end, some run `explain analyze` of what takes long, and some try to fill the disk.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import psycopg2
from integration import elsewhere

CONNECTIONS = 189
AGAIN = 30  # seconds after which one who was refused tries again
LIFTED = "set statement_timeout = 0; set transaction_timeout = 0; set idle_in_transaction_session_timeout = 0"
HEAVY = "select count(*) from generate_series(1, 2000) as a, generate_series(1, 2000) as b where a # b = 1"
SPILLING = "select g from generate_series(1, 5000000) as g"
WAYS: Sequence[Sequence[str]] = (
    ("begin", "lock table dim_codes, dim_dates in access share mode", "select pg_sleep(20)"),
    ("select count(*) from fct_items", "select audit.noted('fct_items')", "select repeat('x', 1000)::integer"),
    (f"explain analyze {HEAVY}", "explain analyze select * from fct_items where case_key = 'x'"),
    ("select lo_from_bytea(0, 'x')", "set work_mem = '1GB'", f"select count(*) from ({SPILLING}) as spilled"),
)


KINDS = (
    "connected",
    "refused",
    "ended",
    *(f"{way}{what}" for way in range(len(WAYS)) for what in (" done", " refused")),
)


class Counts:
    """How often something became of an attempt, by kind, counted in one process and read in another."""

    def __init__(self) -> None:
        self.counts = get_context("spawn").Array("L", len(KINDS))

    def add(self, kind: str) -> None:
        with self.counts.get_lock():
            self.counts[KINDS.index(kind)] += 1

    def read(self) -> dict[str, int]:
        return dict(zip(KINDS, self.counts, strict=True))


def come(dsns: Sequence[str], counts: Counts, home: Path) -> None:
    """Let all of the crowd do what they do until this process is killed, or that which has started it."""
    elsewhere.enter(home)
    ways = itertools.cycle(range(len(WAYS)))
    crowd = [
        threading.Thread(target=read, args=(dsns[number % len(dsns)], ways, counts)) for number in range(CONNECTIONS)
    ]
    for reader in crowd:
        reader.start()
    if parent := parent_process():
        parent.join()  # which may have been killed
    os._exit(0)


def read(dsn: str, ways: Iterator[int], counts: Counts) -> None:
    """Connect, and do one of the ways again and again; the server may refuse or end it at any time."""
    while True:
        try:
            connection = psycopg2.connect(dsn)
        except psycopg2.OperationalError:
            counts.add("refused")
            time.sleep(AGAIN)
            continue
        counts.add("connected")
        connection.autocommit = True
        with suppress(psycopg2.OperationalError, psycopg2.InterfaceError), connection.cursor() as cursor:
            cursor.execute(LIFTED)
            attempt(cursor, next(ways), counts)
        counts.add("ended")


def attempt(cursor: Any, way: int, counts: Counts) -> None:
    for statement in itertools.cycle(WAYS[way]):
        try:
            cursor.execute(statement)
            counts.add(f"{way} done")
        except psycopg2.OperationalError as error:
            if not error.pgcode or error.pgcode.startswith("57"):  # its session was ended
                raise
            counts.add(f"{way} refused")
        except (psycopg2.ProgrammingError, psycopg2.DataError):
            counts.add(f"{way} refused")


@contextmanager
def crowd(dsns: Sequence[str], home: Path) -> Iterator[Callable[[], dict[str, int]]]:
    """Let a crowd come to the servers of a home, by the connection strings of its roles; wait until each has tried.

    Gives a function that tells how often something became of what they tried, by kind.
    """
    counts = Counts()
    process = get_context("spawn").Process(target=come, args=(dsns, counts, home), daemon=True)
    process.start()
    deadline = time.monotonic() + 300
    try:
        while sum(counts.read()[kind] for kind in ("connected", "refused")) < CONNECTIONS:
            assert time.monotonic() < deadline, counts.read()
            time.sleep(0.2)
        yield counts.read
    finally:
        process.kill()
        process.join()
