"""What is noted of readings is true and of limited size, and can be read however large the log has become."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from integration.line import Line
from integration.reading import ask, session

from calypso import audit, provision, warehouse

pytestmark = pytest.mark.integration

READER = provision.of_administration("tto")
DETAILS = """
create table marts.fct_items (n integer);
insert into marts.fct_items values (1);
alter table marts.fct_items enable row level security;
create policy readers on marts.fct_items for select to public using ((select audit.noted('fct_items')));
grant usage on schema marts to public;
grant select on marts.fct_items to public;
"""


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    """A warehouse with one table of details, as dbt would make it."""
    with ExitStack() as held:
        made: Line = held.enter_context(new_line("audit", None))
        with warehouse.transaction(made.settings.warehouse("transformer")) as connection:
            ask(connection, DETAILS)
        yield made


def noted(line: Line, since: datetime) -> list[tuple[str, str, str]]:
    with session(line, provision.AUDITOR) as auditor:
        query = "select role, relation, statement from audit.reads_since(%(since)s) order by read_at"
        return [(row[0], row[1], row[2]) for row in ask(auditor, query, {"since": since})]


def today(line: Line) -> Path:
    """Return the log that the server writes now."""
    [[name]] = administer(line, "select pg_current_logfile('jsonlog')")
    return line.settings.home.parent / "home" / "postgres" / "data" / str(name)


def administer(line: Line, query: str) -> list[tuple[object, ...]]:
    with warehouse.transaction(line.administrator) as connection:
        return ask(connection, query)


def test_who_read_is_noted_though_the_statement_has_a_name(line: Line) -> None:
    begun = datetime.now(UTC)
    with session(line, READER) as reader:
        ask(reader, 'prepare "kept apart" as select n as asked_for from marts.fct_items')
        ask(reader, 'execute "kept apart"')
        ask(reader, "prepare p as select n as renamed from marts.fct_items")
        ask(reader, "/* nothing */ execute p; select 1")
        ask(reader, "begin; declare c cursor for select n as fetched from marts.fct_items")
        ask(reader, "fetch c")
    found = noted(line, begun)
    assert [one[:2] for one in found] == [(READER, "fct_items")] * 3
    for statement, told in zip((one[2] for one in found), ("asked_for", "renamed", "fetched"), strict=True):
        assert told in statement


def test_what_a_reading_is_noted_of_is_a_table_of_the_marts(line: Line) -> None:
    begun = datetime.now(UTC)
    with session(line, READER) as reader:
        for text in ("x" * 20_000_000, "fct_items ", 'fct_items"}\n{"message":"details read: fct_items'):
            with pytest.raises(psycopg2.errors.UndefinedTable):
                ask(reader, "select audit.noted(%(text)s)", {"text": text})
    assert noted(line, begun) == []


@pytest.mark.parametrize(
    "forgery",
    [
        "select 'details read: fct_items'::integer",
        "do $$ begin raise log 'details read: fct_items'; end $$",
        "do $$ begin raise warning 'details read: fct_items'; end $$",
        "do $$ begin raise exception 'details read: fct_items'; end $$",
        "set log_statement = 'all'",
        "set log_min_messages = 'debug1'",
        "set application_name = 'details read: fct_items'; select 1/0",
        "set debug_print_parse = on; set debug_print_plan = on; select 'details read: x', n from marts.fct_items",
        "set trace_sort = on; select g from generate_series(1, 100000) as g order by random()",
    ],
)
def test_nothing_else_that_a_reader_does_reaches_the_log(line: Line, forgery: str) -> None:
    """A reading that it is made of is noted as such, and no more is."""
    log = today(line)
    with session(line, READER) as reader:
        begun, size = datetime.now(UTC), log.stat().st_size
        with suppress(psycopg2.Error):
            ask(reader, forgery)
        assert ask(reader, "select 1") == [(1,)]
        reads = forgery.count("from marts.")
        with log.open("rb") as file:
            file.seek(size)
            mine = [one for one in file.read().splitlines() if f'"user":"{READER}"'.encode() in one]
    assert len(mine) == reads
    assert all(len(one) < 10_000 for one in mine)
    assert [found[:2] for found in noted(line, begun)] == [(READER, "fct_items")] * reads


def test_a_note_has_a_limited_length(line: Line) -> None:
    begun = datetime.now(UTC)
    with session(line, READER) as reader:
        ask(reader, f"select n from marts.fct_items /* {'x' * 5_000_000} */")
    [(role, relation, statement)] = noted(line, begun)
    assert (role, relation) == (READER, "fct_items")
    assert statement.startswith("select n from marts.fct_items /* xxx")
    assert len(statement) <= audit.SHOWN


@contextmanager
def grown(log: Path, size: int) -> Iterator[None]:
    """Let the log of today be as large as after a flood, with bytes that are no text, and shrink it again."""
    before = log.stat().st_size
    with log.open("ab") as file:
        file.write(b'{"message":"details read: \xff\xfe","timestamp":"2026-01-01"}\n')
        file.write(b'{"message":"details read: cut off by a full disk\n')
        file.truncate(size)
        file.seek(0, os.SEEK_END)
        file.write(b"\n")
    try:
        yield
    finally:
        os.truncate(log, before)


def test_a_flooded_log_slows_notes_down_and_is_read(line: Line) -> None:
    log, begun = today(line), datetime.now(UTC)
    with session(line, READER) as reader:
        ask(reader, "select n as before from marts.fct_items")
        with grown(log, audit.DAILY + 1):
            started = time.monotonic()
            ask(reader, "select n as after from marts.fct_items")
            assert time.monotonic() - started >= 1
            with pytest.raises(psycopg2.errors.QueryCanceled):
                ask(reader, "set statement_timeout = 100; select n as unnoted from marts.fct_items")
            found = [statement for _, _, statement in noted(line, begun)]
            assert found == ["select n as before from marts.fct_items", "select n as after from marts.fct_items"]
            assert noted(line, datetime.now(UTC) + timedelta(days=1)) == []


def test_the_auditor_reads_notes_and_nothing_else_of_the_log(line: Line) -> None:
    for role in (READER, "calypso_analyst", "calypso_partner"):
        for query in ("select * from audit.reads", "select audit.lines('-infinity')", "select audit.statement()"):
            with session(line, role) as reader, pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(reader, query)
    with session(line, provision.AUDITOR) as auditor:
        for query in ("select audit.lines('-infinity')", "select audit.lines_of('log/x')", "select pg_ls_logdir()"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(auditor, query)


def test_connections_are_logged_and_a_log_is_written_over_after_a_year(line: Line) -> None:
    settings = {name: administer(line, f"show {name}")[0][0] for name in ("log_filename", "log_disconnections")}
    assert settings == {"log_filename": "postgresql-%m-%d.log", "log_disconnections": "on"}
    assert administer(line, "show log_truncate_on_rotation") == [("on",)]
    with session(line, READER):
        pass
    assert f"connection authorized: user={READER}" in today(line).read_text("utf-8", "replace")
