"""The warehouse's door: the tables of the schema `raw`, made from the contracts, with what is declared in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from calypso import locks
from calypso.contracts import Contract, FieldOfContract, declared
from calypso.publication import TABLES as PUBLISHED
from calypso.publication import publish

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

    from calypso.judging import RuleBook
    from calypso.settings import Settings

SQL_TYPES = {
    "text": "text",
    "code": "text",
    "country": "text",
    "date": "date",
    "time": "time",
    "integer": "integer",
    "decimal": "numeric",
}

OWNER = "calypso_owner"  # of raw: nobody can log in as it
PATIENCE = 60  # seconds in which the line must let go of a table that is to be changed

# What report a statement is about.
ABOUT = (("administration_code", "text"), ("dataset", "text"), ("reporting_day", "date"), ("version", "integer"))

# Append-only: a row is never updated; what changes is told by a further row.
TABLES = """
create table if not exists raw.submissions (
    submission_id text primary key,
    administration_code text not null,
    operation_code text,
    dataset text,
    reporting_day date,
    version integer,
    is_nil boolean not null,
    file_name text not null,
    sha256 text not null,
    size_bytes bigint not null,
    modified_at timestamptz not null,
    received_at timestamptz not null,
    is_simulated boolean not null,
    duplicate_of text references raw.submissions,
    replays text references raw.submissions,
    replayed_under text,
    recorded_at timestamptz not null default clock_timestamp(),
    ordered_at timestamptz not null
);
alter table raw.submissions add column if not exists replays text references raw.submissions;
alter table raw.submissions add column if not exists replayed_under text;
-- Until there was an order of recording, files stood in that of the clock.
do $$
begin
    if not exists (
        select from information_schema.columns
        where (table_schema, table_name, column_name) = ('raw', 'submissions', 'ordered_at')
    ) then
        alter table raw.submissions add column ordered_at timestamptz;
        alter table raw.submissions alter column ordered_at type timestamptz using received_at;
        alter table raw.submissions alter column ordered_at set not null;
    end if;
end
$$;
create index if not exists submissions_order on raw.submissions (ordered_at) where not is_simulated;
-- The order of files: a file that arrives stands behind all that arrived before it, even where the clock has stepped
-- back and received_at lies before theirs. A replay stands where its original does, a simulated file at its own moment.
create or replace function raw.order_submission() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
    new.ordered_at := case
        when new.replays is not null then (select ordered_at from raw.submissions where submission_id = new.replays)
        when new.is_simulated then new.received_at
        else greatest(
            new.received_at,
            (select max(ordered_at) + interval '1 microsecond' from raw.submissions where not is_simulated)
        )
    end;
    return new;
end
$$;
create or replace trigger order_submission before insert on raw.submissions
    for each row when (new.ordered_at is null) execute function raw.order_submission();
create index if not exists submissions_administration on raw.submissions (administration_code, file_name);
create table if not exists raw.submission_states (
    submission_id text not null references raw.submissions,
    state text not null,
    reached_at timestamptz not null default clock_timestamp(),
    rows_read integer,
    rows_accepted integer,
    rows_quarantined integer,
    rule_pack text,
    primary key (submission_id, state)
);
-- A file ends in exactly one final state.
drop index if exists raw.submission_final_state;
create unique index if not exists submission_one_final_state on raw.submission_states (submission_id)
    where state in ('accepted', 'partly_accepted', 'rejected', 'nil', 'duplicate', 'tested', 'noted');
create table if not exists raw.findings (
    submission_id text not null references raw.submissions,
    finding_no integer not null,
    rule_code text not null,
    severity text not null,
    row_number integer,
    column_letter text,
    field text,
    value_given text,
    value_expected text,
    case_ref text,
    echo jsonb,
    primary key (submission_id, finding_no)
);
create table if not exists raw.receipts (
    submission_id text primary key references raw.submissions,
    administration_code text not null,
    number integer not null,
    previous_sha256 text,
    file_name text not null,
    language text not null,
    issued_at timestamptz not null,
    body text not null,
    sha256 text not null,
    signature text not null,
    key_id text not null,
    -- A chain: one receipt of each number, and each but the first follows another.
    unique (administration_code, number),
    check (number >= 1 and (number = 1) = (previous_sha256 is null))
);
-- What an administration was told of days that nobody had reported, and by which channel it was carried.
create table if not exists raw.notices (
    operation_code text not null,
    administration_code text not null,
    dataset text not null,
    kind text not null check (kind in ('reminder', 'missing', 'settled')),
    due_at timestamptz not null,
    reporting_days date[] not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (operation_code, administration_code, dataset, kind, due_at)
);
create table if not exists raw.notices_given (
    operation_code text not null,
    administration_code text not null,
    dataset text not null,
    kind text not null,
    due_at timestamptz not null,
    channel text not null,
    given_at timestamptz not null default clock_timestamp(),
    primary key (operation_code, administration_code, dataset, kind, due_at, channel),
    foreign key (operation_code, administration_code, dataset, kind, due_at) references raw.notices
);
-- What the coordination unit has decided of warnings worth a second look.
create table if not exists raw.decisions (
    submission_id text not null,
    finding_no integer not null,
    decision text not null check (decision in ('accept', 'keep', 'ask')),
    reason text not null,
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp(),
    primary key (submission_id, finding_no),
    foreign key (submission_id, finding_no) references raw.findings
);
-- What an engineer was told.
create table if not exists raw.alerts (
    alert_no bigint primary key generated always as identity,
    cause text not null,
    place text not null,
    text text not null,
    link text not null,
    raised_at timestamptz not null default clock_timestamp()
);
create table if not exists raw.alerts_sent (
    alert_no bigint primary key references raw.alerts,
    sent_at timestamptz not null
);
create table if not exists raw.builds (
    build_no integer primary key,
    cut_at timestamptz not null unique
);
-- Since which build a submission is known: what was known at a moment follows from it, and never changes.
create table if not exists raw.build_submissions (
    submission_id text primary key references raw.submissions,
    build_no integer not null references raw.builds
);
create index if not exists build_submissions_build on raw.build_submissions (build_no);
-- The daily reports that were published, what each was known at, and the hashes of its figures and its files.
create table if not exists raw.editions (
    operation_code text not null,
    reporting_day date not null,
    edition integer not null check (edition >= 1),
    known_at timestamptz not null,
    earlier_day date,
    earlier_edition integer,
    figures_sha256 text not null,
    published_at timestamptz not null default clock_timestamp(),
    primary key (operation_code, reporting_day, edition),
    foreign key (operation_code, earlier_day, earlier_edition) references raw.editions
);
create table if not exists raw.edition_files (
    operation_code text not null,
    reporting_day date not null,
    edition integer not null,
    language text not null,
    format text not null,
    sha256 text not null,
    size_bytes bigint not null,
    primary key (operation_code, reporting_day, edition, language, format),
    foreign key (operation_code, reporting_day, edition) references raw.editions
);
"""

# Rights keep the line from changing rows; this keeps everybody from it. A migration disables the trigger of a table.
REFUSAL = """
create or replace function raw.refuse_change() returns trigger
language plpgsql as $$
begin
    raise 'raw.% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'insufficient_privilege';
