"""Limits are what readers may take of the server: connections, time, files, locks and the processor.

PostgreSQL lets a role lift timeouts for itself: those are set for honest mistakes. What holds against intent is set by
the superuser: limits of connections and of temporary files, functions that nobody may call, and two functions of the
schema `guard` that end sessions: `end_overdue`, of readers whose transaction is too old, and `clear_way`, of readers
for whose locks the line waits. An event trigger limits the memory of each session of a reader when it begins, and gives
it the processor only where nobody else wants it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from psycopg2.sql import SQL, Identifier, Literal

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

LONGEST = 20 * 60  # seconds after which a reader's transaction is ended, whatever the reader has set
PATIENCE = 5  # seconds that the line waits for a lock of a reader before that reader's session is ended
LOOK = 2  # seconds from one look for such readers to the next, while a build runs
MEMORY = 512 << 20  # bytes that a session of a reader may have for itself
EACH = 3  # connections of an administration, where the server has enough of them

# A role may lift these for its own sessions.
LIFTABLE: Mapping[str, str] = MappingProxyType(
    {
        "statement_timeout": "10min",
        "transaction_timeout": "15min",
        "idle_in_transaction_session_timeout": "5min",
        "idle_session_timeout": "1h",
        "lock_timeout": "10s",
        "max_parallel_workers_per_gather": "0",
    }
)
# Only a superuser may change these. Nothing that a reader causes reaches the server's log but what calypso.audit notes:
# the text of a failed statement would, at any length.
FIXED: Mapping[str, str] = MappingProxyType(
    {"temp_file_limit": "256MB", "log_min_messages": "fatal", "log_min_error_statement": "panic"}
)
# Longer than any step of a build waits for another; who waits longer waits for somebody who does not let go.
OF_THE_LINE: Mapping[str, str] = MappingProxyType({"lock_timeout": "2min"})

# Large objects, advisory locks and messages fill memory and disk of all. The functions that make XML of a table keep a
# lock on it, whoever it belongs to, until the transaction ends; the last two write to the log of transactions or files.
_REFUSED = (
    "^(lo_.*|loread|lowrite|pg_(try_)?advisory_.*|pg_notify|(table|query|cursor|schema|database)_to_xml.*"
    "|pg_logical_emit_message|pg_export_snapshot)$"
)
_REVOKE = """
do $$
declare
    refused regprocedure;
begin
    for refused in
        select oid from pg_proc
        where pronamespace = 'pg_catalog'::regnamespace and proname ~ '{refused}'
            and has_function_privilege('public', oid, 'execute')
    loop
        execute format('revoke execute on function %s from public', refused);
    end loop;
end
$$;
revoke all on pg_largeobject, pg_largeobject_metadata from public;
"""

# The superuser owns all of it: only it may end the sessions of others and start a program.
_GUARD = """
create schema if not exists guard;
revoke all on schema guard from public;

create or replace function guard.readers() returns name[]
language sql stable set search_path = pg_catalog as $$
    select coalesce(array_agg(rolname), '{{}}') from pg_roles where rolname = any ({readers}) or rolname like {own}
$$;

create or replace function guard.end_overdue(longest interval) returns bigint
language sql volatile security definer set search_path = pg_catalog as $$
    select count(*) filter (where pg_terminate_backend(overdue.pid))
    from (
        select pid from pg_stat_activity
        where datname = current_database() and usename = any (guard.readers())
            and xact_start < clock_timestamp() - longest
        offset 0
    ) as overdue
$$;

create or replace function guard.clear_way(patience interval) returns bigint
language sql volatile security definer set search_path = pg_catalog as $$
    select count(*) filter (where pg_terminate_backend(blocking.pid))
    from (
        select distinct blocking.pid
        from pg_locks as wanted
        join pg_stat_activity as line on line.pid = wanted.pid
        cross join lateral unnest(pg_blocking_pids(wanted.pid)) as blockers (pid)
        join pg_stat_activity as blocking on blocking.pid = blockers.pid
        where not wanted.granted and wanted.waitstart < clock_timestamp() - patience
            and line.datname = current_database()
            and line.usename <> all (guard.readers()) and blocking.usename = any (guard.readers())
        offset 0
    ) as blocking
