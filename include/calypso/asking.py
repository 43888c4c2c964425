"""Asking reads the warehouse as an analyst does: commands that see the marts, and can change nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calypso import terminal
from calypso.exporting import CannotExport, Format, Question
from calypso.refusal import refuse
from calypso.spreadsheet import harmless

NUMBERS = (20, 21, 23, 26, 700, 701, 1700)  # object ids of PostgreSQL's types, fixed in its catalogue (pg_type.dat)

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

    from calypso.settings import Settings


def sql(
    query: Annotated[str, typer.Argument(help="One select over the marts.")],
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, not a table.")] = False,
) -> None:
    """Read the warehouse as an analyst does: the marts, and nothing can be changed."""
    from calypso import settings

    with analyst(settings.current()) as cursor:
        if csv:
            _print_csv(cursor, query)
            return
        cursor.execute(query)
        if cursor.description is not None:
            terminal.table([column.name for column in cursor.description], cursor)


def export(
    table: Annotated[str, typer.Argument(help="A table of the marts, such as rpt_operation_results.")],
    operation: Annotated[str | None, typer.Option(help="Only of this operation, such as calypso-2024.")] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            help="As it was known at this moment, in UTC unless it says otherwise.",
            formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="What to write.")] = Format.CSV,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.", dir_okay=False)] = None,
) -> None:
    """Write a table of the marts as CSV, XLSX or Parquet, for now or as it was known at a moment."""
    from datetime import UTC

    from calypso import exporting, settings

    path = output or Path(f"{'-'.join(filter(None, [table, operation]))}.{format.value}")
    moment = known_at.replace(tzinfo=UTC) if known_at and known_at.tzinfo is None else known_at
    with analyst(settings.current()) as cursor:
        try:
            answered = exporting.answer(cursor, Question(table, operation, moment))
            exporting.write(answered, format, path)
        except CannotExport as reason:
            refuse(str(reason))
        except OSError as error:
            refuse(f"{path} cannot be written: {error.strerror}.")
    terminal.say(f"{path}: {len(answered.rows)} rows")


def catalogue(
    folder: Annotated[Path, typer.Argument(help="Where to write it.", file_okay=False)],
) -> None:
    """Write the catalogue of the warehouse: every table and column described, and what each is made of."""
    from calypso import settings, transformation
    from calypso.site import catalogue as documentation

    try:
        terminal.say(documentation.write(settings.current(), folder))
    except transformation.BuildFailed as reason:
        refuse(str(reason).splitlines()[0])
    except OSError as error:
        refuse(f"{folder} cannot be written: {error.strerror}.")


@contextmanager
def analyst(known: Settings) -> Iterator[Cursor]:
    """Open a read only transaction on the marts, as the role that may see nothing else."""
    import psycopg2

    options = "-c search_path=marts -c default_transaction_read_only=on"
    try:
        with psycopg2.connect(known.warehouse("analyst"), options=options) as connection:
            yield connection.cursor()
    except psycopg2.OperationalError as error:
        if error.pgcode:  # the server answered, and refuses this query
            refuse(_first_line(error))
        refuse(f"The warehouse does not answer at {known.warehouse_host}:{known.warehouse_port}: run `make up`.")
    except psycopg2.Error as error:
        refuse(_first_line(error))


def _print_csv(cursor: Cursor, query: str) -> None:
    """Print what a query found as PostgreSQL's COPY writes CSV, with texts that no spreadsheet takes for formulas.

    A terminal is shown what it would obey; a file or a pipe gets every letter as it is.
    """
    from psycopg2.extensions import new_type, register_type

    shown = terminal.plain if sys.stdout.isatty() else str
    with cursor.connection.cursor("answer") as answer:  # by parts: a table may be larger than the memory
        cursor.execute("select oid::int from pg_type")
        register_type(new_type(tuple(oid for (oid,) in cursor), "AS_WRITTEN", lambda value, _: value), answer)
        answer.execute(query.strip().rstrip(";"))
        rows = iter(answer)
        first = next(rows, None)
        columns = answer.description or ()
        texts = [column.type_code not in NUMBERS for column in columns]
        print(",".join(_quoted(shown(column.name)) for column in columns))
        for row in chain(() if first is None else (first,), rows):
            cells = (harmless(value) if text else value for value, text in zip(row, texts, strict=True))
            print(",".join("" if value is None else _quoted(shown(value)) for value in cells))


def _quoted(value: str) -> str:
    """Return a value as COPY does: quoted where it must be, and where it is empty, for nothing stands for null."""
    if value and not any(mark in value for mark in ',"\r\n'):
        return value
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
