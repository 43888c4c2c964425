"""The audit is what the server notes, in its own log, of every reading of details; no reader can keep it from doing so.

The policies of the tables of details (dbt/macros/readers.sql) ask `audit.noted`, which writes a line into PostgreSQL's
log, whatever becomes of the reader's transaction. `audit.reads` reads these lines back: who read what yesterday is
one query. The server must write its log as JSON (`logging_collector`, `log_destination = jsonlog`).
"""

from __future__ import annotations

from collections.abc import Iterable

from psycopg2.extensions import cursor
from psycopg2.sql import SQL, Identifier

# The superuser owns both: only it may read the log, and `audit.reads` shows of the log no more than the notes.
_SCHEMA = """
create schema if not exists audit;
revoke all on schema audit from public;

create or replace function audit.noted(relation text) returns boolean
language plpgsql volatile parallel restricted as $$
begin
    raise log 'details read: %', relation;
    return true;
end
$$;

create or replace function audit.lines() returns table (line jsonb)
language sql stable security definer set search_path = pg_catalog as $$
    select lines.line::jsonb
    from pg_ls_logdir() as files
    cross join lateral regexp_split_to_table(
        pg_read_file(current_setting('log_directory') || '/' || files.name), E'\\n'
    ) as lines (line)
    where files.name like '%.json' and lines.line like '%"details read: %' and pg_input_is_valid(lines.line, 'jsonb')
$$;
revoke all on function audit.lines() from public;

create or replace view audit.reads as
select
    (line ->> 'timestamp')::timestamptz as read_at,
    line ->> 'user' as role,
    replace(line ->> 'message', 'details read: ', '') as relation,
    line ->> 'statement' as statement,
    line ->> 'application_name' as application,
    line ->> 'remote_host' as host
from audit.lines()
where line ->> 'dbname' = current_database() and line ->> 'message' like 'details read: %';
"""


def install(run: cursor, noted: Iterable[str], auditor: str) -> None:
    """Make the audit of the database that `run` is in, for the roles of whom and by whom it is noted; one reads it."""
    run.execute(_SCHEMA)
    for role in (*noted, auditor):
        run.execute(SQL("grant usage on schema audit to {}").format(Identifier(role)))
    run.execute(SQL("grant execute on function audit.lines() to {}").format(Identifier(auditor)))
    run.execute(SQL("grant select on audit.reads to {}").format(Identifier(auditor)))
