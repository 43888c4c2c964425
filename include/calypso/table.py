"""A table is the header and the rows of any file, whatever it is about; what can be read two ways is refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import median_low

from calypso import totals
from calypso.finding import Finding
from calypso.header import titles
from calypso.registry import Administration
from calypso.sheet import Cell, Row, Unreadable, decode, spelled
from calypso.sheet.archive import is_workbook
from calypso.sheet.delimited import DELIMITERS, rows_of, said_delimiter
from calypso.sheet.encoding import Text, find
from calypso.sheet.limits import refuse_size
from calypso.sheet.workbook import only_page, pages, unread

TITLES_WITHIN = 20  # rows that may stand above the header
_RARE_DELIMITERS = (":", "^", "~", "\x01", "\x1e", "\x1f", "\xa6")
_NUMERIC = re.compile(r"[\s\d.,:/+%-]*\d[\s\d.,:/+%-]*")


@dataclass(frozen=True)
class Table:
    """A header, the rows below it, each as wide as the header, and what was found."""

    header: tuple[str, ...]
    rows: Sequence[Row]
    findings: Sequence[Finding]
    titles: int = 0  # rows above the header


def read_table(content: bytes, administration: Administration | None = None) -> Table:
    """Read any CSV or workbook; raises Unreadable where it cannot be read in one way only.

    Without an administration, whose declaration would say, a CSV's encoding and delimiter are found.
    """
    refuse_size(len(content))
    if is_workbook(content):
        return _of_workbook(content)
    if not content.strip():
        raise Unreadable("F004", "0 bytes", "CSV, XLSX")
    text, findings = Text(decode(content, administration.encoding)) if administration else find(content)
    said = said_delimiter(text) or (administration.delimiter if administration else None)
    table = _fitted(list(rows_of(text, said))) if said else _found(text)
    if said:
        _refuse_other_delimiter(table, text, said)
    if all(len(name) > 1 and name[0] == name[-1] == "'" for name in table.header):
        raise Unreadable("F024", " ".join(table.header)[:80], '"')
    return Table(table.header, table.rows, [*findings, *table.findings], table.titles)


def _of_workbook(content: bytes) -> Table:
    read = pages(content)
    page = only_page(read)
    if page is None:
        raise Unreadable("F006", "0", "1")
    width = max(len(row.cells) for row in page.rows)
    rows = [Row(row.number, [*row.cells, *[None] * (width - len(row.cells))]) for row in page.rows]
    table = _fitted(rows)
    return Table(table.header, table.rows, [*unread(page, read), *page.findings, *table.findings], table.titles)


def _found(text: str) -> Table:
    """Return the table under the only delimiter that makes one: every row with the same number of cells."""
    tried = {delimiter: _try(text, delimiter) for delimiter in DELIMITERS if delimiter in text}
    tables = {delimiter: table for delimiter, table in tried.items() if isinstance(table, Table)}
    wide = {delimiter: table for delimiter, table in tables.items() if len(table.header) > 1}
    if wide:
        fewest = min(table.titles for table in wide.values())  # a header taken for a title means another delimiter
        best = [delimiter for delimiter, table in wide.items() if table.titles == fewest]
        if len(best) > 1 or _rival(wide[best[0]], best[0], tried):
            raise Unreadable("F024", " ".join(map(repr, wide)), "1")
        return wide[best[0]]
    if len(tables) == len(tried):  # no delimiter stands outside quotes: one column
        return _one_column(next(iter(tables.values())) if tables else _fitted(list(rows_of(text, ","))))
    problems = [problem for problem in tried.values() if isinstance(problem, Unreadable)]
    raise next((problem for problem in problems if problem.rule != "F007"), problems[0])


def _one_column(table: Table) -> Table:
    """Return a table of one column; refuse it where a rarer delimiter stands in every row."""
    lines = [*table.header, *(spelled(row.cells[0]) for row in table.rows)]
    for mark in _RARE_DELIMITERS:
        counts = {line.count(mark) for line in lines}
        if len(lines) > 1 and len(counts) == 1 and counts != {0}:
            raise Unreadable("F024", repr(mark), " ".join(map(repr, DELIMITERS)))
    return table


def _refuse_other_delimiter(table: Table, text: str, said: str) -> None:
    """Refuse a table whose header holds another delimiter that makes a better table than the declared one."""
    for other in DELIMITERS:
        if other != said and any(other in name for name in table.header):
            better = _try(text, other)
            if isinstance(better, Table) and better.titles <= table.titles and len(better.header) > len(table.header):
                raise Unreadable("F011", " ".join(table.header)[:80], repr(said))


def _try(text: str, delimiter: str) -> Table | Unreadable:
    try:
        return _fitted(list(rows_of(text, delimiter)))
    except Unreadable as problem:
        return problem


def _rival(table: Table, delimiter: str, tried: dict[str, Table | Unreadable]) -> bool:
    """Tell whether another delimiter stands in the header: then this table may be a torn one under that."""
    others = [other for other, result in tried.items() if other != delimiter and isinstance(result, Unreadable)]
    return any(other in name for name in table.header for other in others)


def _fitted(rows: list[Row]) -> Table:
    """Return the table that rows make: titles, a header, rows of one width, totals."""
    if not rows:
        raise Unreadable("F006", "0", "1")
    count = totals.below(rows[1:])
    body, sums = rows[: len(rows) - count], rows[len(rows) - count :]
    width = _width(body)
    above = _titles(body, width)
    for row in [*body[above:], *(row for row in sums if len(row.cells) > width)]:
        if len(row.cells) != width:
            raise Unreadable("F007", str(len(row.cells)), str(width), row.number)
    used = max((_reach(row.cells) for row in [*body[above:], *sums]), default=0)
    header = tuple(spelled(cell) for cell in body[above].cells[:used])
    told = [*titles(body[:above]), *totals.told(sums)]
    kept = [Row(row.number, list(row.cells[:used])) for row in body[above + 1 :]]
    return Table(header, kept, told, above)


def _width(rows: Sequence[Row]) -> int:
    """Return the number of cells that most rows have."""
    counted = Counter(len(row.cells) for row in rows)
    return max(counted, key=lambda width: (counted[width], width))


def _titles(rows: Sequence[Row], width: int) -> int:
    """Return how many rows above the header hold titles: narrow, or sparse beside the rows that follow."""
    above = 0
    while above < len(rows) - 1 and _is_title(rows[above], rows[above + 1 :], width):
        above += 1
    if above > TITLES_WITHIN or (above and not _wordy(rows[above].cells)):
        raise Unreadable("F024", totals.spoken(rows[0]), "1", rows[above].number)
    if not above and (_stands_apart(rows) or _is_lone(rows)):
        raise Unreadable("F024", totals.spoken(rows[0]), "1", rows[0].number)
    return above


def _is_title(row: Row, following: Sequence[Row], width: int) -> bool:
    if width < 2 or len(row.cells) > width:
        return False
    filled = _filled(row.cells)
    usual = median_low(sorted(_filled(next_row.cells) for next_row in islice(following, TITLES_WITHIN)))
    if filled == 1 and usual == 2:
        return bool(row.cells[0]) and _wordy(following[0].cells)
    below = following[0].cells
    if len(row.cells) < width >= 4 and _filled(below) == len(below) == width and _wordy(below):
        usual += 2  # a whole header below leaves a narrow row of two cells nothing to be but a title with a comma
    return filled <= 2 and filled * 2 < usual


def _stands_apart(rows: Sequence[Row]) -> bool:
    """Tell whether the first row may be a title as wide as the table: a blank line and a header come after it."""
    if len(rows) < 2 or rows[1].number == rows[0].number + 1:
        return False
    if len(rows[0].cells) == 1:
        return True
    later = rows[2:TITLES_WITHIN]
    return _wordy(rows[1].cells) and (not later or any(not _wordy(row.cells) for row in later))


def _is_lone(rows: Sequence[Row]) -> bool:
    """Tell whether the first row names the first of two columns only: a title, or a header with a gap."""
    usual = [_filled(row.cells) for row in rows[1:TITLES_WITHIN]]
    return len(usual) > 0 and bool(rows[0].cells[0]) and _filled(rows[0].cells) == 1 and median_low(usual) == 2


def _wordy(cells: Iterable[Cell]) -> bool:
    """Tell whether every filled cell is a text that is no number and no date, as in a header."""
    filled = [cell for cell in cells if cell not in (None, "")]
    return all(isinstance(cell, str) and not _NUMERIC.fullmatch(cell) for cell in filled)


def _filled(cells: Iterable[Cell]) -> int:
    return sum(cell is not None and cell != "" for cell in cells)


def _reach(cells: Sequence[Cell]) -> int:
    """Return the number of cells up to the last that is filled."""
    return next((place for place in range(len(cells), 0, -1) if cells[place - 1] not in (None, "")), 0)
