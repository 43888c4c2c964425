"""Provisioning makes the databases, roles, schemas and rights of the warehouse, again and again the same.

What a reader may see of a table is said where the table is made: in dbt/macros/readers.sql.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import psycopg2
from psycopg2.extensions import connection, cursor, make_dsn
from psycopg2.sql import SQL, Identifier, Literal

from calypso import audit, locks, reader_limits, readers
from calypso.registry import administrations
from calypso.settings import Settings
from calypso.warehouse import OWNER

LOADER, TRANSFORMER = "calypso_loader", "calypso_transformer"
# Who reads the marts: everything; sums without small counts; and an administration its own rows and all sums.
ANALYST, PARTNER, ADMINISTRATIONS = "calypso_analyst", "calypso_partner", "calypso_administrations"
READERS = (ANALYST, PARTNER, ADMINISTRATIONS)
AUDITOR = "calypso_auditor"  # who reads who read
ENDINGS = 5  # times that the sessions of a role that is closed are looked for
# Connections of each, of which administrations get what is left (calypso/reader_limits.py).
CONNECTIONS = {ANALYST: 20, PARTNER: 10, ADMINISTRATIONS: 0, AUDITOR: 3}
LINE = (LOADER, TRANSFORMER)
RESERVED = "pg_use_reserved_connections"
OWNERS = {
    "raw": OWNER,
    "staging": TRANSFORMER,
    "intermediate": TRANSFORMER,
    "marts": TRANSFORMER,
    "seeds": TRANSFORMER,
}


def of_administration(code: str) -> str:
    """Return the role of one administration."""
    return f"calypso_adm_{code}"


def provision(admin_dsn: str, settings: Settings, passwords: Mapping[str, str] = MappingProxyType({})) -> None:
    """Bring the server behind `admin_dsn` to what Calypso needs, whatever is there already.

    `passwords` are those of the readers beside the analyst, by role; a role without one cannot log in.
    """
    known = {
        **passwords,
        LOADER: settings.loader_password,
        TRANSFORMER: settings.transformer_password,
        ANALYST: settings.analyst_password,
    }
    own = [of_administration(code) for code in administrations()]
    with _connected(admin_dsn) as server, server.cursor() as run:
        for role in (OWNER, *LINE, *READERS, AUDITOR, *own):
            make_role(run, role, known.get(role))
        for role in own:
            run.execute(SQL("grant {} to {}").format(Identifier(ADMINISTRATIONS), Identifier(role)))
        for role in (ANALYST, *own):
            # What an administration or an analyst is told is asked in its role; in its own the loader sees no marts.
            told = SQL("grant {} to {} with inherit false, set true")
            run.execute(told.format(Identifier(role), Identifier(LOADER)))
        _share_out(run, own)
        make_database(run, settings.warehouse_database)
        _enter(run, settings.warehouse_database)
    with (
        _connected(make_dsn(admin_dsn, dbname=settings.warehouse_database)) as server,
        server.cursor() as run,
    ):
        run.execute("revoke all on schema public from public")
        for schema, owner in OWNERS.items():
            _make_schema(run, schema, owner)
        _own_raw(run)
        _let_read(run, "raw", TRANSFORMER)
        _let_append(run)
        audit.install(run, (TRANSFORMER, *READERS), AUDITOR)
        reader_limits.install(run, (*READERS, AUDITOR), of_administration("%").replace("_", r"\_"), LINE)
        readers.install(run, own, (LOADER, TRANSFORMER, ANALYST, AUDITOR))


def provision_airflow(admin_dsn: str, password: str) -> None:
    """Make Airflow's own role and metadata database on the same server."""
    with _connected(admin_dsn) as server, server.cursor() as run:
        make_role(run, "airflow", password)
        run.execute(SQL("grant {} to airflow").format(Identifier(RESERVED)))
        make_database(run, "airflow", owner="airflow")


def _share_out(run: cursor, own: Sequence[str]) -> None:
    """Limit what each reader may take of the server, and keep the line's part of it; close the other databases."""
    for role, connections in reader_limits.shares(run, CONNECTIONS, own).items():
        reader_limits.restrict(run, role, connections)
    for role in LINE:
        run.execute(SQL("grant {} to {}").format(Identifier(RESERVED), Identifier(role)))
    reader_limits.configure(run, TRANSFORMER, reader_limits.OF_THE_LINE)
    # Who may enter a database of the server's own can take locks and make large objects there.
    run.execute("revoke connect, temporary on database postgres, template1 from public")


