"""Reading the warehouse as tests do it: as any role that the quick start has given a password."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from integration.line import Line
from psycopg2.extensions import connection, make_dsn

from calypso import provision


def dsn(line: Line, role: str, **other: Any) -> str:
    """Return the connection string of a reader's role."""
    if role == provision.ANALYST:
        return make_dsn(line.settings.warehouse("analyst"), **other)
    password = (secrets(line) / f"{role}_password").read_text()
    return make_dsn(line.settings.warehouse("analyst"), user=role, password=password, **other)


def secrets(line: Line) -> Path:
    return line.settings.home.parent / "home" / "secrets"


@contextmanager
def session(line: Line, role: str, **other: Any) -> Iterator[connection]:
    """Open a session of a reader, each statement a transaction of its own."""
    opened = psycopg2.connect(dsn(line, role, **other))
    opened.autocommit = True
    try:
        yield opened
    finally:
        opened.close()


def ask(opened: connection, query: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with opened.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []
