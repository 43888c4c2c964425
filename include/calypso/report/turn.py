"""A turn is what each publication of reports waits for: one goes on at a time, of whatever kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from calypso import locks, warehouse

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from calypso.settings import Settings


@contextmanager
def turn(settings: Settings) -> Iterator[Connection]:
    """Hold the turn, which another run waits for; give a connection to raw."""
    dsn = settings.warehouse("loader")
    with locks.held(dsn, "report"), warehouse.session(dsn) as raw:
        yield raw
