"""A turn is what each publication of reports waits for: one goes on at a time, of whatever kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from calypso import warehouse

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from calypso.settings import Settings


@contextmanager
def turn(settings: Settings) -> Iterator[Connection]:
    """Hold the turn, which another run waits for; give a connection to raw."""
    dsn = settings.warehouse("loader")
    with warehouse.session(dsn) as held, held.cursor() as cursor, warehouse.session(dsn) as raw:
        held.autocommit = True
        cursor.execute("select pg_advisory_lock(hashtext('calypso.report'))")
        yield raw
