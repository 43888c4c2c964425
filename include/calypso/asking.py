"""Asking reads the warehouse as an analyst does: commands that see the marts, and can change nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calypso.exporting import CannotExport, Format, Question
from calypso.refusal import refuse

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
            cursor.copy_expert(f"copy ({query.strip().rstrip(';')}) to stdout with (format csv, header)", sys.stdout)
        else:
            cursor.execute(query)
            show(cursor)


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
    typer.echo(f"{path}: {len(answered.rows)} rows")


def catalogue(
    folder: Annotated[Path, typer.Argument(help="Where to write it.", file_okay=False)],
) -> None:
    """Write the catalogue of the warehouse: every table and column described, and what each is made of."""
    from calypso import settings, transformation
    from calypso.site import catalogue as documentation

    try:
        typer.echo(documentation.write(settings.current(), folder))
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


def show(cursor: Cursor) -> None:
    """Print what a query found as a table."""
    from rich.console import Console
    from rich.table import Table

    if cursor.description is None:
        return
    table = Table(*(column.name for column in cursor.description))
    for row in cursor:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
