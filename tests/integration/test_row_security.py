"""Rows that a reader may not see do not exist for it: no plan, error, statistic or size tells of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from integration.line import Line
from psycopg2.extensions import cursor as Cursor
from psycopg2.extensions import make_dsn
from psycopg2.sql import SQL, Composable, Identifier, Literal

from calypso import warehouse

pytestmark = pytest.mark.integration

ROLES = ("calypso_adm_brb", "calypso_adm_vct", "calypso_partner")
OPERATION, MOMENT = "calypso-2024", "2024-11-20 12:00+00"
HIDDEN = 2  # rows of others that are asked for, of each table by each key
# Ways to make the planner choose another plan.
TURNED_OFF = ((), ("enable_seqscan",), ("enable_seqscan", "enable_indexscan"), ("enable_seqscan", "enable_bitmapscan"))
WITHOUT = ["figure", "case_key"]  # the key of a table that has no primary key, for a part of it may be null
UNSAID = {"Filter", "Index Cond", "Recheck Cond", "Function Call"}  # they repeat the key that was asked for

# What a role may read, by the tables of the marts: in whatever schema, under the name of the table.
READABLE = """
select relnamespace::regnamespace::text, relname
from pg_class
where relkind in ('r', 'v', 'm', 'p', 'f') and has_table_privilege(oid, 'select')
    and has_schema_privilege(relnamespace, 'usage') and relnamespace::regnamespace::text ~ '^marts'
order by 1, 2
"""
KEYS = """
select relname, array_agg(attname::text order by attnum)
from pg_constraint
inner join pg_class on pg_class.oid = conrelid
inner join pg_attribute on attrelid = conrelid and attnum = any(conkey)
where contype = 'p' and connamespace = 'marts'::regnamespace
group by relname
"""
FUNCTIONS = """
select pronamespace::regnamespace::text, proname
from pg_proc
where has_function_privilege(oid, 'execute') and has_schema_privilege(pronamespace, 'usage')
    and pronamespace::regnamespace::text ~ '^marts' and proargnames[1:2] = '{operation,known_at}'
