"""A sheet told as data (submissions/workbooks.yml) is written as a workbook, with all that is odd about it.

A cell is a text, or a number, date or truth of the workbook's own; `{time: "14:05"}`, `{error: "#REF!"}`,
`{formula: =5/2, value: 2.5}` or `{shown: "0%", value: 0.5}`. A row may be the name of one of the lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from types import MappingProxyType
from typing import Any

from corpus import books

Told = Mapping[str, Any]


def workbook(told: Told, lines: Mapping[str, Any] = MappingProxyType({})) -> bytes:
    """Return the workbook that is told, its named lines put in."""

    def fill(book: Any, first: Any) -> None:
        _write(book, first, told["rows"], lines)
        for area in told.get("merged", ()):
            first.merge_range(area, _first_of(area, told["rows"], lines), book.add_format({"bold": True}))
        for number in told.get("hidden_rows", ()):
            first.set_row(number - 1, None, None, {"hidden": True})
        for letter in told.get("hidden_columns", ()):
            first.set_column(f"{letter}:{letter}", None, None, {"hidden": True})
        for place in told.get("styled", ()):
            first.write_blank(place, None, book.add_format({"num_format": "0.00"}))
        for title, rows in told.get("sheets", {}).items():
            sheet = book.add_worksheet(title)
            _write(book, sheet, rows, lines)
            if title in told.get("hidden_sheets", ()):
                sheet.hide()
            if title in told.get("locked_sheets", ()):
                sheet.very_hidden()

    return books.written(fill, date_1904=told.get("from_1904", False))[: told.get("cut")]


def _write(book: Any, sheet: Any, rows: Sequence[Any], lines: Mapping[str, Any]) -> None:
    for number, cells in enumerate(rows):
        for position, cell in enumerate(lines[cells] if isinstance(cells, str) else cells):
            _put(book, sheet, number, position, cell)


def _put(book: Any, sheet: Any, number: int, position: int, cell: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(number, position, cell)
    elif not isinstance(cell, Mapping):
        if cell is not None:
            sheet.write(number, position, cell)
    elif "time" in cell:
        sheet.write_datetime(number, position, time.fromisoformat(cell["time"]))
    elif "error" in cell:
        sheet.write_formula(number, position, "=1/0", None, cell["error"])
    elif "formula" in cell:
        sheet.write_formula(number, position, cell["formula"], None, cell["value"])
    else:
        sheet.write_number(number, position, cell["value"], book.add_format({"num_format": cell["shown"]}))


def _first_of(area: str, rows: Sequence[Any], lines: Mapping[str, Any]) -> str:
    """Return the text in column A that a merged area such as `A2:A3` begins with."""
    cells = rows[int(area.partition(":")[0].removeprefix("A")) - 1]
    text: str = (lines[cells] if isinstance(cells, str) else cells)[0]
    return text
