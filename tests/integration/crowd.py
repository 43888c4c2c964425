"""A crowd is readers of three roles who mean harm, in a process that yields the processor: they sit at other machines.

They try for as many connections as the server has, and use those they get: some hold locks in open transactions, some
have readings noted without end, some run `explain analyze` of what takes long, and some try to fill the disk.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psycopg2

CONNECTIONS = 189
AGAIN = 30  # seconds after which one who was refused tries again
LIFTED = "set statement_timeout = 0; set transaction_timeout = 0; set idle_in_transaction_session_timeout = 0"
HEAVY = "select count(*) from generate_series(1, 2000) as a, generate_series(1, 2000) as b where a # b = 1"
SPILLING = "select g from generate_series(1, 5000000) as g"
WAYS: Sequence[Sequence[str]] = (
    ("begin", "lock table marts.dim_codes, marts.dim_dates in access share mode", "select pg_sleep(20)"),
    ("select count(*) from marts.fct_items", "select audit.noted('fct_items')", "select repeat('x', 1000)::integer"),
    (f"explain analyze {HEAVY}", "explain analyze select * from marts.fct_items where case_key = 'x'"),
    ("select lo_from_bytea(0, 'x')", "set work_mem = '1GB'", f"select count(*) from ({SPILLING}) as spilled"),
)


def come(dsns: Sequence[str], over: Event, told: Any) -> None:
    """Let all of the crowd do what they do until it is over; tell what became of it, by kind."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.setsid()
    with suppress(OSError):  # where Linux does not weigh sessions
        Path("/proc/self/autogroup").write_text("19")
    counted: Counter[str] = Counter()
    ways = itertools.cycle(range(len(WAYS)))
    crowd = [
        threading.Thread(target=read, args=(dsns[number % len(dsns)], ways, over, counted), daemon=True)
        for number in range(CONNECTIONS)
    ]
    for reader in crowd:
        reader.start()
    over.wait()
    time.sleep(1)
    told.put(dict(counted))
    sys.stdout.flush()
    os._exit(0)


def read(dsn: str, ways: Iterator[int], over: Event, counted: Counter[str]) -> None:
    """Connect, and do one of the ways again and again; the server may refuse or end it at any time."""
    while not over.is_set():
        try:
            connection = psycopg2.connect(dsn)
        except psycopg2.OperationalError:
            counted["refused"] += 1
            over.wait(AGAIN)
            continue
        counted["connected"] += 1
        connection.autocommit = True
        way = next(ways)
        try:
            with connection.cursor() as cursor:
                cursor.execute(LIFTED)
                for statement in itertools.cycle(WAYS[way]):
                    if over.is_set():
                        return
                    try:
                        cursor.execute(statement)
                        counted[f"way {way}"] += 1
                    except psycopg2.OperationalError:
                        raise
                    except psycopg2.Error:
                        counted[f"way {way} refused"] += 1
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            counted["ended"] += 1


@contextmanager
def crowd(dsns: Sequence[str]) -> Iterator[Callable[[], dict[str, int]]]:
    """Let a crowd come, by the connection strings of its roles; give a function that ends it and tells what it did."""
    spawned = get_context("spawn")
    over, told = spawned.Event(), spawned.Queue()
    process = spawned.Process(target=come, args=(dsns, over, told), daemon=True)
    process.start()

    def end() -> dict[str, int]:
        over.set()
        found: dict[str, int] = told.get(timeout=60)
        return found

    try:
        yield end
    finally:
        over.set()
        process.join(10)
        process.kill()
        process.join()
