"""An original is the bytes as they were sent, opened by other libraries than our reader's: pandas' parser, calamine."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime, time

import pandas
from python_calamine import CalamineWorkbook

from calypso.registry import Administration

Sheet = Sequence[Sequence[object]]


def sheets(content: bytes, office: Administration) -> list[Sheet]:
    """Return every sheet of a workbook, or the only one of a text, from A1 on."""
    if content.startswith(b"PK"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    widest = max(line.count(office.delimiter.encode()) for line in content.splitlines()) + 1
    frame = pandas.read_csv(
        io.BytesIO(content),
        engine="c",  # the other one is the csv module, which is ours
        sep=office.delimiter,
        encoding=office.encoding,
        names=range(widest),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        skip_blank_lines=False,
    )
    return [frame.fillna("").values.tolist()]


def cell(sheet: Sheet, row: int, column: str) -> str:
    """Return the text that a spreadsheet shows at a row number and a column letter."""
    position = 0
    for letter in column:
        position = position * 26 + ord(letter) - ord("A") + 1
    cells = sheet[row - 1]
    return shown(cells[position - 1]) if position <= len(cells) else ""


def shown(value: object) -> str:
    """Return a value of calamine or pandas as a spreadsheet shows it, without outer space."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime | date | time):
        return str(value)
    return str(value).strip()
