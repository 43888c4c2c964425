"""Building makes the marts of all that was judged until its cut, and puts them in the place of the last at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from calypso import readers, transformation, warehouse
from calypso.provision import READERS
from calypso.settings import Settings
from calypso.verdict import FINAL_STATES

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

PUBLISHED, NEXT, BEFORE = "marts", "marts_next", "marts_before_"
PATIENCE = 10  # seconds in which readers may finish with marts that were replaced; a later build removes what is left
BEFORE_ALL = datetime(1, 1, 2, tzinfo=UTC)  # the first that every zone can say

log = logging.getLogger(__name__)

# A cut is later than every one before it, whatever the clock does, and no submission is in two.
_CUT = """
with cut as (
    insert into raw.builds (build_no, cut_at)
    select coalesce(max(build_no), 0) + 1,
        greatest(clock_timestamp(), max(cut_at) + interval '1 microsecond')
    from raw.builds
    returning build_no
), known as (
    insert into raw.build_submissions (submission_id, build_no)
    select states.submission_id, cut.build_no
    from raw.submission_states as states
    cross join cut
    where states.state = any(%s)
        and not exists (select from raw.build_submissions as known where known.submission_id = states.submission_id)
)

select build_no from cut
"""


def build(settings: Settings, *arguments: str, without: Sequence[str] = ("unit_test",)) -> None:
    """Cut, let dbt build and test, and publish; raises BuildFailed, and readers keep the marts they have.

    `arguments` go to dbt, such as `--full-refresh`. `without` are the kinds of nodes that are left out: unit tests are
    about the code and not the data, so those who change it run them. One build at a time: another waits for it.
    """
    left_out = ["--exclude-resource-type", *without] if without else []
    with _alone(settings):
        build_no = cut(settings)
        with warehouse.session(settings.warehouse("transformer")) as connection:
            _sweep(connection)
            _make_room(connection)
        transformation.run(settings, "build", *left_out, *arguments)
        with warehouse.session(settings.warehouse("transformer")) as connection:
            _publish(connection, build_no)
            _sweep(connection)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    with warehouse.session(settings.warehouse("loader")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("select pg_advisory_lock(hashtext('calypso.build'))")
        yield


def cut(settings: Settings) -> int:
    """Say which submissions a build knows: all that have their final state now. Return the number of the build."""
    with warehouse.transaction(settings.warehouse("loader")) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('calypso.cut'))")
        cursor.execute(_CUT, [list(FINAL_STATES)])
        [build_no] = cursor.fetchone() or [0]
        return int(build_no)


def _make_room(connection: Connection) -> None:
    """Make the schema in which the next marts are built, which readers may enter when it is published."""
    with connection, connection.cursor() as cursor:
        cursor.execute(f"drop schema if exists {NEXT} cascade")
        cursor.execute(f"create schema {NEXT}")
        cursor.execute(f"grant usage on schema {NEXT} to {', '.join(READERS)}")


def _publish(connection: Connection, build_no: int) -> None:
    """Let the next marts take the name of those before: a reader sees either, never a part of both."""
    with connection, connection.cursor() as cursor:
        cursor.execute(f"alter schema {PUBLISHED} rename to {BEFORE}{build_no}")
        cursor.execute(f"alter schema {NEXT} rename to {PUBLISHED}")
        readers.publish(cursor, build_no)


def _sweep(connection: Connection) -> None:
    """Remove marts that were replaced, unless somebody still reads them."""
    import psycopg2.errors

    with connection, connection.cursor() as cursor:
        cursor.execute("select nspname from pg_namespace where nspname like %s", [f"{BEFORE}%"])
        replaced = [name for (name,) in cursor.fetchall()]
    for schema in replaced:
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"set local lock_timeout = '{PATIENCE}s'")
                cursor.execute(f"drop schema {schema} cascade")
        except psycopg2.errors.LockNotAvailable:
            log.info("somebody still reads %s; a later build removes it", schema)


def last_cut(settings: Settings) -> datetime:
    """Return the last moment of which the marts know everything; where there are none it lies before every other.

    Of a build that still runs, or has failed, the marts tell nothing yet: its cut is not theirs.
    """
    with warehouse.transaction(settings.warehouse("transformer")) as marts, marts.cursor() as cursor:
        cursor.execute("select to_regclass(%s)", [f"{PUBLISHED}.dim_builds"])
        if cursor.fetchone() == (None,):
            return BEFORE_ALL
        cursor.execute(f"select max(cut_at) from {PUBLISHED}.dim_builds")
        [cut_at] = cursor.fetchone() or [None]
    assert isinstance(cut_at, datetime)
    return cut_at
