"""A world is a warehouse of its own with invented operations: written into raw as loading writes, build by build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg2
from integration import raw
from integration.test_dbt_models import empty_warehouse
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values
from replay.invented import Filing, Habits, History
from replay.replay import Answer, Replay

from calypso import building, warehouse
from calypso.registry import Operation, Published, administrations, operations, participants
from calypso.settings import Settings

# The second is the deadline of a day in the zones of most administrations; the last lies days after the last report.
CUTS = tuple(datetime(2024, 11, *moment, tzinfo=UTC) for moment in ((7, 14), (9, 10), (18, 3, 17, 11, 500)))
HABITS = {
    "calypso-2024": Habits(simulated=0.5, in_order=True),
    "simulated-2024": Habits(simulated=1, in_order=False),
    "mixed-2024": Habits(simulated=0.4, in_order=False),
}
FIRST = operations()["calypso-2024"]
SAID = {
    "cases_reported": Published(more_than_in="calypso-2024"),
    "seizures": Published(about=30, within=5),
    "most_frequent_firearm": Published(**{"is": "revolver"}),
    "currency_baggage_share": Published(exactly=0),
    "gold_kg": Published(more_than_in="calypso-2024"),
    "cocaine_export_share": Published(more_than_in="calypso-2024"),
    "persons_detained": Published(more_than=40),
}
INVENTED = {
    code: FIRST.model_copy(update={"code": code, "ends_on": FIRST.starts_on + timedelta(days=8), "published": SAID})
    for code in HABITS
    if code != FIRST.code
}
EVERY_OPERATION: Mapping[str, Operation] = {**operations(), **INVENTED}
ZONES = {code: office.zone for code, office in administrations().items()}
ANSWERS = {
    told.__name__: told
    for told in (
        Replay.cases,
        Replay.items,
        Replay.contributions,
        Replay.operation_results,
        Replay.daily_situation,
        Replay.delivery_statuses,
    )
}


def invented(seed: int, known_bad: Mapping[tuple[str, str], int]) -> list[Filing]:
    """Return the files of every administration in every operation; `known_bad` gives some a seed of their own."""
    return [
        filing
        for code, habits in HABITS.items()
        for office in participants(EVERY_OPERATION[code])
        for filing in History(EVERY_OPERATION[code], office, ZONES[office], known_bad.get((code, office), seed)).file(
            habits, CUTS
        )
    ]


@dataclass
class World:
    """A warehouse, the files that come to it, and the cuts of the builds that were made."""

    settings: Settings
    filings: Sequence[Filing] = field(repr=False)
    cuts: list[datetime] = field(default_factory=list)
    sessions: dict[str, Connection] = field(default_factory=dict, repr=False)  # of those who read, by role

    def build(self, at: datetime, *, without: Sequence[str] = ("unit_test",)) -> None:
        """Write into raw what comes before the next build, and build with a cut at this moment."""
        number = len(self.cuts)
        self.cuts.append(at)
        with warehouse.transaction(self.settings.warehouse("loader")) as connection, connection.cursor() as cursor:
            raw.record(cursor, [one.submission for one in self.filings if one.recorded == number])
            ended = [one.submission for one in self.filings if one.loaded == number]
            raw.load(cursor, ended)
            cursor.execute("insert into raw.builds (build_no, cut_at) values (%s, %s)", [number + 1, at])
            known = [(one.submission_id, number + 1) for one in ended]
            execute_values(cursor, "insert into raw.build_submissions (submission_id, build_no) values %s", known)
        self.rebuild(without=without)

    def rebuild(self, *arguments: str, without: Sequence[str] = ("unit_test",)) -> None:
        """Build with the last cut, which stands in raw already: the test says what time it is, not the clock."""
        self.close()  # or the build waits for it
        with patch.object(building, "cut", lambda settings: len(self.cuts)):
            building.build(self.settings, *arguments, without=without)

    def replay(self) -> Replay:
        """Return the replay of what the builds know."""
        known = [one.known(self.cuts) for one in self.filings if one.recorded < len(self.cuts)]
        return Replay(known, EVERY_OPERATION, ZONES)

    def ask(
        self, function: str, operation: str, at: datetime, columns: Sequence[str]
    ) -> tuple[list[str], list[Answer]]:
        """Return the rows with which the marts answer: whole as text, and some columns typed."""
        query = f"select {', '.join(['t::text', *columns])} from marts.{function}(%s, %s) as t"
        rows = self.read(query, [operation, at])
        return [row[0] for row in rows], [dict(zip(columns, row[1:], strict=True)) for row in rows]

    def read(self, query: str, values: Sequence[Any] = (), role: str = "analyst") -> list[tuple[Any, ...]]:
        """Return the rows of a query, in a transaction of its own."""
        if role not in self.sessions:  # a reader's login takes as long as many questions
            self.sessions[role] = psycopg2.connect(self.settings.warehouse(role))
        with self.sessions[role] as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def close(self) -> None:
        """End the sessions of those who read."""
        while self.sessions:
            self.sessions.popitem()[1].close()

    def tables(self) -> list[str]:
        """Return the names of all tables of the marts."""
        return [name for (name,) in self.read("select tablename from pg_tables where schemaname = 'marts' order by 1")]

    def content(self, table: str, without: Sequence[str] = (), of: str | None = None) -> list[str]:
        """Return every row of a table as text, in the order of the texts: without some columns, of one operation."""
        row = "to_jsonb(t) - %s::text[]"
        query = (
            f"select ({row})::text from marts.{table} as t where %s is null or to_jsonb(t) ->> 'operation_code' = %s"
        )
        return sorted(text for (text,) in self.read(query, [list(without), of, of], "transformer"))

    def periods(self) -> dict[tuple[Any, ...], tuple[str, str | None]]:
        """Return every period of a case or an item, with the files by which it began and ended."""
        query = " union all ".join(
            f"select operation_code, administration_code, case_ref, {item_no}, submission_id, row_number, reported_on, "
            f"known_from, known_to, known_by, ended_by from marts.{table}"
            for table, item_no in (("fct_cases_history", "null::integer"), ("fct_items_history", "item_no"))
        )
        return {row[:-2]: row[-2:] for row in self.read(query)}

    def days(self) -> dict[str, tuple[Any, ...]]:
        """Return of each file that ever counted: from when, until when, instead of which, and which instead of it."""
        query = "select submission_id, known_from, known_to, replaces, replaced_by from marts.fct_days_history"
        return {row[0]: row[1:] for row in self.read(query)}


@contextmanager
def world(stack: Settings, name: str, filings: Sequence[Filing]) -> Iterator[World]:
    """Make a warehouse in which the registry and the invented operations are, and drop it in the end."""
    with empty_warehouse(stack, name) as made:
        with warehouse.transaction(made.warehouse("loader")) as connection, connection.cursor() as cursor:
            for operation in INVENTED.values():
                raw.publish(cursor, operation)
        with closing(World(made, filings)) as built:
            yield built
