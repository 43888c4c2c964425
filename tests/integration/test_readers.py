"""Who may see what: each role its own, before, during and after a build, and every reading of details is noted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from integration.line import TABLES_ALONE, Line
from psycopg2.extensions import make_dsn

from calypso import building, provision, warehouse
from calypso.board import board
from calypso.registry import administrations, operations

pytestmark = pytest.mark.integration

DETAILS = (
    "fct_cases", "fct_cases_history", "fct_items", "fct_items_history", "fct_contributions",
    "fct_contributions_history", "fct_submissions", "fct_findings", "fct_days_history", "fct_deliveries",
    "fct_changes", "rpt_deliveries", "rpt_quality", "rpt_standings", "dim_places",
)  # fmt: skip
SUMS = (
    "rpt_operation_results", "rpt_daily_situation", "rpt_firearms", "rpt_drug_flows", "rpt_drug_roles", "rpt_cash",
    "rpt_gold", "rpt_methods", "rpt_roadmap",
)  # fmt: skip
QUERIES = 200  # of each administration while the marts are built
MOMENT = "2024-11-15 12:00+00"


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line], natural: Line, folder: Path) -> Iterator[Line]:
    with ExitStack() as held:
        yield held.enter_context(new_line("readers", folder / "clock.csv", like=natural))


@contextmanager
def reader(line: Line, role: str) -> Iterator[psycopg2.extensions.cursor]:
    """Read as a role that the stack has given a password, through a session of its own."""
    password = (secrets(line) / f"{role}_password").read_text()
    dsn = make_dsn(line.settings.warehouse("analyst"), user=role, password=password)
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def ask(line: Line, role: str, query: str) -> list[tuple[Any, ...]]:
    with reader(line, role) as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def secrets(line: Line) -> Path:
    return line.settings.home.parent / "home" / "secrets"


def of(code: str) -> str:
    return provision.of_administration(code)


def test_before_the_first_build_nothing_is_known_for_certain(new_line: Callable[..., Any]) -> None:
    """So every cut-off lies later, and what is due at one has the marts built first."""
    with new_line("unbuilt", None) as unbuilt:
        building.cut(unbuilt.settings)
        assert building.last_cut(unbuilt.settings) < datetime(2024, 11, 4, tzinfo=UTC)


def test_while_the_next_marts_are_built_everybody_is_told_of_those_that_are_there(line: Line) -> None:
    """A build cuts before it builds: what may be asked of the marts, and what the board says, is of the one before."""
    operation = operations()["calypso-2024"]
    known = building.last_cut(line.settings)
    with warehouse.session(line.settings.warehouse("transformer")) as connection:
        before = board(connection, operation).running
        building.cut(line.settings)
        assert building.last_cut(line.settings) == known == before.cut_at
        assert board(connection, operation).running == before
    [(figures,)] = line.rows(f"select count(*) from marts.operation_results('calypso-2024', '{known}')", "analyst")
    assert figures > 0
    building.build(line.settings, without=TABLES_ALONE)
    assert building.last_cut(line.settings) > known


@pytest.fixture(scope="module")
def found(line: Line) -> dict[str, dict[str, list[tuple[Any, ...]]]]:
    """What each administration finds in each table of details, by table and who asks: whose rows, and how many."""
    told: dict[str, dict[str, list[tuple[Any, ...]]]] = {table: {} for table in DETAILS}
    for code in administrations():
        with reader(line, of(code)) as cursor:
            for table in DETAILS:
                cursor.execute(f"select administration_code, count(*) from marts_own.{table} group by 1")
                told[table][code] = cursor.fetchall()
    return told


@pytest.mark.core
@pytest.mark.parametrize("table", DETAILS)
def test_an_administration_sees_its_own_details_and_no_others(
    line: Line, found: dict[str, dict[str, list[tuple[Any, ...]]]], table: str
) -> None:
    others = "to_jsonb(told) ->> 'figure' is distinct from 'distinct_cases'"  # who else tells of an event is not shown
    [(everything,)] = line.rows(f"select count(*) from marts.{table} as told where {others}")
    for code, rows in found[table].items():
        assert {row[0] for row in rows} <= {code}, table
    assert sum(row[1] for rows in found[table].values() for row in rows) == everything > 0


@pytest.mark.parametrize("table", SUMS)
def test_an_administration_sees_the_sums_of_all(line: Line, table: str) -> None:
    assert ask(line, of("brb"), f"select count(*) from marts_own.{table}") == line.rows(
        f"select count(*) from marts.{table}"
    )


def test_as_known_at_a_moment_an_administration_sees_no_more(line: Line) -> None:
    for function in ("cases", "items", "contributions"):
        query = f"select distinct administration_code from marts_own.{function}('calypso-2024', '{MOMENT}')"
        assert ask(line, of("jam"), query) == [("jam",)]
    query = "select figure, value, cases from {}.operation_results('calypso-2024', '{}') order by 1"
    assert ask(line, of("jam"), query.format("marts_own", MOMENT)) == line.rows(query.format("marts", MOMENT)) != []


@pytest.mark.parametrize("function", ["deliveries", "delivery_statuses", "quality", "standings", "changes"])
def test_what_needs_the_details_of_all_is_not_asked_by_one(line: Line, function: str) -> None:
    moments = f"'{MOMENT}', '{MOMENT}'" if function == "changes" else f"'{MOMENT}'"
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(line, of("jam"), f"select * from marts.{function}('calypso-2024', {moments})")


@pytest.mark.parametrize(
    "asked", ["fct_case_matches", "fct_case_matches_history", f"case_matches('calypso-2024', '{MOMENT}')"]
)
@pytest.mark.parametrize("role", ["calypso_adm_brb", "calypso_partner"])
def test_which_cases_tell_one_event_is_for_analysts(line: Line, role: str, asked: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(line, role, f"select * from marts.{asked}")
    assert line.rows(f"select * from marts.{asked}", "analyst")


@pytest.mark.parametrize("schema", ["raw", "staging", "intermediate", "seeds", "marts_next", "marts_next_own"])
@pytest.mark.parametrize("role", ["calypso_adm_brb", "calypso_partner", "calypso_analyst"])
def test_nobody_who_reads_the_marts_enters_what_lies_behind_them(line: Line, role: str, schema: str) -> None:
    may = f"select coalesce(bool_or(has_schema_privilege('{role}', oid, 'usage')), false) from pg_namespace"
    assert line.rows(f"{may} where nspname = '{schema}'") == [(False,)]


@pytest.mark.core
@pytest.mark.parametrize("table", [*DETAILS, *SUMS])
def test_a_partner_sees_no_details(line: Line, table: str) -> None:
    for schema in ("marts", "marts_own"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(line, "calypso_partner", f"select 1 from {schema}.{table}")


def test_every_reading_of_details_is_noted_even_one_that_is_rolled_back(line: Line) -> None:
    query = "select count(*) from fct_items /* this very one */"
    password = (secrets(line) / "calypso_adm_tto_password").read_text()
    with psycopg2.connect(
        make_dsn(line.settings.warehouse("analyst"), user=of("tto"), password=password)
    ) as connection:
        connection.cursor().execute(query)
        connection.rollback()
    noted = ask(
        line,
        provision.AUDITOR,
        "select role, relation, statement from audit.reads where statement like '%this very one%'",
    )
    assert (of("tto"), "fct_items", query) in noted
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(line, of("tto"), "select * from audit.reads")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(line, of("tto"), "select audit.lines('-infinity')")


class Loop(threading.Thread):
    """An administration that asks all the time, and keeps what it should not have seen."""

    def __init__(self, line: Line, code: str, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.line, self.code, self.ended = line, code, ended
        self.asked: Counter[str] = Counter()
        self.wrong: list[object] = []

    def run(self) -> None:
        try:
            with reader(self.line, of(self.code)) as cursor:
                while not self.ended.is_set() or sum(self.asked.values()) < QUERIES:
                    self.ask(cursor)
                    time.sleep(0.15)  # the cores are the build's, too
        except Exception as error:
            self.wrong.append(error)

    def ask(self, cursor: psycopg2.extensions.cursor) -> None:
        table = DETAILS[sum(self.asked.values()) % len(DETAILS)]
        cursor.execute(f"select distinct administration_code from marts_own.{table}")
        foreign = {code for (code,) in cursor.fetchall()} - {self.code}
        # The figure and what it is made of are of one build, or they would not agree.
        cursor.execute(
            "select (select value from marts_own.rpt_operation_results "
            "where operation_code = 'calypso-2024' and figure = 'cases_reported'), "
            "(select count(*) from marts_own.cases('calypso-2024', '2024-12-31')) "
            "= (select count(*) from marts_own.fct_cases), "
            "(select running_value from marts_own.rpt_daily_situation "
            "where operation_code = 'calypso-2024' and figure = 'cases_reported' and reporting_day = '2024-11-24')"
        )
        found = cursor.fetchone()
        if foreign or found is None or found[0] != 234 or not found[1] or found[2] != 234:
            self.wrong.append((table, foreign, found))
        self.asked[table] += 1


def test_while_a_full_rebuild_runs_nobody_sees_a_foreign_row_or_an_error(line: Line) -> None:
    ended = threading.Event()
    loops = [Loop(line, code, ended) for code in administrations()]
    for loop in loops:
        loop.start()
    building.build(line.settings, "--full-refresh")
    building.build(line.settings, "--full-refresh")
    ended.set()
    for loop in loops:
        loop.join(120)
    asked = {loop.code: sum(loop.asked.values()) for loop in loops}
    print(f"{len(loops)} administrations asked {sum(asked.values())} times, at least {min(asked.values())} each")
    assert {loop.code: loop.wrong[:3] for loop in loops if loop.wrong} == {}
    assert min(asked.values()) >= QUERIES
    assert len(loops) == len(administrations())


def test_a_build_that_fails_leaves_readers_what_they_have(line: Line) -> None:
    before = line.tables()
    with psycopg2.connect(line.administrator) as connection, connection.cursor() as cursor:
        cursor.execute("alter table raw.seizure_rows rename to hidden")
    try:
        with pytest.raises(Exception, match="seizure_rows"):
            building.build(line.settings)
        assert line.tables() == before
    finally:
        with psycopg2.connect(line.administrator) as connection, connection.cursor() as cursor:
            cursor.execute("alter table raw.hidden rename to seizure_rows")
    building.build(line.settings, without=TABLES_ALONE)
    assert line.tables() == before
