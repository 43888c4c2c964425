"""Building makes the marts of all that was judged until its cut, and puts them in the place of the last at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from calypso import locks, reader_limits, readers, transformation, warehouse
from calypso.provision import ANALYST, READERS
from calypso.settings import Settings
from calypso.verdict import FINAL_STATES

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

PUBLISHED, NEXT, BEFORE = "marts", "marts_next", "marts_before_"
PATIENCE = 10  # seconds in which readers may finish with marts that were replaced; a later build removes what is left
AGAIN = 0.2  # seconds from one attempt to remove them to the next
SKEW = timedelta(minutes=1)  # by which the clocks of two machines may differ
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


# The schemas of the marts that were replaced, those of each build together, the oldest first.
_REPLACED = """
select array_agg(nspname::text order by nspname)
from pg_namespace
where nspname like %s
group by substring(nspname from %s)
order by min(oid)
"""
_TABLES = """
select oid::regclass::text from pg_class
where relnamespace = any (%s::regnamespace[]) and relkind in ('r', 'p', 'm')
order by 1
"""


def build(settings: Settings, *arguments: str, without: Sequence[str] = ("unit_test",)) -> None:
    """Cut, let dbt build and test, and publish; raises BuildFailed, and readers keep the marts they have.

    `arguments` go to dbt, such as `--full-refresh`. `without` are the kinds of nodes that are left out: unit tests are
    about the code and not the data, so those who change it run them. One build at a time: another waits for it.
    """
    left_out = ["--exclude-resource-type", *without] if without else []
    transformer = settings.warehouse("transformer")
    with locks.held(settings.warehouse("loader"), "build"):
        build_no = cut(settings)
        with warehouse.session(transformer) as connection:
            reader_limits.end_overdue(connection)
            _sweep(connection, 0)
        with reader_limits.clearing(transformer):
            with warehouse.session(transformer) as connection:
                _make_room(connection)
            transformation.run(settings, "build", *left_out, *arguments)
            with warehouse.session(transformer) as connection:
                _publish(connection, build_no)
        with warehouse.session(transformer) as connection:
            _sweep(connection, PATIENCE)


def cut(settings: Settings) -> int:
    """Say which submissions a build knows: all that have their final state now. Return the number of the build."""
    with warehouse.transaction(settings.warehouse("loader")) as connection, connection.cursor() as cursor:
        locks.hold(connection, "cut")
        cursor.execute(_CUT, [list(FINAL_STATES)])
        [build_no] = cursor.fetchone() or [0]
        return int(build_no)


def _make_room(connection: Connection) -> None:
    """Make the schemas in which the next marts are built, which no reader may enter before they are published."""
    with connection, connection.cursor() as cursor:
        for schema in (NEXT, *(f"{NEXT}_{name}" for name in readers.SCHEMAS)):
            cursor.execute(f"drop schema if exists {schema} cascade")
            cursor.execute(f"create schema {schema}")


def _publish(connection: Connection, build_no: int) -> None:
    """Let the next marts take the name of those before: a reader sees either, never a part of both.

    No statement may name those before from then on; one that runs is finished. Names of schemas are not locked by
    readers: nothing here waits for them.
    """
    with connection, connection.cursor() as cursor:
        cursor.execute(f"revoke usage on schema {PUBLISHED} from {', '.join(READERS)}")
        cursor.execute(f"alter schema {PUBLISHED} rename to {BEFORE}{build_no}")
        cursor.execute(f"alter schema {NEXT} rename to {PUBLISHED}")
        cursor.execute(f"grant usage on schema {PUBLISHED} to {ANALYST}")
        readers.publish(cursor, build_no)


def _sweep(connection: Connection, seconds: float) -> None:
    """Remove marts that were replaced, trying for so long in all where somebody still reads them."""
    until = time.monotonic() + seconds
    with connection, connection.cursor() as cursor:
        cursor.execute(_REPLACED, [f"{BEFORE}%", f"^{BEFORE}[0-9]+"])
        replaced = [schemas for (schemas,) in cursor.fetchall()]
    for schemas in replaced:
        while not _drop(connection, schemas):
            if time.monotonic() >= until:
                log.info("somebody still reads %s; a later build removes it", schemas[0])
                break
            time.sleep(AGAIN)


def _drop(connection: Connection, schemas: Sequence[str]) -> bool:
    """Drop the schemas of one build, unless somebody reads a table of them; tell whether they are gone.

    Tables are locked all at once or not at all: whoever waits for one while it holds another can be waited for by a
    reader that holds the one, and PostgreSQL would end the reader's statement.
    """
    import psycopg2.errors

    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(_TABLES, [list(schemas)])
            if tables := [name for (name,) in cursor.fetchall()]:
                cursor.execute(f"lock table {', '.join(tables)} in access exclusive mode nowait")
            cursor.execute(
                "set local lock_timeout = '100ms'"
            )  # for views: less than after which a deadlock is looked for
            cursor.execute(f"drop schema {', '.join(schemas)} cascade")
    except psycopg2.errors.LockNotAvailable:
        return False
    return True


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


def cut_after(settings: Settings, moment: datetime, now: datetime) -> datetime:
    """Return the last cut; build first where it lies before `moment`.

    So it is where the cut lies after `now`: the clock has stepped back since, and files may have come after that build.
    """
    if not moment <= last_cut(settings) <= now + SKEW:
        build(settings)
    return last_cut(settings)
