"""Nothing in raw is overwritten: not by the line, nor by whoever owns it, nor in a warehouse of an earlier version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg2
import pytest
from guides.bringing import bring
from integration.line import Line
from integration.reading import ask
from integration.test_statements import gold, report

from calypso import judging, provision, warehouse

pytestmark = pytest.mark.integration

CHANGES = {
    "update": "update raw.{0} set {1} = {1}",
    "delete": "delete from raw.{0}",
    "truncate": "truncate raw.{0} cascade",
}
TABLES = "select relname from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r' order by 1"


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    with ExitStack() as held:
        made: Line = held.enter_context(new_line("append_only", None))
        bring(made.settings, "brb", "brb_2024-11-05_seizures.csv", report(gold("BB-1", 5)).encode())
        yield made


def tables(line: Line) -> list[tuple[str, str]]:
    """Return the tables of raw that hold what is known, each with a column."""
    first = (
        "select attname from pg_attribute where attrelid = 'raw.{}'::regclass and attnum > 0 and attidentity = '' "
        "order by attnum limit 1"
    )
    return [(name, line.rows(first.format(name))[0][0]) for (name,) in line.rows(TABLES) if name != "locks"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("who", ["loader", "owner", "superuser"])
def test_no_row_of_any_table_is_changed(line: Line, who: str, change: str) -> None:
    known = tables(line)
    assert len(known) >= 20
    with warehouse.session(line.settings.warehouse("loader") if who == "loader" else line.administrator) as connection:
        connection.autocommit = True
        if who == "owner":
            ask(connection, f"set role {warehouse.OWNER}")
        for table, column in known:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege) as refused:
                ask(connection, CHANGES[change].format(table, column))
            expected = "permission denied" if who == "loader" else "is append-only"
            assert expected in str(refused.value), (table, refused.value)


@pytest.mark.parametrize(
    "attempt",
    [
        "alter table raw.submissions disable trigger append_only",
        "alter table raw.submissions add column mine text",
        "drop table raw.findings",
        "drop trigger append_only on raw.findings",
        "create table raw.mine (n int)",
        "create or replace function raw.refuse_change() returns trigger language plpgsql as 'begin return old; end'",
        "set session_replication_role = replica",
        f"set role {warehouse.OWNER}",
        "delete from raw.locks",
        "truncate raw.locks",
        "insert into raw.submissions table raw.submissions on conflict (submission_id) do update set version = 2",
    ],
)
def test_the_loader_can_do_nothing_but_append(line: Line, attempt: str) -> None:
    with (
        warehouse.session(line.settings.warehouse("loader")) as connection,
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
    ):
        ask(connection, attempt)


def test_a_warehouse_whose_tables_belong_to_the_loader_is_taken_over(line: Line) -> None:
    """As an earlier version has left it; nothing in it changes, and the line goes on."""
    query = "select * from raw.submissions order by 1"
    before = line.rows(query)
    with warehouse.transaction(line.administrator) as connection:
        for (table,) in ask(connection, TABLES):
            ask(connection, f"drop trigger if exists append_only on raw.{table}")
            ask(connection, f"alter table raw.{table} owner to calypso_loader")
        ask(connection, "drop table raw.locks; drop function raw.refuse_change()")
        ask(connection, "alter schema raw owner to calypso_loader")
    for _ in range(2):
        provision.provision(line.administrator, line.settings)
        warehouse.prepare(line.administrator, judging.rules())
    owners = "select distinct relowner::regrole::text from pg_class where relnamespace = 'raw'::regnamespace"
    assert line.rows(owners) == [(warehouse.OWNER,)]
    assert line.rows(query) == before != []
    test_no_row_of_any_table_is_changed(line, "loader", "delete")
    test_no_row_of_any_table_is_changed(line, "superuser", "truncate")
    bring(line.settings, "brb", "brb_2024-11-06_seizures.csv", report(gold("BB-2", 6)).encode())
    assert len(line.rows(query)) == len(before) + 1
    with warehouse.transaction(line.administrator) as connection:
        ask(connection, f"set local role {warehouse.OWNER}")
        ask(connection, "create table raw.made_later (n integer)")
    assert line.rows("select * from raw.made_later") == []
    assert line.rows("insert into raw.made_later values (1) returning n", "loader") == [(1,)]
