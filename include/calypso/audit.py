"""The audit is what the server notes, in its own log, of every reading of details; no reader can keep it from doing so.

What shows tables of details (dbt/macros/readers.sql) asks `audit.noted`, which writes a line into PostgreSQL's log,
whatever becomes of the reader's transaction. `audit.reads` reads these lines back: who read what is one query. The
server must write its log as JSON (`logging_collector`, `log_destination = jsonlog`).

Nothing else that a reader does is logged (calypso/reader_limits.py), so no reader can write such a line otherwise. A
note has a limited length; once the notes of a day have a certain size, each takes a second, so that nobody fills the
disk.
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg2.extensions import cursor
from psycopg2.sql import SQL, Identifier

SHOWN = 2000  # characters of a statement that are noted
DAILY = 100 << 20  # bytes of a day's log from which on each note takes a second; usual days have a fifth
PIECE = 4 << 20  # bytes of a log that are read at a time
LONGEST = 64 << 10  # bytes of a line: no note is as long, so what is longer is passed over

# The superuser owns all: only it may read the log, and `audit.reads` shows of the log no more than the notes.
_SCHEMA = f"""
create schema if not exists audit;
revoke all on schema audit from public;

-- What a session runs; where it may run a statement by a name, also those that have one: first those that it names.
create or replace function audit.statement() returns text
language sql volatile security definer set search_path = pg_catalog as $$
    select left(left(current_query(), {SHOWN // 2}) || coalesce(string_agg(named.shown, ''), ''), {SHOWN})
    from (
        select format(E'\\n-- %s: %s', name, left(statement, {SHOWN // 2})) as shown
        from (
            select name, statement, prepare_time as made_at from pg_prepared_statements where from_sql
            union all
            select name, statement, creation_time from pg_cursors where name <> ''
        ) as known
        where statement <> current_query()
        order by strpos(lower(current_query()), lower(name)) = 0, made_at desc
        limit 10
    ) as named
$$;

-- The line below alone is written at the level `log`: what a reader may set to be logged is turned off.
create or replace function audit.noted(relation text) returns boolean
language plpgsql volatile parallel restricted security definer
set search_path = pg_catalog
set debug_print_parse = off set debug_print_rewritten = off set debug_print_plan = off
set log_min_error_statement = panic set log_min_messages = log as $$
begin
    if not exists (
        select from pg_namespace as schemas
        where schemas.nspname ~ '^marts(_next|_before_\\d+)?$' and (
            exists (select from pg_class where relname = relation and relnamespace = schemas.oid)
            or exists (select from pg_proc where proname = relation and pronamespace = schemas.oid)
        )
    ) then
        raise 'the marts have nothing of this name, so no reading of it is noted' using errcode = 'undefined_table';
    end if;
    if coalesce((pg_stat_file(pg_current_logfile('jsonlog'), true)).size, 0) > {DAILY} then
        perform pg_sleep(1);
    end if;
    raise log 'details read: %', relation using detail = audit.statement();
    return true;
end
$$;

-- The lines of a log that hold notes, in pieces: a log may be larger than the memory, and what a broken connection or a
-- full disk has left in it may be no text.
create or replace function audit.lines_of(log text) returns setof text
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    size bigint := (pg_stat_file(log)).size;
    start bigint := 0;
    piece bytea;
    part text;
    rest text := '';
    ends integer;
begin
    while start < size loop
        piece := pg_read_binary_file(log, start, {PIECE}, true);
        exit when piece is null or length(piece) = 0;
        start := start + length(piece);
        part := rest || encode(piece, 'escape');  -- bytes beyond ASCII as octal numbers, a backslash as two
        rest := right(part, {LONGEST});
        ends := strpos(reverse(rest), E'\\n');
        if ends > 0 then
            rest := right(rest, ends - 1);
        end if;
        return query
            select lines.line from string_to_table(left(part, length(part) - length(rest)), E'\\n') as lines (line)
            where length(lines.line) < {LONGEST} and lines.line like '%"message":"details read: %';
    end loop;
end
$$;

create or replace function audit.lines(since timestamptz) returns setof jsonb
language plpgsql stable security definer set search_path = pg_catalog as $$
declare
    found record;
    line text;
begin
    for found in
        select current_setting('log_directory') || '/' || name as log from pg_ls_logdir()
        -- A file's time is told in whole seconds.
        where name like '%.json' and modification >= date_trunc('second', since) order by modification desc
    loop
        for line in select audit.lines_of(found.log) loop
            begin
                return next convert_from(decode(line, 'escape'), 'UTF8')::jsonb;
            exception when data_exception then  -- a line of which a part was lost
                raise warning 'a line of % cannot be read', found.log;
            end;
        end loop;
    end loop;
end
$$;

-- Since a moment: logs that have ended before are not opened.
create or replace function audit.reads_since(since timestamptz)
returns table (read_at timestamptz, role text, relation text, statement text, application text, host text)
language sql stable security definer set search_path = pg_catalog as $$
    select read_at, role, relation, statement, application, host
    from (
        select
            (line ->> 'timestamp')::timestamptz as read_at,
            line ->> 'user' as role,
            replace(line ->> 'message', 'details read: ', '') as relation,
            coalesce(line ->> 'detail', line ->> 'statement') as statement,
            line ->> 'application_name' as application,
            line ->> 'remote_host' as host
        from audit.lines(since) as line
        where line ->> 'dbname' = current_database()
            and line ->> 'error_severity' = 'LOG'
            and line ->> 'context' like 'PL/pgSQL function audit.noted(text) line %'
    ) as notes
    where read_at >= since
$$;

drop view if exists audit.reads;
drop function if exists audit.lines();
create view audit.reads as select * from audit.reads_since('-infinity');
revoke all on all functions in schema audit from public;
"""


def install(run: cursor, noted: Iterable[str], auditor: str) -> None:
    """Make the audit of the database that `run` is in, for the roles of whom and by whom it is noted; one reads it."""
    run.execute(_SCHEMA)
    for role in noted:
        run.execute(SQL("grant usage on schema audit to {}").format(Identifier(role)))
        run.execute(SQL("grant execute on function audit.noted(text) to {}").format(Identifier(role)))
    run.execute(SQL("grant usage on schema audit to {}").format(Identifier(auditor)))
    run.execute(SQL("grant execute on function audit.reads_since(timestamptz) to {}").format(Identifier(auditor)))
    run.execute(SQL("grant select on audit.reads to {}").format(Identifier(auditor)))
