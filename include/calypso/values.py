"""Values are cells read by the contract: each becomes its type, or nothing where it cannot be read in one way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calypso.contracts import Contract, FieldOfContract, fold
from calypso.countries import spellings
from calypso.registry import Administration
from calypso.sheet import Cell, spelled

if TYPE_CHECKING:
    import pandas

    from calypso.reading import Reading

Value = str | int | Decimal | date | time | None

# In ASCII: \d would match the digits of every script, and int() read them.
_DATE_GROUPS = {
    "day-month-year": r"(?P<d>\d{1,2})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})",
    "month-day-year": r"(?P<m>\d{1,2})(?P<s>[/.-])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4})",
    "year-month-day": r"(?P<y>\d{4})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})",
}
_ISO_DATE = re.compile(r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?:[T ]00:00(?::00)?)?", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:hH](\d{2})(?::(\d{2}))?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,9}", re.ASCII)
LARGEST = Decimal(10) ** 15  # beyond it a number is a slip of the keyboard, not a quantity


def given(cell: Cell) -> str | None:
    """Return a cell as the sender sees it, None where it is empty."""
    if cell is None:
        return None
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, bool | int | float):
        return spelled(cell)
    return str(cell).strip() or None


def read_text(cell: Cell) -> str | None:
    """Return the text of a cell without outer space."""
    return given(cell)


def read_date(cell: Cell, order: str) -> date | None:
    """Read an ISO date, or one in the declared order with four digits of year."""
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else None
    if isinstance(cell, date):
        return cell
    text = given(cell) or ""
    match = _ISO_DATE.fullmatch(text) or re.fullmatch(_DATE_GROUPS[order], text, re.ASCII)
    if match is None:
        return None
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None


def read_time(cell: Cell) -> time | None:
    """Read a time of day on 24 hours."""
    if isinstance(cell, time):
        return cell.replace(microsecond=0)
    match = _TIME.fullmatch(given(cell) or "")
    if match is None:
        return None
    try:
        return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        return None


def read_integer(cell: Cell) -> int | None:
    """Read a whole number."""
    text = given(cell) or ""
    return int(text) if _INTEGER.fullmatch(text) else None


def read_decimal(cell: Cell, mark: str) -> Decimal | None:
    """Read a number with the declared decimal mark; a grouping mark can be read two ways, so it is refused."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        number = Decimal(repr(cell))
        return number if number.is_finite() and abs(number) < LARGEST else None
    text = given(cell) or ""
    if not re.fullmatch(rf"[+-]?\d{{1,15}}(?:{re.escape(mark)}\d{{1,12}})?", text, re.ASCII):
        return None
    return Decimal(text.replace(mark, "."))


def reader(field: FieldOfContract, contract: Contract, administration: Administration) -> Callable[[Cell], Value]:
    """Return the function that reads one cell of `field` as this administration writes it."""
    if field.type == "code":
        codes = contract.spellings[field.codes or ""]
        return lambda cell: codes.get(fold(given(cell) or ""), field.default if given(cell) is None else None)
    if field.type == "country":
        countries = spellings()
        return lambda cell: countries.get(fold(given(cell) or ""))
    if field.type == "date":
        return lambda cell: read_date(cell, administration.date_order)
    if field.type == "decimal":
        return lambda cell: read_decimal(cell, administration.decimal_mark)
    return {"text": read_text, "time": read_time, "integer": read_integer}[field.type]


def frame(reading: Reading, contract: Contract, administration: Administration) -> pandas.DataFrame:
    """Return a reading as a frame: one row a row, for each field its value and, as `<field>_given`, its text.

    Columns: submission_id, row_number, administration_code, then the contract's; dtype object, None for absent.
    """
    import pandas

    count = len(reading.rows)
    columns: dict[str, Iterable[Any]] = {
        "submission_id": [reading.submission.submission_id] * count,
        "row_number": [row.number for row in reading.rows],
        "administration_code": [administration.code] * count,
    }
    for field in contract.fields.values():
        cells = reading.cells(field.name)
        read = _once_each(cells, reader(field, contract, administration))
        columns[field.name] = [read[_key(cell)] for cell in cells]
        columns[f"{field.name}_given"] = [given(cell) for cell in cells]
    return pandas.DataFrame(columns, dtype=object)


def _once_each(cells: Iterable[Cell], read: Callable[[Cell], Value]) -> Mapping[Any, Value]:
    """Read each distinct cell once: files repeat themselves."""
    return {_key(cell): read(cell) for cell in {_key(cell): cell for cell in cells}.values()}


def _key(cell: Cell) -> tuple[type, Cell]:
    return type(cell), cell  # 1, 1.0 and True are equal but not the same cell
