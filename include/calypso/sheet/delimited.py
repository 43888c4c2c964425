"""Delimited text is a sheet whose cells stand between delimiters; it is read strictly or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import zip_longest

from calypso.finding import column_letter
from calypso.registry import Administration
from calypso.sheet.cells import Row, Unreadable
from calypso.sheet.encoding import decode, row_of
from calypso.sheet.limits import MAX_CELL_LENGTH, refuse_size, too_long, within

DELIMITERS = (",", ";", "\t", "|")

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# The line that Excel reads as a declaration.
_SAID = re.compile(r"\ufeff?sep=(.)(?:\r\n|\r|\n)", re.IGNORECASE | re.ASCII)
_SPACED_QUOTE = ' "'
_ESCAPED_QUOTE = '\\"'
_ESCAPES = re.compile(r'\\["\\]')


def read_csv(content: bytes, administration: Administration) -> Iterator[Row]:
    """Yield the rows of a CSV in the administration's declared dialect, blank rows left out.

    Raises Unreadable where the bytes contradict the declared encoding or are no well-formed CSV.
    """
    refuse_size(len(content))
    text = decode(content, administration.encoding)
    said = said_delimiter(text)
    if said is not None and said != administration.delimiter:
        raise Unreadable("F011", f"sep={said}", repr(administration.delimiter), 1)
    yield from rows_of(text, administration.delimiter)


def said_delimiter(text: str) -> str | None:
    """Return the delimiter that the text itself declares in a first line `sep=;`."""
    said = _SAID.match(text[:10])
    return said[1] if said else None


def rows_of(text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows of text that are not blank; each quote must begin and end a cell.

    A quote within quotes is doubled or has a backslash before it. Where both can be meant, and where a
    carriage return may be a line's end or not, the file is refused (F024).
    """
    _refuse_lone_returns(text)
    said = _SAID.match(text)
    first = 1
    if said:
        text, first = text[said.end() :], 2
    if '"' in text and _ESCAPED_QUOTE not in text:
        _refuse_bare_quotes(text, delimiter, first)
    rows = _one_meaning(text, delimiter, first) if _ESCAPED_QUOTE in text else _rows(text, delimiter, first)
    yield from within(rows)


def _rows(text: str, delimiter: str, first: int, escaped: bool = False) -> Iterator[Row]:
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        strict=True,
        doublequote=not escaped,
        escapechar="\\" if escaped else None,
    )
    number = first - 1
    spaced = _SPACED_QUOTE in text
    try:
        for number, cells in enumerate(reader, start=first):
            if any(map(str.strip, cells)):
                if spaced:
                    _refuse_spaced_quotes(number, cells)
                if (longest := max(map(len, cells))) > MAX_CELL_LENGTH:
                    raise too_long(longest, number, next(i for i, cell in enumerate(cells) if len(cell) == longest))
                yield Row(number, cells)
    except csv.Error as error:
        if "field limit" in str(error):
            raise too_long(csv.field_size_limit(), number + 1) from error
        raise Unreadable("F004", str(error), "CSV", number + 1) from error


def _one_meaning(text: str, delimiter: str, first: int) -> Iterator[Row]:
    """Yield rows of text that holds a backslash before a quote: read both ways, it may mean one thing only."""
    doubled = _attempt(text, delimiter, first, False)
    escaped = _attempt(text, delimiter, first, True)
    if isinstance(doubled, Unreadable):
        if isinstance(escaped, Unreadable):
            raise doubled
        if "\\" in _ESCAPES.sub("", text):  # a writer that escapes quotes escapes the backslash itself too
            raise Unreadable("F024", "\\", "\\\\", doubled.row)
        yield from escaped
        return
    if not isinstance(escaped, Unreadable):
        for one, other in zip_longest(doubled, escaped):
            if one != other:
                raise Unreadable("F024", '\\"', '""', (one or other or doubled[0]).number)
    yield from doubled


def _attempt(text: str, delimiter: str, first: int, escaped: bool) -> list[Row] | Unreadable:
    """Return the rows of text under one way to write quotes within quotes, or why they cannot be read so."""
    if escaped:
        mark = re.escape(delimiter)
        cell = rf'(?:"(?:[^"\\]|\\.)*+"|(?:[^"\\\r\n{mark}]|\\.)*+)'
        if not re.fullmatch(rf"(?:{cell}(?:{mark}|\r\n|\r|\n))*+{cell}", text, re.DOTALL):  # csv is lenient here
            return Unreadable("F004", '\\"', "CSV")
    try:
        return list(_rows(text, delimiter, first, escaped))
    except Unreadable as problem:
        return problem


def _refuse_spaced_quotes(number: int, cells: list[str]) -> None:
    """Refuse a quoted cell with a space before its quote: the quotes may or may not be part of it."""
    for position, cell in enumerate(cells):
        bare = cell.strip()
        if cell[:1] == " " and bare[:1] == '"' and len(bare) > 1 and bare[-1] == '"':
            raise Unreadable("F024", cell[:80], bare[1:-1][:80], number, column_letter(position))


def _refuse_bare_quotes(text: str, delimiter: str, first: int) -> None:
    """Refuse quotes inside unquoted cells where other cells are quoted: one of a pair was lost."""
    ends = rf"{re.escape(delimiter)}\r\n"
    quoted = re.compile(rf'(?<![^{ends}])"(?:[^"]|"")*+"(?=[{ends}]|\Z)')
    bare, found = quoted.subn(lambda cell: "_" * len(cell.group()), text)
    if found and '"' in bare:
        before = text[: bare.index('"')]
        row = row_of(before) + first - 1
        raise Unreadable("F024", text[max(0, len(before) - 20) : len(before) + 20], '""', row)


def _refuse_lone_returns(text: str) -> None:
    """Refuse a carriage return alone, outside quotes, where other lines end in a line feed."""
    if "\r" not in text or text.count("\r") == text.count("\r\n"):
        return
    bare = _QUOTED.sub(lambda quoted: " " * len(quoted.group()), text).replace("\r\n", " \n")
    if "\r" in bare and "\n" in bare:
        before = bare[: bare.index("\r")]
        raise Unreadable("F024", "CR", "LF", before.count("\n") + 1)
