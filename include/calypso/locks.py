"""Locks let one run at a time do what two must not do at once; each is a row of `raw.locks`.

Advisory locks of PostgreSQL can be taken by whoever may connect, so a reader could stop the line with one. A row can be
locked only by a role with the right to update the table, which no reader has. A lock ends with its transaction, and so
with the connection of a process that dies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

NAME = "locks"
TABLE = f"create table if not exists raw.{NAME} (name text primary key)"

_TAKE = f"select name from raw.{NAME} where name = %s for update"
# Where two are the first to take a lock, the second waits here until the transaction of the first has ended.
_ADD = f"insert into raw.{NAME} (name) values (%s) on conflict do nothing"


def hold(connection: Connection, purpose: str, of: str = "") -> None:
    """Take the lock of a purpose, or of one administration in it, until the transaction ends; wait while it is taken.

    The transaction must read what is committed (PostgreSQL's default), and must not be read only.
    """
    name = f"{purpose} {of}".strip()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [name])
        while cursor.fetchone() is None:
            cursor.execute(_ADD, [name])
            cursor.execute(_TAKE, [name])


@contextmanager
def held(dsn: str, purpose: str) -> Iterator[None]:
    """Hold the lock of a purpose over many transactions, by one that stays open on a connection of its own."""
    import psycopg2

    with closing(psycopg2.connect(dsn)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("set local idle_in_transaction_session_timeout = 0")
        hold(connection, purpose)
        yield
