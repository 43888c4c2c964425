"""A sheet is what a file says before anyone knows what it means: cells with their physical row numbers."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import zip_longest

from calypso.registry import Administration

# A cell is text; a workbook's own numbers and dates keep their type, for they cannot be read two ways.
Cell = str | int | float | date | datetime | time | None

MAX_BYTES = 200 * 1024 * 1024
MAX_UNPACKED_RATIO = 100  # of a workbook's parts together, against its own size
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_COLUMNS = 500
MAX_CELL_LENGTH = 32_767  # what a spreadsheet can hold

ASIDE = "_calypso "  # titles of the sheets of help and lists in our own templates: no rows stand there
ERROR_PREFIX = "#"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Row:
    """One row of cells; `number` is the one a spreadsheet shows, 1-based."""

    number: int
    cells: Sequence[Cell]


class Unreadable(ValueError):
    """A file that cannot be read as a sheet; carries the code of the rule it breaks and what to do."""

    def __init__(self, rule: str, given: str, expected: str, row: int | None = None) -> None:
        super().__init__(f"{rule}: {given} (expected: {expected})")
        self.rule, self.given, self.expected, self.row = rule, given, expected, row


def read_csv(content: bytes, administration: Administration) -> Iterator[Row]:
    """Yield the rows of a CSV in the administration's declared dialect, blank rows left out.

    Raises Unreadable where the bytes contradict the declared encoding or are no well-formed CSV.
    """
    text = decode(content, administration.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=administration.delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if len(cells) > MAX_COLUMNS:
                raise Unreadable("F010", f"{len(cells)} columns", f"at most {MAX_COLUMNS}", number)
            if any(len(cell) > MAX_CELL_LENGTH for cell in cells):
                raise Unreadable("F010", "a cell that does not end", f"at most {MAX_CELL_LENGTH} characters", number)
            if any(cell.strip() for cell in cells):
                yield Row(number, cells)
    except csv.Error as error:
        raise Unreadable("F004", str(error), "CSV", number + 1) from error


def decode(content: bytes, declared: str) -> str:
    """Return the text of `content` in the declared encoding; raises Unreadable (F005) on any contradiction."""
    marked = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), None)
    if marked is not None and marked != declared:
        raise Unreadable("F005", marked, declared)
    if declared in ("cp1252", "latin-1") and _is_accented_utf8(content):
        raise Unreadable("F005", "utf-8", declared)
    try:
        text = content.decode("utf-8-sig" if declared == "utf-8" else declared)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise Unreadable("F005", f"0x{content[error.start]:02X}", declared, row) from error
    if "\0" in text:
        raise Unreadable("F004", "0x00", declared, text[: text.index("\0")].count("\n") + 1)
    return text


def _is_accented_utf8(content: bytes) -> bool:
    """Tell whether bytes that are said to be one byte a letter are plainly UTF-8 with accents."""
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def read_xlsx(content: bytes) -> Iterator[Row]:
    """Yield the rows of a workbook's only filled sheet, blank rows and trailing empty cells left out.

    Raises Unreadable where the bytes are no workbook, unpack to too much, or fill more than one sheet.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bombs(content)
    try:
        values = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(content), data_only=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        raise Unreadable("F004", type(error).__name__, "XLSX") from error
    filled = [
        sheet.title
        for sheet in values.worksheets
        if not sheet.title.startswith(ASIDE) and any(any(row) for row in sheet.iter_rows(values_only=True))
    ]
    if len(filled) > 1:
        raise Unreadable("F018", ", ".join(filled), "1")
    if not filled:
        return
    yield from _filled_rows(values[filled[0]], formulas[filled[0]])


def _filled_rows(values: object, formulas: object) -> Iterator[Row]:
    """Yield rows of values; a formula whose value the workbook does not hold stays a formula text."""
    for number, (row, written) in enumerate(
        zip_longest(values.iter_rows(values_only=True), formulas.iter_rows(values_only=True)),  # type: ignore[attr-defined]
        start=1,
    ):
        cells: list[Cell] = [
            cell if cell is not None else (str(formula) if formula is not None else None)
            for cell, formula in zip(row, written, strict=True)
        ]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield Row(number, cells)


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable("F004", type(error).__name__, "XLSX") from error
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_UNPACKED_RATIO * max(len(content), 10_000):
        raise Unreadable("F010", f"{unpacked} bytes", f"{MAX_UNPACKED_RATIO} x {len(content)} bytes")
