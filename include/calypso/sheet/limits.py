"""Limits say how much a file may ask of its reader; each that is passed refuses the file under its own rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calypso.finding import column_letter
from calypso.sheet.cells import Row, Unreadable

MAX_BYTES = 200 * 1024 * 1024
MAX_UNPACKED_RATIO = 100  # of a workbook's parts together, against its own size
ALWAYS_UNPACKED = 16 * 1024 * 1024  # so much may a small workbook unpack to, whatever the ratio
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_ELEMENTS = (
    250_000  # of a part that is held as a tree, as styles are: Excel's most cell formats are 65,490, of 2 to 4 marks
)
MAX_PARTS = 2_000  # of a workbook's archive
MAX_ROWS = 1_048_576  # what a spreadsheet can hold, as is the length of a cell
MAX_COLUMNS = 500
MAX_CELL_LENGTH = 32_767
MAX_SECONDS = 120  # of processor time, for one reading
MAX_MEMORY = 3 * 1024 * 1024 * 1024


def refuse_size(size: int) -> None:
    """Refuse a file of more bytes than are read."""
    if size > MAX_BYTES:
        raise Unreadable("F010", f"{size} bytes", f"at most {MAX_BYTES} bytes")


def within(rows: Iterable[Row]) -> Iterator[Row]:
    """Pass rows on; refuse the file at the first row beyond the limits."""
    for row in rows:
        if row.number > MAX_ROWS:
            raise Unreadable("F019", str(row.number), str(MAX_ROWS), row.number)
        if len(row.cells) > MAX_COLUMNS:
            raise Unreadable("F020", str(len(row.cells)), str(MAX_COLUMNS), row.number, column_letter(MAX_COLUMNS))
        yield row


def too_long(length: int, row: int, position: int | None = None) -> Unreadable:
    """Return the refusal of a cell of `length` characters."""
    column = None if position is None else column_letter(position)
    return Unreadable("F021", str(length), str(MAX_CELL_LENGTH), row, column)
