"""The line without Airflow: the same steps the Dags call, on a warehouse and an SFTP tree of their own."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from integration import prepared
from paramiko import SFTPClient

from calypso import building, history, inbox, ledger, loading, provision, receipts, warehouse
from calypso.arrival import read_clock
from calypso.local import postgres
from calypso.registry import Operation, operations
from calypso.settings import Settings
from expectations import judge
from expectations.rules import rule_book, sentences

TABLES_ALONE = ("unit_test", "test")  # left out where a test compares the tables itself
CURRENT = ("fct_items", "fct_cases", "rpt_operation_results")


@dataclass(frozen=True)
class Line:
    """One warehouse, with the SFTP tree its files come in by."""

    settings: Settings
    sftp: SFTPClient
    trees: Path
    administrator: str = field(repr=False)  # who may do what no role of the line may

    def drop(self, files: Iterable[Path]) -> set[str]:
        """Put files into the inboxes of the administrations whose folders they lie in; return the codes."""
        codes = set()
        for path in files:
            shutil.copy(path, self.trees / path.parent.name / "inbox" / path.name)
            codes.add(path.parent.name)
        return codes

    def ingest(self, codes: Iterable[str]) -> list[str]:
        """Pull, validate, load and acknowledge what waits; return the ids."""
        ids = [found for code in sorted(codes) for found in inbox.pull(self.sftp, code, self.settings)]
        with warehouse.transaction(self.settings.warehouse("loader")) as connection:
            waiting = ledger.submissions(connection, ids)
        archive = history.Warehouse(self.settings.warehouse("loader"), self.settings.landing)
        assert judge.validate(waiting, self.settings.landing, archive) == {}
        loading.load(self.settings, ids)
        with warehouse.session(self.settings.warehouse("loader")) as connection:
            assert receipts.acknowledge(connection, self.sftp, ids, sentences(), self.settings) == []
        return ids

    def replay(self, files: Sequence[Path], steps: int = 4, without: Sequence[str] = TABLES_ALONE) -> None:
        """Drop and ingest files in the order given, in a few steps, and build the marts, with their tests if asked."""
        size = -(-len(files) // steps)
        for start in range(0, len(files), size):
            self.ingest(self.drop(files[start : start + size]))
        building.build(self.settings, without=without)

    def rows(self, query: str, role: str = "transformer") -> list[tuple]:
        with warehouse.transaction(self.settings.warehouse(role)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def tables(self, without: str = "") -> dict[str, list[str]]:
        """Return the rows of each current table as texts, in an order of their own, but for one column."""
        query = "select (to_jsonb(t) - '{}')::text from marts.{} as t order by 1"
        return {name: [row for (row,) in self.rows(query.format(without, name))] for name in CURRENT}


@contextmanager
def line(
    stack: Settings, sftp: SFTPClient, trees: Path, name: str, clock: Path | None, like: Line | Path | None = None
) -> Iterator[Line]:
    """Make a warehouse called `name` in the stack's PostgreSQL, and drop it in the end.

    `like` another line, or one that is kept in a folder, it begins with all that this one has taken in, built and
    published.
    """
    home = stack.home.parent / name
    settings = dataclasses.replace(
        stack,
        home=home,
        landing=home / "landing",
        signing_keys=home / "keys" / "signing",
        site=home / "site",
        warehouse_database=name,
        settle_seconds=0,
        simulated_clock=clock,
    )
    administrator = postgres.administrator(stack)
    if isinstance(like, Line):
        _copy(administrator, like.settings, settings)
    elif like:
        _execute(administrator, f"create database {name}")
        prepared.restore(like, stack, settings)
    provision.provision(administrator, settings)
    owner = postgres.administrator(stack, name)
    warehouse.prepare(owner, rule_book())
    _empty(trees)
    try:
        yield Line(settings, sftp, trees, owner)
    finally:
        _empty(trees)
        _execute(administrator, f"drop database {name} with (force)")
        shutil.rmtree(home, ignore_errors=True)


def _empty(trees: Path) -> None:
    """Remove what waits in the inboxes, which lines share: no line takes or finds what another has left."""
    for left in trees.glob("*/inbox/*"):
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def _copy(administrator: str, here: Settings, there: Settings) -> None:
    _execute(administrator, f"create database {there.warehouse_database} template {here.warehouse_database}")
    # What lies in a home is never written to a second time, but for dbt's own, which is made anew.
    shutil.copytree(here.home, there.home, copy_function=os.link, ignore=shutil.ignore_patterns("dbt"))


def _execute(administrator: str, statement: str) -> None:
    with warehouse.session(administrator) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


@cache
def simulated(folder: Path, code: str) -> tuple[Operation, Path]:
    """Write a simulated operation once for all tests."""
    from calypso import simulation

    operation = operations()[code]
    simulation.simulate(operation, folder / code)
    return operation, folder / code


def files_by_arrival(folder: Path, after: datetime | None = None, until: datetime | None = None) -> list[Path]:
    """Return a simulated operation's files in the order in which they arrived: all, or those of a time."""
    moments = read_clock(folder / "clock.csv")
    arrived = sorted((moment, code, name) for (code, name), moment in moments.items())
    return [
        folder / "files" / code / name
        for moment, code, name in arrived
        if (after is None or moment > after) and (until is None or moment <= until)
    ]


def truth(folder: Path) -> dict:
    """Return what really happened in a simulated operation."""
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))
