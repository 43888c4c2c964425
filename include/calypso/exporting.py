"""An export is a table of the marts as a file, for now or for a moment: the same question gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso.spreadsheet import harmless, inert

if TYPE_CHECKING:
    import polars as pl
    from psycopg2.extensions import cursor as Cursor

SHEET_ROWS = 1_048_575  # what a spreadsheet holds below a header
NUMERIC = 1700  # PostgreSQL's object ids of types, fixed in its catalogue (pg_type.dat)
_TYPES: Mapping[int, Callable[[Any], Any]] = {
    16: lambda types: types.Boolean(),
    20: lambda types: types.Int64(),
    23: lambda types: types.Int32(),
    1082: lambda types: types.Date(),
    1083: lambda types: types.Time(),
    1184: lambda types: types.Datetime("us", "UTC"),
}


class Format(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class CannotExport(ValueError):
    """What was asked for cannot be exported; the message is one sentence."""


@dataclass(frozen=True)
class Question:
    """Which table of the marts, of which operation, as known at which moment; None for all, and for now."""

    table: str
    operation: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """What a question was answered: its columns and rows in the order of the key, and what is to be said of them."""

    columns: Sequence[str]
    types: Sequence[int]  # of the columns, by PostgreSQL's object ids
    rows: Sequence[Sequence[Any]]
    notes: Sequence[tuple[str, str]]


def answer(cursor: Cursor, question: Question) -> Answer:
    """Ask the marts, as the reader whose cursor this is; raises CannotExport where there is no such table."""
    kind, key = _known(cursor, question.table)
    source, parameters = _source(question)
    # Every export says whether its data are simulated: where the table does not, a column is added.
    mark = "" if "is_simulated" in kind or "operation_code" not in kind else _SIMULATED
    order = ", ".join(f'told."{column}"' for column in key) or "told"
    cursor.execute(f"select told.*{mark} from {source} as told order by {order}", parameters)
    columns = cursor.description or ()
    rows = cursor.fetchall()
    return Answer([one.name for one in columns], [one.type_code for one in columns], rows, _notes(cursor, question))


def write(answered: Answer, format: Format, path: Path) -> None:
    """Write an answer as a file; raises OSError where it cannot be written."""
    {Format.CSV: _write_csv, Format.XLSX: _write_xlsx, Format.PARQUET: _write_parquet}[format](answered, path)


_SIMULATED = (
    ", (select operations.is_simulated from marts.dim_operations as operations "
    "where operations.operation_code = told.operation_code) as is_simulated"
)


def _known(cursor: Cursor, table: str) -> tuple[list[str], list[str]]:
    """Return the columns of a table of the marts that this reader may read, and those of its key."""
    cursor.execute(
        "select array_agg(attname::text order by attnum), min(attrelid) from pg_attribute "
        "where attrelid = to_regclass(format('marts.%%I', %s::text)) and attnum > 0 and not attisdropped "
        "and has_table_privilege(attrelid, 'select')",
        [table],
    )
    columns, relation = cursor.fetchone() or (None, None)
    if not columns:
        cursor.execute(
            "select string_agg(tablename, ', ' order by tablename) from pg_tables "
            "where schemaname = 'marts' and tablename like 'rpt\\_%' "
            "and has_table_privilege(format('marts.%I', tablename), 'select')"
        )
        [names] = cursor.fetchone() or [None]
        raise CannotExport(f"There is no table {table} for you in the marts: use one of {names or 'none yet'}.")
    cursor.execute(
        "select coalesce(array_agg(attname::text order by attnum), '{}') from pg_attribute where attrelid = %s "
        "and attnum in (select unnest(conkey) from pg_constraint where conrelid = %s and contype = 'p')",
        [relation, relation],
    )
    [key] = cursor.fetchone() or [[]]
    return columns, key


def _source(question: Question) -> tuple[str, list[object]]:
    """Return the table, or its function, as a source of rows."""
    if question.known_at is None:
        where = " where operation_code = %s" if question.operation else ""
        return f'(select * from marts."{question.table}"{where})', [question.operation] if question.operation else []
    if question.operation is None:
        raise CannotExport("Say of which operation, with --operation: what was known is asked of one at a time.")
    function = question.table.split("_", 1)[-1]
    return f'marts."{function}"(%s, %s)', [question.operation, question.known_at]


def _notes(cursor: Cursor, question: Question) -> list[tuple[str, str]]:
    cursor.execute("select max(cut_at) from marts.dim_builds")
    [cut_at] = cursor.fetchone() or [None]
    cursor.execute(
        "select bool_or(is_simulated) from marts.dim_operations where %s::text is null or operation_code = %s",
        [question.operation, question.operation],
    )
    [simulated] = cursor.fetchone() or [False]
    cursor.execute("select obj_description(to_regclass(format('marts.%%I', %s::text)))", [question.table])
    [description] = cursor.fetchone() or [None]
    notes = [("table", question.table), ("operation", question.operation or "all")]
    notes.append(("as known at", str(question.known_at or cut_at)))
    if description:
        notes.append(("description", description))
    if simulated:
        notes.append(("simulated", "These data are simulated."))
    return notes


def _write_csv(answered: Answer, path: Path) -> None:
    import csv

    with path.open("w", newline="", encoding="utf-8-sig") as file:  # the mark lets a spreadsheet read its letters
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(map(harmless, answered.columns))
        writer.writerows([harmless(_plain(value)) for value in row] for row in answered.rows)


def _write_xlsx(answered: Answer, path: Path) -> None:
    import xlsxwriter

    if len(answered.rows) > SHEET_ROWS:
        raise CannotExport(f"{len(answered.rows)} rows do not fit into a sheet: write csv or parquet.")
    made = datetime(2000, 1, 1)  # the same rows give the same bytes, whenever they are written
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    ) as book:
        book.set_properties({"created": made})
        head = book.add_format({"bold": True, "bottom": 1})
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet("data")
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(answered.columns):
            sheet.write_string(0, place, inert(name), head)
        for number, row in enumerate(answered.rows, start=1):
            for place, value in enumerate(row):
                _write_cell(sheet, number, place, _plain(value), day, moment)
        about = book.add_worksheet("about")
        for number, note in enumerate(answered.notes):
            for place, text in enumerate(note):
                about.write_string(number, place, inert(text))


def _write_cell(sheet: Any, row: int, column: int, value: Any, day: Any, moment: Any) -> None:
    from datetime import date
    from decimal import Decimal

    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, value.replace(tzinfo=None), moment)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, inert(str(value)))


def _write_parquet(answered: Answer, path: Path) -> None:
    import polars as pl

    columns = [[_plain(row[place]) for row in answered.rows] for place in range(len(answered.columns))]
    frame = pl.DataFrame(
        [
            pl.Series(name, values, _type(kind, values))
            for name, kind, values in zip(answered.columns, answered.types, columns, strict=True)
        ]
    )
    frame.write_parquet(path, metadata=dict(answered.notes))


def _type(kind: int, values: Sequence[Any]) -> pl.DataType:
    """Return a column's type in Parquet; numbers keep every decimal."""
    import polars as pl

    if kind == NUMERIC:
        scales = [-value.as_tuple().exponent for value in values if value is not None]
        return pl.Decimal(38, max([0, *scales]))
    told: pl.DataType = _TYPES.get(kind, lambda types: types.String())(pl)
    return told


def _plain(value: Any) -> Any:
    """Return a value as a file says it: moments in UTC, lists and objects as JSON."""
    import json
    from datetime import UTC

    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return value
