"""Provisioning makes the databases, roles, schemas and rights of the warehouse, again and again the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import connection, cursor, make_dsn
from psycopg2.sql import SQL, Identifier, Literal

from calypso.settings import Settings

LOADER, TRANSFORMER, ANALYST = "calypso_loader", "calypso_transformer", "calypso_analyst"
OWNERS = {
    "raw": LOADER,
    "staging": TRANSFORMER,
    "intermediate": TRANSFORMER,
    "marts": TRANSFORMER,
    "seeds": TRANSFORMER,
}
READERS = {"raw": TRANSFORMER, "marts": ANALYST}


def provision(admin_dsn: str, settings: Settings) -> None:
    """Bring the server behind `admin_dsn` to what Calypso needs, whatever is there already."""
    passwords = {
        LOADER: settings.loader_password,
        TRANSFORMER: settings.transformer_password,
        ANALYST: settings.analyst_password,
    }
    with _connected(admin_dsn) as server, server.cursor() as run:
        for role, password in passwords.items():
            make_role(run, role, password)
        make_database(run, settings.warehouse_database)
        _enter(run, settings.warehouse_database)
    with (
        _connected(make_dsn(admin_dsn, dbname=settings.warehouse_database)) as server,
        server.cursor() as run,
    ):
        run.execute("revoke all on schema public from public")
        for schema, owner in OWNERS.items():
            _make_schema(run, schema, owner)
        for schema, reader in READERS.items():
            _let_read(run, schema, reader)


def provision_airflow(admin_dsn: str, password: str) -> None:
    """Make Airflow's own role and metadata database on the same server."""
    with _connected(admin_dsn) as server, server.cursor() as run:
        make_role(run, "airflow", password)
        make_database(run, "airflow", owner="airflow")


def make_role(run: cursor, role: str, password: str) -> None:
    """Make a role that may log in, or give an existing one its password again."""
    run.execute("select 1 from pg_roles where rolname = %s", (role,))
    verb = SQL("alter role" if run.fetchone() else "create role")
    run.execute(SQL("{} {} login password {}").format(verb, Identifier(role), Literal(password)))


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
    for role in (LOADER, TRANSFORMER, ANALYST):
        run.execute(SQL("grant connect on database {} to {}").format(name, Identifier(role)))
    # dbt says `create schema if not exists`, which asks for the right even when the schema is there.
    run.execute(SQL("grant create, temporary on database {} to {}").format(name, Identifier(TRANSFORMER)))
    run.execute(SQL("grant temporary on database {} to {}").format(name, Identifier(LOADER)))


def _make_schema(run: cursor, schema: str, owner: str) -> None:
    run.execute(SQL("create schema if not exists {}").format(Identifier(schema)))
    run.execute(SQL("alter schema {} owner to {}").format(Identifier(schema), Identifier(owner)))


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