"""


@contextmanager
def reader(line: Line, role: str) -> Iterator[Cursor]:
    """Log in as a role that the stack has given a password."""
    password = (line.settings.home.parent / "home" / "secrets" / f"{role}_password").read_text()
    with warehouse.session(make_dsn(line.settings.warehouse("analyst"), user=role, password=password)) as connection:
        connection.autocommit = True
        yield connection.cursor()


@contextmanager
def everything(line: Line) -> Iterator[Cursor]:
    """Read the marts as their owner, from whom nothing is hidden."""
    with warehouse.session(line.settings.warehouse("transformer")) as connection:
        connection.autocommit = True
        yield connection.cursor()


def ask(cursor: Cursor, query: str | Composable, values: Sequence[object] | None = None) -> list[tuple[Any, ...]]:
    cursor.execute(query, values)
    return cursor.fetchall()


def hidden_keys(whole: Cursor, own: Cursor, source: Composable, table: Composable, key: Sequence[str]) -> list[tuple]:
    """Return keys of rows that are in a table and that a reader does not see in its source."""
    columns = SQL(", ").join(SQL("{}::text").format(Identifier(name)) for name in key)
    seen = set(ask(own, SQL("select {} from {} as told").format(columns, source)))
    found = ask(whole, SQL("select distinct {} from {} as told order by 1").format(columns, table))
    return [row for row in found if row not in seen and None not in row][:HIDDEN]


def plan(cursor: Cursor, query: Composable) -> Any:
    """Return the plan of a query that was carried out, without its times and without the key."""
    [(told,)] = ask(cursor, SQL("explain (analyze, buffers off, timing off, summary off, format json) ") + query)
    return without(told if isinstance(told, list) else json.loads(told))


def without(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: without(one) for name, one in told.items() if name not in UNSAID}
    return [without(one) for one in told] if isinstance(told, list) else told


def asked_for(source: Composable, key: Sequence[str], values: Sequence[str]) -> Composable:
    named = (SQL("{} = {}").format(Identifier(name), Literal(one)) for name, one in zip(key, values, strict=True))
    return SQL("select * from {} as told where {}").format(source, SQL(" and ").join(named))


def unlike(values: Sequence[str]) -> list[str]:
    """Return a key that nothing has: its texts and numbers are others, its days and moments far away."""
    return [unlike_one(one) for one in values]


def unlike_one(value: str) -> str:
    if value[:4].isdigit() and value[4:5] == "-":
        return "1999" + value[4:]
    if value.lstrip("-").isdigit() and len(value) < 9:
        return str(int(value) + 1_000_000)
    return "".join(reversed(value)) + "_"


def told_apart(whole: Cursor, own: Cursor, source: Composable, table: Composable, key: Sequence[str]) -> Iterator[str]:
    """Yield each key of a hidden row for which a plan differs from that of a key which nothing has."""
    for columns in dict.fromkeys([tuple(key), *((name,) for name in key)]):
        for values in hidden_keys(whole, own, source, table, columns):
            for turned_off in TURNED_OFF:
                for name in turned_off:
                    own.execute(f"set {name} = off")
                there, nowhere = (plan(own, asked_for(source, columns, one)) for one in (values, unlike(values)))
                own.execute("reset all")
                if there != nowhere:
                    yield f"{source.as_string(own)} {columns} {values} {turned_off}"
            own.execute(error_if_there(source, columns, values))


def error_if_there(source: Composable, key: Sequence[str], values: Sequence[str]) -> Composable:
    """Return a query that fails if a row of this key is looked at."""
    named = (SQL("{} = {}").format(Identifier(name), Literal(one)) for name, one in zip(key, values, strict=True))
    query = "select count(*) from {} as told where 1 / (case when {} then 0 else 1 end) = 1"
    return SQL(query).format(source, SQL(" and ").join(named))


@pytest.mark.parametrize("role", ROLES)
def test_no_plan_and_no_error_tells_of_a_hidden_row(natural: Line, role: str) -> None:
    with everything(natural) as whole, reader(natural, role) as own:
        keys = dict(ask(whole, KEYS))
        readable = ask(own, READABLE)
        found, asked = [], 0
        for schema, name in readable:
            source, table = Identifier(schema, name), Identifier("marts", name)
            asked += 1
            found += list(told_apart(whole, own, source, table, keys.get(name, WITHOUT)))
        assert found == []
        assert asked > (20 if role != "calypso_partner" else 5)


@pytest.mark.parametrize("role", ROLES)
def test_what_was_known_at_a_moment_tells_of_no_hidden_row_either(natural: Line, role: str) -> None:
    keys = {"cases": ["case_key"], "items": ["item_key"], "contributions": ["case_key"]}
    with everything(natural) as whole, reader(natural, role) as own:
        functions = ask(own, FUNCTIONS)
        assert (len(functions) > 8) == (role != "calypso_partner")
        for schema, name in functions:
            if name in keys:
                arguments = SQL("({}, {})").format(Literal(OPERATION), Literal(MOMENT))
                own_source = Identifier(schema, name) + arguments
                assert list(told_apart(whole, own, own_source, Identifier("marts", name) + arguments, keys[name])) == []


@pytest.mark.parametrize("role", ROLES)
def test_no_reader_has_a_right_to_a_table_that_holds_more_than_it_sees(natural: Line, role: str) -> None:
    """Not even where it could not name the table, for want of a right to its schema."""
    with everything(natural) as whole, reader(natural, role) as own:
        rights = (
            "select relname from pg_class where relkind in ('r', 'p', 'm') and relnamespace::regnamespace::text !~ "
        )
        anything = " and has_any_column_privilege(%s, oid, 'select,insert,update,references')"
        assert ask(whole, rights + "'^(pg_|information_schema)'" + anything, [role]) == []
        entered = "select nspname from pg_namespace where has_schema_privilege(oid, 'usage') and nspname ~ '^marts'"
        assert ask(own, entered) == [("marts_shared" if role == "calypso_partner" else "marts_own",)]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    "query",
    [
        "select reltuples from pg_class",
        "select relpages from pg_class",
        "select * from pg_statistic",
        "select * from pg_statistic_ext_data",
        "select n_live_tup from pg_stat_all_tables",
        "select n_tup_ins from pg_stat_user_tables",
        "select heap_blks_read from pg_statio_all_tables",
        "select idx_scan from pg_stat_all_indexes",
        "select tup_inserted from pg_stat_database",
        "select pg_stat_get_live_tuples(c.oid) from pg_class as c",
        "select pg_relation_size(c.oid) from pg_class as c where relname = 'fct_cases'",
        "select pg_total_relation_size(c.oid) from pg_class as c where relname = 'fct_cases'",
        "select pg_table_size(c.oid) from pg_class as c where relname = 'fct_cases'",
        "select pg_database_size(current_database())",
        "select * from marts.fct_cases",
        "select ctid, xmin from marts.fct_cases",
        "select * from marts.fct_cases tablesample system (100)",
        "begin; lock table marts.fct_cases in access share mode",
        "select 'marts.fct_cases'::regclass",
        "select has_table_privilege('marts.fct_cases', 'select')",
        "select * from marts.own_fct_cases()",
        "select last_value from raw.alerts_alert_no_seq",
    ],
)
def test_no_statistic_and_no_size_is_told(natural: Line, role: str, query: str) -> None:
    with reader(natural, role) as own, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        own.execute(query)


@pytest.mark.parametrize("role", ROLES)
def test_statistics_of_columns_are_of_what_is_seen(natural: Line, role: str) -> None:
    with reader(natural, role) as own:
        assert ask(own, "select tablename from pg_stats where schemaname !~ '^(pg_catalog|information_schema)$'") == []
        assert ask(own, "select 1 from pg_stats_ext") == []


@pytest.mark.parametrize("role", ROLES)
def test_what_a_client_asks_of_the_catalogue_is_answered(natural: Line, role: str) -> None:
    """Tables, columns and their descriptions, as psql and drivers ask for them."""
    with everything(natural) as whole, reader(natural, role) as own:
        described = (
            "select col_description(c.oid, a.attnum) from pg_attribute as a join pg_class as c on c.oid = attrelid "
        )
        seen = ask(own, described + "where attnum > 0 and c.oid = 'dim_goods'::regclass order by attnum")
        assert seen == ask(
            whole, described + "where attnum > 0 and c.oid = 'marts.dim_goods'::regclass order by attnum"
        )
        assert all(text for (text,) in seen)
        tables = "select table_name from information_schema.tables where table_schema ~ '^marts' order by 1"
        assert [name for (name,) in ask(own, tables)] == sorted(name for _, name in ask(own, READABLE))
        ask(own, "select c.relname, c.relkind, c.relhasindex, pg_get_userbyid(c.relowner) from pg_class as c")
        ask(own, "select pid, state from pg_stat_activity")


def test_a_function_takes_nobody_for_another(natural: Line) -> None:
    """Rows are of the role that was set, or logged in; what else a session may set does not matter."""
    count = "select count(*), count(distinct administration_code), min(administration_code) from marts_own.fct_cases"
    with everything(natural) as whole:
        of = dict(ask(whole, "select administration_code, count(*) from marts.fct_cases group by 1"))
    with reader(natural, "calypso_adm_vct") as own:
        assert ask(own, count) == [(of["vct"], 1, "vct")]
        for pretended in ("set calypso.role = 'calypso_adm_brb'", "set search_path = marts, pg_temp, pg_catalog"):
            own.execute(pretended)
            assert ask(own, count) == [(of["vct"], 1, "vct")]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            own.execute("set role calypso_adm_brb")
        own.execute("set role calypso_administrations")  # of which it is a member: of nobody
        assert ask(own, count) == [(0, 0, None)]
    with warehouse.session(natural.settings.warehouse("loader")) as connection:  # as the page of a standing is asked
        asking = connection.cursor()
        asking.execute("set role calypso_adm_brb")
        assert ask(asking, count) == [(of["brb"], 1, "brb")]
