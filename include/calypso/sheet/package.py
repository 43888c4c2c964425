"""A package is a workbook as openpyxl opens it, with cells turned into values more exactly than it does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import IO, Any

from defusedxml.ElementTree import iterparse
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.utils.datetime import MAC_EPOCH, from_excel, from_ISO8601
from openpyxl.worksheet._reader import (
    DATA_TAG,
    FORMULA_TAG,
    INLINE_STRING,
    ROW_TAG,
    VALUE_TAG,
    WorkSheetParser,
)
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from calypso.sheet.cells import Cell, Formula, Row, Unreadable, duration
from calypso.sheet.limits import MAX_CELL_LENGTH, MAX_ELEMENTS, too_long

_STRING_TAG = f"{{{SHEET_MAIN_NS}}}si"
_PLAIN_TAG = f"{{{SHEET_MAIN_NS}}}t"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_INDEX = re.compile("[0-9]{1,9}")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_NO_SUCH_DAY = 60  # 29 February 1900, which Excel believes in
_YEARS = range(1900, 10_000)


class Package(ExcelReader):  # type: ignore[misc]  # openpyxl has no types
    """The parts of a workbook that say what its cells hold; properties, themes and drawings are not opened."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file, read_only=True, keep_links=False)
        self.worksheets: list[tuple[str, str, str]] = []  # title, state, part of the archive
        self.archive.read = partial(_whole, self.archive.open)  # what openpyxl makes a tree of

    def read_strings(self) -> None:
        """Read the shared strings, with the characters that XML cannot hold."""
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        with self.archive.open(part.PartName.lstrip("/")) as source:
            for _, node in iterparse(source, forbid_dtd=True):
                if node.tag == _STRING_TAG:
                    self.shared_strings.append(_text(node))
                    node.clear()

    def read_worksheets(self) -> None:
        """Note where each worksheet lies; charts have no cells, and a sheet that is missing is damage."""
        for sheet, relation in self.parser.find_sheets():
            if relation.target not in self.valid_files:
                raise KeyError(relation.target)
            if "chartsheet" not in relation.Type:
                self.worksheets.append((sheet.name, sheet.state or "visible", relation.target))

    def read(self) -> None:
        """Open what cells need."""
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        self.read_worksheets()


class PageParser(WorkSheetParser):  # type: ignore[misc]
    """The rows of one worksheet, one at a time."""

    def __init__(self, source: IO[bytes], package: Package) -> None:
        book = package.wb
        super().__init__(
            source,
            package.shared_strings,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self.hidden: set[int] = set()

    def filled_rows(self) -> Iterator[Row]:
        """Yield the rows that hold anything, trailing empty cells left out; they must stand in order."""
        before = 0
        data: Any = None
        for event, element in iterparse(self.source, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                data = element if element.tag == DATA_TAG else data
            elif element.tag == ROW_TAG:
                number, cells = self.parse_row(element)
                if number <= before:
                    raise ValueError(f"row {number} after row {before}")
                before = number
                if element.get("hidden") in ("1", "true"):
                    self.hidden.add(number)
                if cells := _in_place(number, cells):
                    yield Row(number, cells)
                data.clear()

    def parse_cell(self, element: Any) -> tuple[int, int, Cell]:
        """Return row, column and value of a cell."""
        if place := element.get("r"):
            _refuse_beyond_ascii(place)
            row, self.col_counter = coordinate_to_tuple(place)
        else:
            row, self.col_counter = self.row_counter, self.col_counter + 1
        return row, self.col_counter, self._value(element)

    def _value(self, element: Any) -> Cell:
        kind = element.get("t", "n")
        if kind == "inlineStr":
            inline = element.find(INLINE_STRING)
            return None if inline is None else _text(inline) or None
        text = element.findtext(VALUE_TAG) or None
        if text is None:
            formula = element.find(FORMULA_TAG)
            return None if formula is None or kind == "str" else Formula(f"={formula.text or ''}")
        if kind == "n":
            return self._number(text.strip(), int(element.get("s", 0)))
        if kind == "s":
            return self.shared_strings[_index(text)] or None
        if kind == "b":
            return {"1": True, "0": False, "true": True, "false": False}[text.strip()]
        if kind == "d":
            _refuse_beyond_ascii(text)
            return _moment(from_ISO8601(text.strip()))
        if kind not in ("str", "e"):
            raise ValueError(f"there are no cells of type {kind[:40]}")
        return unescaped(text)  # what a formula gave, or an error such as #REF!

    def _number(self, text: str, style: int) -> Cell:
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{text[:40]} is no number")
        number: int | float = float(text) if re.search("[.eE]", text) else int(text)
        if not math.isfinite(number):
            raise ValueError(f"{text[:40]} is no number")
        if style not in self.date_formats or number < 0 or (number == _NO_SUCH_DAY and self.epoch != MAC_EPOCH):
            return number
        try:
            moment = from_excel(number, self.epoch, timedelta=style in self.timedelta_formats)
        except (OverflowError, ValueError):
            return number  # a spreadsheet shows ##### here: no date, yet nothing but this number
        if isinstance(moment, datetime) and moment.year not in _YEARS:
            return number
        return _moment(moment)


def _refuse_beyond_ascii(text: str) -> None:
    """Raise ValueError where a reference or a date has digits of another script, which openpyxl would read."""
    if not text.isascii():
        raise ValueError(f"{text[:40]} is not written in ASCII")


def _whole(open_part: Callable[[str], IO[bytes]], name: str) -> bytes:
    """Return a part that is held as a tree; raises Unreadable where it has far more elements than any workbook."""
    with open_part(name) as source:
        content = source.read()
    if (marks := content.count(b"<")) > MAX_ELEMENTS:
        raise Unreadable("F022", f"{name[:80]}, {marks} XML", f"{MAX_ELEMENTS} XML")
    return content


def _in_place(number: int, cells: list[tuple[int, int, Cell]]) -> list[Cell]:
    """Return the values of a row, each in its column."""
    placed: list[Cell] = []
    last = 0
    for row, column, value in cells:
        if row != number or column <= last:
            raise ValueError(f"a cell of row {row}, column {column} in row {number} after column {last}")
        last = column
        if isinstance(value, str) and len(value) > MAX_CELL_LENGTH:
            raise too_long(len(value), number, column - 1)
        if value is not None:
            placed.extend([None] * (column - 1 - len(placed)))
            placed.append(value)
    return placed


def _moment(moment: Any) -> Cell:
    if isinstance(moment, timedelta):
        return duration(moment)
    assert isinstance(moment, date | time)
    return moment


def _text(node: Any) -> str:
    """Return the text of a string, whatever fonts its pieces have."""
    if len(node) == 1 and node[0].tag == _PLAIN_TAG:  # openpyxl's own way takes ten times as long
        return unescaped(node[0].text or "")
    return unescaped(Text.from_tree(node).content)


def _index(text: str) -> int:
    if not _INDEX.fullmatch(text.strip()):
        raise ValueError(f"there is no shared string {text[:40]}")
    return int(text)


def unescaped(text: str) -> str:
    """Return a workbook's text with the characters that XML cannot hold, written in it as _x000D_."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if 0xD800 <= code < 0xE000 or code == 0 else chr(code)