def make_role(run: cursor, role: str, password: str | None) -> None:
    """Make a role unless it is there; let it log in where a password is given."""
    run.execute("select 1 from pg_roles where rolname = %s", (role,))
    if not run.fetchone():
        run.execute(SQL("create role {} nologin").format(Identifier(role)))
    if password:
        run.execute(SQL("alter role {} login password {}").format(Identifier(role), Literal(password)))


def close(admin_dsn: str, role: str) -> bool:
    """Let a role log in no more and end its sessions; tell whether it could log in. What it may read stays granted.

    Raises TimeoutError where a session does not end.
    """
    with _connected(admin_dsn) as server, server.cursor() as run:
        run.execute("select rolcanlogin from pg_roles where rolname = %s", (role,))
        found = run.fetchone()
        if found is None:
            return False
        run.execute(SQL("alter role {} nologin password null").format(Identifier(role)))
        for _ in range(ENDINGS):  # who was logging in meanwhile is seen a moment later
            run.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", (role,))
            if not run.rowcount:
                return bool(found[0])
    raise TimeoutError(f"sessions of {role} do not end")


def make_database(run: cursor, name: str, owner: str | None = None) -> None:
    """Make a database which nobody but its owner and those let in may enter."""
    run.execute("select 1 from pg_database where datname = %s", (name,))
    if not run.fetchone():
        run.execute(SQL("create database {}").format(Identifier(name)))
    run.execute(SQL("revoke all on database {} from public").format(Identifier(name)))
    if owner:
        run.execute(SQL("alter database {} owner to {}").format(Identifier(name), Identifier(owner)))


def _enter(run: cursor, database: str) -> None:
    name = Identifier(database)
    for role in (LOADER, TRANSFORMER, *READERS, AUDITOR):
        run.execute(SQL("grant connect on database {} to {}").format(name, Identifier(role)))
    # dbt says `create schema if not exists`, which asks for the right even when the schema is there.
    run.execute(SQL("grant create, temporary on database {} to {}").format(name, Identifier(TRANSFORMER)))
    for role in (LOADER, OWNER):
        run.execute(SQL("grant temporary on database {} to {}").format(name, Identifier(role)))


def _make_schema(run: cursor, schema: str, owner: str) -> None:
    run.execute(SQL("create schema if not exists {}").format(Identifier(schema)))
    run.execute(SQL("alter schema {} owner to {}").format(Identifier(schema), Identifier(owner)))


def _own_raw(run: cursor) -> None:
    """Give the tables of raw to their owner: an earlier version has left them to the loader."""
    run.execute(
        "select relname from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r' "
        "and relowner <> %s::regrole",
        (OWNER,),
    )
    for (table,) in run.fetchall():
        run.execute(SQL("alter table raw.{} owner to {}").format(Identifier(table), Identifier(OWNER)))
    run.execute(SQL("set role {}").format(Identifier(OWNER)))
    run.execute(locks.TABLE)
    run.execute("reset role")


def _let_append(run: cursor) -> None:
    """Let the loader read and append to the tables of raw, and take locks, and nothing else."""
    for sentence in (
        "revoke all on all tables in schema raw from {loader}",
        "alter default privileges for role {loader} in schema raw revoke select on tables from {transformer}",
        "grant usage on schema raw to {loader}",
        "grant select, insert on all tables in schema raw to {loader}",
        "alter default privileges for role {owner} in schema raw grant select, insert on tables to {loader}",
        "grant update on raw.{locks} to {loader}",
    ):
        names = {"loader": LOADER, "owner": OWNER, "transformer": TRANSFORMER, "locks": locks.NAME}
        run.execute(SQL(sentence).format(**{name: Identifier(role) for name, role in names.items()}))


def _let_read(run: cursor, schema: str, reader: str) -> None:
    """Let `reader` read what `schema` holds, and what its owner will put there."""
    names = {"schema": Identifier(schema), "reader": Identifier(reader), "owner": Identifier(OWNERS[schema])}
    for sentence in (
        "grant usage on schema {schema} to {reader}",
        "grant select on all tables in schema {schema} to {reader}",
        "alter default privileges for role {owner} in schema {schema} grant select on tables to {reader}",
    ):
        run.execute(SQL(sentence).format(**names))


@contextmanager
def _connected(dsn: str) -> Iterator[connection]:
    server = psycopg2.connect(dsn)
    server.autocommit = True  # a database cannot be created inside a transaction
    try:
        yield server
    finally:
        server.close()