$$;

-- A reader's session has a limit of memory, whatever it sets, and yields the processor to all others: by its policy
-- and, where Linux weighs sessions, its group. Linux refuses the latter more than ten times a second. A server that
-- has no such means serves readers all the same.
create or replace function guard.confine() returns event_trigger
language plpgsql security definer set search_path = pg_catalog as $$
begin
    if session_user = any (guard.readers()) then
        execute format('copy (select 1) to program %L', format(
            'read one; exec 2>/dev/null; prlimit --pid %1$s --data={memory}; '
            'chrt --idle --pid 0 %1$s || renice -n 19 -p %1$s; group=/proc/%1$s/autogroup; '
            'n=0; if [ -e $group ]; then until echo 19 >$group || [ $n -gt 100 ]; do n=$((n+1)); sleep 0.1; done; fi; '
            'exit 0', pg_backend_pid()
        ));
    end if;
end
$$;
revoke all on all functions in schema guard from public;
drop event trigger if exists confine_readers;
create event trigger confine_readers on login execute function guard.confine();
"""

log = logging.getLogger(__name__)


def install(run: Cursor, readers: Sequence[str], own: str, line: Sequence[str]) -> None:
    """Make what guards the database that `run` is in; roles like `own` are readers too, and `line` may call it."""
    run.execute(_REVOKE.replace("{refused}", _REFUSED))
    guard = SQL(_GUARD.replace("{memory}", str(MEMORY)))
    run.execute(guard.format(readers=Literal(list(readers)), own=Literal(own)))
    for role in line:
        run.execute(SQL("grant usage on schema guard to {}").format(Identifier(role)))
        run.execute(SQL("grant execute on function guard.end_overdue, guard.clear_way to {}").format(Identifier(role)))


def restrict(run: Cursor, role: str, connections: int) -> None:
    """Limit what a reader may take, in all its sessions from now on."""
    run.execute(SQL("alter role {} connection limit {}").format(Identifier(role), Literal(connections)))
    configure(run, role, {**LIFTABLE, **FIXED})


def configure(run: Cursor, role: str, values: Mapping[str, str]) -> None:
    """Set what holds in the sessions of a role."""
    for name, value in values.items():
        run.execute(SQL("alter role {} set {} = {}").format(Identifier(role), Identifier(name), Literal(value)))


def shares(run: Cursor, fixed: Mapping[str, int], own: Sequence[str]) -> dict[str, int]:
    """Return the connections of each reader: all together leave those that the server keeps for the line.

    Where the server has few, administrations get one each.
    """
    run.execute(
        "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int "
        "- current_setting('reserved_connections')::int"
    )
    [free] = run.fetchone() or [0]
    each = max(1, min(EACH, (free - sum(fixed.values())) // max(1, len(own))))
    return {**fixed, **dict.fromkeys(own, each)}


def end_overdue(connection: Connection) -> int:
    """End the sessions of readers whose transaction is older than it may be; return how many."""
    with connection, connection.cursor() as cursor:
        cursor.execute("select guard.end_overdue(make_interval(secs => %s))", [LONGEST])
        [ended] = cursor.fetchone() or [0]
    if ended:
        log.warning("ended %s sessions of readers with a transaction of more than %s s", ended, LONGEST)
    return int(ended)


@contextmanager
def clearing(dsn: str) -> Iterator[None]:
    """End, while the block runs, the sessions of readers for whose locks the line waits."""
    import psycopg2

    over = threading.Event()

    def look() -> None:
        try:
            with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
                connection.autocommit = True
                while not over.wait(LOOK):
                    cursor.execute("select guard.clear_way(make_interval(secs => %s))", [PATIENCE])
                    [ended] = cursor.fetchone() or [0]
                    if ended:
                        log.warning("ended %s sessions of readers whose locks a build has waited for", ended)
        except psycopg2.Error:
            # The build has connections of its own, which tell the same where the server is away.
            log.exception("readers in the way of this build are not ended")

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