end
$$;
"""


def is_away(error: BaseException) -> bool:
    """Tell whether something went wrong because PostgreSQL does not answer: tried again later, it may go well."""
    import psycopg2

    return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)


@contextmanager
def session(dsn: str) -> Iterator[Connection]:
    """Open a connection and close it in the end; its transactions are the caller's `with connection:`."""
    import psycopg2

    connection = psycopg2.connect(dsn)
    try:
        yield connection
    finally:
        connection.close()


def as_analyst(settings: Settings) -> str:
    """Return the connection string by which the line reads the marts as an analyst does, on a connection of its own.

    The connections of analysts may all be taken; those of the loader are kept for the line.
    """
    return f"{settings.warehouse('loader')} options='-c role=calypso_analyst'"


@contextmanager
def transaction(dsn: str) -> Iterator[Connection]:
    """Open a connection for one transaction: committed where the block ends well, rolled back otherwise."""
    with session(dsn) as connection, connection:
        yield connection


def columns(contract: Contract) -> list[tuple[str, str]]:
    """Return the columns of a contract's raw table with their types: each field typed, and as given.

    A text field is loaded as given, so it has no second column. A statement names the report it is about.
    """
    typed: list[tuple[str, str]] = [("submission_id", "text"), ("row_number", "integer"), ("verdict", "text")]
    if contract.purpose != "report":
        typed.extend(ABOUT)
    for field in contract.fields.values():
        typed.append((field.name, SQL_TYPES[field.type]))
        if as_given(field):
            typed.append((f"{field.name}_given", "text"))
    return typed


def as_given(field: FieldOfContract) -> bool:
    """Tell whether a field has a second column that holds its text as given."""
    return field.type != "text"


def row_table(contract: Contract) -> str:
    """Return the DDL of a contract's raw table."""
    lines = [f"    {name} {kind}" for name, kind in columns(contract)]
    return (
        f"create table if not exists raw.{contract.table} (\n"
        + ",\n".join(lines)
        + ",\n    primary key (submission_id, row_number)\n);\n"
    )


def _complete(cursor: Cursor, contract: Contract) -> None:
    """Make a contract's raw table, or give the one that is there the columns of fields it did not have yet."""
    cursor.execute(row_table(contract))
    cursor.execute(
        "select column_name from information_schema.columns where table_schema = 'raw' and table_name = %s",
        [contract.table],
    )
    known = {name for (name,) in cursor.fetchall()}
    for name, kind in columns(contract):
        if name not in known:
            cursor.execute(f"alter table raw.{contract.table} add column {name} {kind}")


def _refuse_changes(cursor: Cursor) -> None:
    """Give each table of `raw` the trigger that keeps it append-only, where it has none; locks have rows to lock."""
    cursor.execute(REFUSAL)
    cursor.execute(
        "select relname from pg_class where relnamespace = 'raw'::regnamespace and relkind = 'r' and relname <> %s "
        "and not exists (select from pg_trigger where tgrelid = pg_class.oid and tgname = 'append_only')",
        [locks.NAME],
    )
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"create trigger append_only before update or delete or truncate on raw.{table} "
            "for each statement execute function raw.refuse_change()"
        )


def prepare(dsn: str, rules: RuleBook) -> None:
    """Create what is missing of `raw` and publish what is declared, with these rules; again it changes nothing.

    `dsn` is the administrator's: what is made belongs to the owner of `raw`, whom no process of the line can become.
    """
    with transaction(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(f"set local role {OWNER}; set local lock_timeout = '{PATIENCE}s'")
        locks.hold(connection, "prepare")
        cursor.execute(PUBLISHED)
        cursor.execute(TABLES)
        for contract in declared().values():
            _complete(cursor, contract)
        publish(connection, rules)
        _refuse_changes(cursor)
