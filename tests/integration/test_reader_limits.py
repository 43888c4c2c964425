"""What readers may take of the server, and that no reader, nor all of them together, stops the line or a build."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psycopg2
import pytest
from guides.bringing import bring
from integration.crowd import CONNECTIONS, crowd
from integration.line import TABLES_ALONE, Line
from integration.reading import ask, dsn, secrets, session
from integration.test_statements import gold, report
from psycopg2.extensions import make_dsn

from calypso import building, provision, reader_limits, readers, warehouse
from calypso.local import control_group, postgres
from calypso.registry import administrations

pytestmark = pytest.mark.integration

VCT, TTO = provision.of_administration("vct"), provision.of_administration("tto")
ROLES = (provision.ANALYST, provision.PARTNER, provision.AUDITOR, VCT)


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    """A warehouse in which nothing was built."""
    with ExitStack() as held:
        yield held.enter_context(new_line("reader_limits", None))


@pytest.fixture(scope="module")
def built(new_line: Callable[..., Line]) -> Iterator[Line]:
    """A warehouse in which one file was taken in, built and published."""
    with ExitStack() as held:
        made: Line = held.enter_context(new_line("reader_limits_built", None))
        bring(made.settings, "vct", "vct_2024-11-05_seizures.csv", report(gold("VC-1", 5)).encode())
        building.build(made.settings, without=TABLES_ALONE)
        yield made


@pytest.fixture
def bare(new_line: Callable[..., Line]) -> Iterator[Line]:
    """A warehouse whose marts are one table, published; no dbt is needed to replace it."""
    with ExitStack() as held:
        made: Line = held.enter_context(new_line("reader_limits_bare", None))
        publish(made, 1)
        sweep(made, 10)
        yield made


def publish(line: Line, number: int) -> None:
    """Replace the marts by a table of 200,000 rows, all of them a number."""
    with warehouse.session(line.settings.warehouse("transformer")) as connection:
        building._make_room(connection)
        with connection:
            ask(connection, f"create table marts_next.t as select {number} as n from generate_series(1, 200000)")
            ask(connection, f"grant select on marts_next.t to {provision.ANALYST}")
            for name, role in readers.SCHEMAS.items():
                ask(connection, f"create view marts_next_{name}.t as select * from marts_next.t")
                ask(connection, f"grant select on marts_next_{name}.t to {role}")
        building._publish(connection, number)


def replaced(line: Line) -> list[str]:
    return [name for (name,) in line.rows("select nspname from pg_namespace where nspname ~ '^marts_before_[0-9]+$'")]


def sweep(line: Line, seconds: float) -> float:
    """Remove marts that were replaced; return the seconds that it took."""
    begun = time.monotonic()
    with warehouse.session(line.settings.warehouse("transformer")) as connection:
        building._sweep(connection, seconds)
    return time.monotonic() - begun


# ---- connections


def test_all_readers_together_leave_connections_for_the_line(line: Line) -> None:
    limit = "select rolname, rolconnlimit from pg_roles where rolname like 'calypso%' and rolcanlogin"
    found = dict(line.rows(limit))
    readers = {*ROLES, *map(provision.of_administration, administrations())}
    line_roles = {provision.LOADER, provision.TRANSFORMER}
    assert {role for role, connections in found.items() if connections == -1} == line_roles
    kept = int(postgres.CONFIGURATION["reserved_connections"])
    most = int(postgres.CONFIGURATION["max_connections"]) - 3 - kept
    assert 0 < sum(found[role] for role in readers) < most
    assert min(found[role] for role in readers) == reader_limits.EACH


def test_as_many_as_a_server_has_are_shared_out(line: Line) -> None:
    """Administrations get what the others leave, one at least."""
    own = [f"calypso_adm_{number}" for number in range(60)]
    with warehouse.session(line.administrator) as connection, connection.cursor() as run:
        assert reader_limits.shares(run, {"a": 20, "b": 10}, own)[own[-1]] == 1
        assert reader_limits.shares(run, {"a": 20, "b": 10}, own[:40])[own[0]] == 2
        assert reader_limits.shares(run, {"a": 20, "b": 10}, own[:10])[own[0]] == reader_limits.EACH


def test_189_connections_of_three_readers_shut_nobody_out(line: Line) -> None:
    roles = [VCT, TTO, provision.PARTNER] * 63

    def connect(role: str) -> psycopg2.extensions.connection | str:
        try:
            return psycopg2.connect(dsn(line, role))
        except psycopg2.OperationalError as error:
            return str(error)

    with ThreadPoolExecutor(16) as crowd:
        tried = list(crowd.map(connect, roles))
    opened = [one for one in tried if not isinstance(one, str)]
    try:
        refused = [one for one in tried if isinstance(one, str)]
        assert len(opened) == 2 * reader_limits.EACH + provision.CONNECTIONS[provision.PARTNER]
        assert all("too many connections for role" in one for one in refused)
        for role in ("loader", "transformer", "analyst"):
            assert line.rows("select 1", role) == [(1,)]
    finally:
        for one in opened:
            one.close()


def test_the_line_has_connections_where_everybody_elses_are_taken(line: Line) -> None:
    """The reserved ones, by a role that has no limit of its own."""
    database = line.settings.warehouse_database
    taken: list[psycopg2.extensions.connection] = []
    with warehouse.session(line.administrator) as administrator:
        administrator.autocommit = True
        ask(administrator, f"create role nobody login password 'x'; grant connect on database {database} to nobody")
        try:
            nobody = make_dsn(line.administrator, user="nobody", password="x")
            with pytest.raises(psycopg2.OperationalError, match="remaining connection slots are reserved"):
                taken.extend(psycopg2.connect(nobody) for _ in range(200))
            assert len(taken) > 100
            assert line.rows("select 1", "loader") == line.rows("select 1", "transformer") == [(1,)]
        finally:
            for one in taken:
                one.close()
            ask(administrator, f"revoke connect on database {database} from nobody; drop role nobody")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_readers_enter_no_other_database(line: Line, role: str, database: str) -> None:
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(dsn(line, role, dbname=database))


CROWD = (VCT, provision.PARTNER, provision.ANALYST)


def end_sessions(line: Line) -> None:
    """End what a crowd has left running: a server sees that a client has gone when it next speaks to it."""
    deadline = time.monotonic() + 60
    with warehouse.session(line.administrator) as administrator:
        administrator.autocommit = True
        ending = "select pg_terminate_backend(pid) from pg_stat_activity where usename = any (%(roles)s)"
        while ask(administrator, ending, {"roles": list(CROWD)}):
            assert time.monotonic() < deadline, "a reader's session does not end"
            time.sleep(0.5)


def test_a_crowd_of_readers_stops_neither_the_line_nor_a_build(built: Line) -> None:
    """With 189 connections, held locks, a flood of notes and loops of `explain analyze` of three roles at once."""
    with crowd([dsn(built, role) for role in CROWD], secrets(built).parent) as did:
        begun = time.monotonic()
        bring(built.settings, "vct", "vct_2024-11-06_seizures.csv", report(gold("VC-2", 6)).encode())
        building.build(built.settings, without=TABLES_ALONE)
        seconds = time.monotonic() - begun
        print(f"a file and a build took {seconds:.1f} s, while a crowd did {did()}")
    end_sessions(built)
    assert did()["refused"] >= CONNECTIONS - 33
    assert built.rows("select count(*) from marts.fct_cases") == [(2,)]


# ---- time, files and memory


@pytest.mark.parametrize("role", ROLES)
def test_what_holds_cannot_be_lifted_by_its_bearer(line: Line, role: str) -> None:
    attempts = [
        *(f"set {name} = -1" for name in reader_limits.FIXED),
        *(f"alter role {role} set {name} to default" for name in reader_limits.FIXED),
        f"alter role {role} connection limit 200",
    ]
    with session(line, role) as reader:
        for attempt in attempts:
            with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.InvalidParameterValue)):
                ask(reader, attempt)
        for attempt in (f"alter role {role} reset all", "reset all", "discard all"):
            ask(reader, attempt)
    with session(line, role) as reader:
        assert {name: ask(reader, f"show {name}") for name in reader_limits.FIXED} == {
            name: [(value,)] for name, value in reader_limits.FIXED.items()
        }
    # What it may lift is set anew by the next `up`.
    provision.provision(line.administrator, line.settings)
    with session(line, role) as reader:
        assert {name: ask(reader, f"show {name}") for name in reader_limits.LIFTABLE} == {
            name: [(value,)] for name, value in reader_limits.LIFTABLE.items()
        }


WIDE = "select count(*) from (select g || repeat('x', 10000) as t from generate_series(1, 100000) as g order by t) as x"


def test_a_query_spills_no_more_than_its_part_of_the_disk(line: Line) -> None:
    with session(line, provision.PARTNER) as reader, pytest.raises(psycopg2.errors.ConfigurationLimitExceeded):
        ask(reader, f"set work_mem = '1MB'; {WIDE}")


def test_a_session_takes_no_more_than_its_part_of_the_memory(line: Line) -> None:
    """Whatever it sets; what others do goes on."""
    with session(line, VCT) as reader, session(line, TTO) as bystander:
        for query in (f"set work_mem = '64GB'; {WIDE}", "select length(repeat('x', 600000000))"):
            with pytest.raises(psycopg2.errors.OutOfMemory):
                ask(reader, query)
        assert ask(reader, "select 1") == ask(bystander, "select 1") == [(1,)]


def test_a_reader_who_has_lifted_every_timeout_is_ended(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_limits, "LONGEST", 2)
    with session(line, VCT) as old, session(line, TTO) as young, session(line, provision.PARTNER) as idle:
        ask(old, "set statement_timeout = 0; set transaction_timeout = 0; begin; select 1")
        time.sleep(2.5)
        ask(young, "begin; select 1")
        with warehouse.session(line.settings.warehouse("loader")) as connection:
            assert reader_limits.end_overdue(connection) == 1
        with pytest.raises(psycopg2.OperationalError):
            ask(old, "select 1")
        assert ask(young, "select 1") == ask(idle, "select 1") == [(1,)]


@pytest.mark.parametrize(
    "attempt",
    [
        "select lo_create(0)", "select lo_creat(-1)", "select lo_from_bytea(0, 'x')", "select lo_import('/etc/passwd')",
        "select lo_put(1, 0, 'x')", "select lo_open(1, 131072)", "select lowrite(0, 'x')", "select loread(0, 1)",
        "select count(*) from pg_largeobject", "create temporary table mine (n integer)", "create table public.n ()",
        "select pg_notify('x', 'y')", "select pg_logical_emit_message(false, 'x', 'y')", "select pg_export_snapshot()",
        "select guard.clear_way('0')", "select guard.end_overdue('0')",
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_stored_or_sent_by_a_reader(line: Line, role: str, attempt: str) -> None:
    with session(line, role) as reader, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(reader, attempt)


def test_a_readers_session_yields_the_processor(built: Line) -> None:
    def policy(pid: int) -> str:
        return subprocess.run(["chrt", "-p", f"{pid}"], capture_output=True, text=True, check=True).stdout

    with session(built, VCT) as reader, warehouse.session(built.settings.warehouse("loader")) as loader:
        for connection, expected in ((reader, "SCHED_IDLE"), (loader, "SCHED_OTHER")):
            [[pid]] = ask(connection, "select pg_backend_pid()")
            assert expected in policy(pid)
            # A policy counts among the tasks of a group: those of both, and all that starts tasks, are in one.
            if group := control_group.create(secrets(built).parent.absolute()):
                assert f"{pid}" in (group / control_group.MEMBERS).read_text().split()
        [[pid]] = ask(reader, "select pg_backend_pid()")
        weight = Path(f"/proc/{pid}/autogroup")
        if weight.exists():
            assert weight.read_text().endswith("nice 19\n")
        # What would work for it beside, at the usual priority, there is none.
        ask(
            reader,
            "set debug_parallel_query = on; set max_parallel_workers_per_gather = 8; "
            "set min_parallel_table_scan_size = 0",
        )
        plan = ask(reader, "explain (analyze, costs off, timing off) select count(*) from marts_own.dim_dates")
        assert any("Workers Launched: 0" in row[0] for row in plan) or not any("Gather" in row[0] for row in plan)


# ---- locks


def test_no_function_of_the_server_lets_a_reader_keep_a_lock_on_what_it_may_not_read(line: Line) -> None:
    """Every function that takes a table by its number is called with one of raw, by a reader and by the superuser."""
    [[table]] = line.rows("select 'raw.submissions'::regclass::oid")
    callable_by = """
        select oid::regproc::text, proargtypes::regtype[]::text[] from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and prokind = 'f' and prorettype <> 'trigger'::regtype
            and proargtypes::oid[] && array['regclass'::regtype::oid, 'oid'::regtype::oid]
            and has_function_privilege(%(role)s, oid, 'execute')
    """
    values = {"regclass": f"{table}::regclass", "oid": f"{table}", "boolean": "true", "text": "'x'"}
    with warehouse.session(line.administrator) as watching:
        watching.autocommit = True
        query = "select count(*) from pg_locks where pid = %(pid)s and relation = %(table)s"

        def keeps(caller: psycopg2.extensions.connection, call: str) -> bool:
            with caller.cursor() as cursor:
                cursor.execute("begin")
                cursor.execute("set local statement_timeout = 1000")
                try:
                    cursor.execute(call)
                except psycopg2.Error:
                    locked = [(0,)]
                else:
                    locked = ask(watching, query, {"pid": caller.info.backend_pid, "table": table})
                cursor.execute("rollback")
            return locked != [(0,)]

        with session(line, VCT) as reader:
            functions = ask(watching, callable_by, {"role": VCT})
            assert len(functions) > 200
            kept = [
                name
                for name, types in functions
                if keeps(reader, f"select {name}({', '.join(values.get(one, f'null::{one}') for one in types)})")
            ]
        assert kept == []
        # That a kept lock is seen:
        with warehouse.session(line.administrator) as superuser:
            superuser.autocommit = True
            assert keeps(superuser, "lock table raw.submissions in access share mode")


def test_what_is_being_built_is_granted_to_nobody_even_when_dbt_is_killed(line: Line) -> None:
    """The rows of the next marts stand there, whoever left them."""
    with warehouse.session(line.settings.warehouse("transformer")) as connection:
        building._make_room(connection)
        with connection:
            ask(connection, "create table marts_next.dim_codes as select 420 as n")
            ask(connection, f"grant select on marts_next.dim_codes to {', '.join(provision.READERS)}")
    for role in ROLES:
        with session(line, role) as reader, pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(reader, "select * from marts_next.dim_codes")


def test_a_reader_who_holds_what_is_to_be_dropped_holds_up_no_build(built: Line) -> None:
    """As if a lock on the marts being built, or on what they are made of, could be had after all."""
    with warehouse.session(built.settings.warehouse("transformer")) as connection:
        building._make_room(connection)
        with connection:
            ask(connection, "create table marts_next.t ()")
            for schema, table in (
                ("marts_next", "t"),
                ("intermediate", "int_cases_history"),
                ("seeds", "unit_factors"),
            ):
                ask(connection, f"grant usage on schema {schema} to {VCT}; grant select on {schema}.{table} to {VCT}")
    with session(built, VCT) as reader, session(built, TTO) as bystander:
        ask(
            reader,
            "set statement_timeout = 0; set transaction_timeout = 0; set idle_in_transaction_session_timeout = 0",
        )
        ask(
            reader,
            "begin; lock table marts_next.t, intermediate.int_cases_history, seeds.unit_factors in access share mode",
        )
        ask(bystander, "begin; select count(*) from marts_own.dim_dates")
        building.build(built.settings, "--full-refresh", without=TABLES_ALONE)
        with pytest.raises(psycopg2.OperationalError):
            ask(reader, "select 1")
        assert ask(bystander, "select 1") == [(1,)]
    with session(built, TTO) as reader:
        assert ask(reader, "select count(*) from marts_own.dim_dates")[0][0] > 0


def test_marts_are_published_whatever_readers_hold_of_those_before(bare: Line) -> None:
    with ExitStack() as held:
        locked, cursor, prepared, sleeping = (
            held.enter_context(session(bare, role)) for role in (VCT, TTO, provision.PARTNER, provision.ANALYST)
        )
        ask(locked, "begin; lock table marts_own.t in access share mode")
        ask(cursor, "begin; declare c cursor with hold for select n from marts_own.t; fetch c")
        ask(prepared, "prepare p as select max(n) from marts_shared.t; execute p")
        asked: list[object] = []
        running = threading.Thread(
            target=lambda: asked.append(
                ask(sleeping, "select max(n), count(pg_sleep(2)) from (select n from marts.t limit 1) as t")
            )
        )
        running.start()
        time.sleep(0.5)
        begun = time.monotonic()
        publish(bare, 2)
        assert time.monotonic() - begun < 2
        # Nobody meets two moments: the old ones have no name for a reader, the new ones have theirs.
        [old] = replaced(bare)
        with session(bare, provision.ANALYST) as another:
            assert ask(another, "select max(n) from marts.t") == [(2,)]
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                ask(another, f"select max(n) from {old}.t")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(locked, f"select max(n) from {old}_own.t")
        assert ask(prepared, "execute p") == [(2,)]
        running.join(10)
        assert asked == [[(1, 1)]]
        assert ask(cursor, "fetch c") == [(1,)]


def test_old_marts_that_readers_hold_are_waited_for_once_and_go_when_these_are_ended(
    bare: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as held:
        schemas = {VCT: readers.OWN, TTO: readers.OWN, provision.PARTNER: readers.SHARED}
        for number, (role, schema) in enumerate(schemas.items(), start=2):
            reader = held.enter_context(session(bare, role))
            ask(reader, f"set transaction_timeout = 0; begin; lock table {schema}.t in access share mode")
            publish(bare, number)
        assert len(replaced(bare)) == 3
        assert sweep(bare, 0) < 1
        assert 2 <= sweep(bare, 2) < 3.5
        assert len(replaced(bare)) == 3
        monkeypatch.setattr(reader_limits, "LONGEST", 1)
        with warehouse.session(bare.settings.warehouse("transformer")) as connection:
            assert reader_limits.end_overdue(connection) == 3
        sweep(bare, 10)
        assert replaced(bare) == []
