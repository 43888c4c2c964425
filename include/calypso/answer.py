"""The form in which a child process hands over what it has read: lines of JSON, which the parent checks one by one.

First the columns, then a line for each row and each finding, and a last line that says that nothing is missing; or, at
any point, a line with the reason why there is nothing. Nothing in it can run, and each part has the limits of a file.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from calypso.columnar import Columnar, cell, word
from calypso.finding import Finding
from calypso.header import Columns
from calypso.sheet import Row, Unreadable
from calypso.sheet.limits import MAX_CELL_LENGTH, MAX_COLUMNS, MAX_ROWS

MAX_ANSWER = 512 * 1024 * 1024  # bytes
MAX_LINE = MAX_COLUMNS * (MAX_CELL_LENGTH + 16)  # bytes: a row of the longest cells
_LONGEST = MAX_CELL_LENGTH + 64  # characters of a word
_RULE = re.compile(r"[FS][0-9]{3}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
_TEXTS = ("rule", "column", "field", "given", "expected", "case_ref")


class Malformed(Exception):
    """An answer that a reader of ours does not give."""


class ReaderFailed(RuntimeError):
    """A defect of the reader, found in a child process; the message names it."""


@dataclass(frozen=True)
class Contents:
    """What is read of one file: its columns, its rows, and what was found."""

    columns: Columns
    rows: Iterable[Row]
    findings: Sequence[Finding]
    refused: bool = False


Kept = Callable[[Columns, Iterator[Row]], Columnar]  # how rows are kept that come one by one


def tell(read: Callable[[], Contents], file: BinaryIO, opened: Sequence[str]) -> None:
    """Write what `read` returns, or why it returns nothing; what it tried to open is a defect, whatever it returns."""
    try:
        for line in _lines(read()):
            file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        last: dict[str, Any] = {"end": True}
    except Unreadable as problem:
        given, expected = problem.given[:_LONGEST], problem.expected[:_LONGEST]
        last = {"unreadable": [problem.rule, given, expected, problem.row, problem.column]}
    except MemoryError:
        raise
    except Exception as problem:
        last = {"defect": [type(problem).__name__, f"{problem} ({_place(problem)})"[:1000]]}
    if opened:
        last = {"defect": ["LateOpen", f"the reader asks for what a confined process cannot have: {opened[0]}"]}
    file.write(json.dumps(last).encode("utf-8", "surrogatepass") + b"\n")


def _lines(contents: Contents) -> Iterator[Any]:
    yield {"columns": dataclasses.asdict(contents.columns), "refused": contents.refused}
    for row in contents.rows:
        yield [row.number, *map(word, row.cells)]
    for finding in contents.findings:
        texts = {name: getattr(finding, name) for name in _TEXTS}
        cut = {name: text[:_LONGEST] for name, text in texts.items() if text is not None}
        yield {"finding": {**cut, "row": finding.row, "echo": dict(finding.echo)}}


def _place(problem: BaseException) -> str:
    trace = problem.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}, line {trace.tb_lineno}" if trace else "nowhere"


def take(lines: Iterator[bytes], keep: Kept) -> Contents:
    """Return what a child tells, its rows kept by `keep` as they come.

    Raises the Unreadable that it tells, ReaderFailed for a defect that it tells, and Malformed for anything else.
    """
    first = _object(_next(lines))
    _refuse(first)
    columns, refused = _columns(first.get("columns")), first.get("refused")
    if not isinstance(refused, bool):
        raise Malformed
    last: list[Mapping[str, Any]] = []
    rows = keep(columns, _rows(lines, columns.width, last))
    findings = list(_findings(lines, last))
    return Contents(columns, rows, findings, refused)


def _rows(lines: Iterator[bytes], width: int, last: list[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield rows up to the first line of another kind, which is put into `last`."""
    before = 0
    while True:
        line = _parsed(_next(lines))
        if not isinstance(line, list):
            last.append(_object(line))
            return
        number, *words = line or [None]
        if type(number) is not int or not before < number <= MAX_ROWS or len(words) > width:
            raise Malformed
        before = number
        for each in words:
            if each is not None and (type(each) is not str or len(each) > _LONGEST):
                raise Malformed
        try:
            yield Row(number, [cell(each) for each in words])
        except (LookupError, ValueError) as error:
            raise Malformed from error


def _findings(lines: Iterator[bytes], last: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield the findings, of which one was read already, up to the line that ends the answer."""
    [line] = last
    count = 0
    while "finding" in line:
        count += 1
        if count > MAX_ROWS:
            raise Malformed
        yield _finding(line["finding"])
        line = _object(_next(lines))
    _refuse(line)
    if line != {"end": True}:
        raise Malformed


def _next(lines: Iterator[bytes]) -> bytes:
    line = next(lines, None)
    if line is None:
        raise Malformed  # it ends before its end
    return line


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Malformed from error


def _object(line: Any) -> Mapping[str, Any]:
    found = _parsed(line) if isinstance(line, bytes) else line
    if not isinstance(found, dict):
        raise Malformed
    return found


def _refuse(line: Mapping[str, Any]) -> None:
    """Raise what a line tells instead of contents."""
    if "unreadable" in line:
        rule, given, expected, row, column = _list(line["unreadable"], 5)
        found = _finding({"rule": rule, "given": given, "expected": expected, "row": row, "column": column})
        raise Unreadable(found.rule, found.given or "", found.expected or "", found.row, found.column)
    if "defect" in line:
        name, text = _list(line["defect"], 2)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(text, str):
            raise Malformed
        shown = "".join(letter if letter.isprintable() else " " for letter in text[:1000])
        raise ReaderFailed(f"The reader has failed: {name}: {shown}")


def _list(value: Any, length: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) != length:
        raise Malformed
    return value


def _columns(told: Any) -> Columns:
    if not isinstance(told, dict) or set(told) != {"fields", "echoes", "width", "names"}:
        raise Malformed
    width, names = told["width"], told["names"]
    if type(width) is not int or not 0 <= width <= MAX_COLUMNS or not _are_texts(names) or len(names) > width:
        raise Malformed
    for positions in (told["fields"], told["echoes"]):
        if not isinstance(positions, dict) or not _are_texts(list(positions)):
            raise Malformed
        if not all(type(position) is int and 0 <= position < width for position in positions.values()):
            raise Malformed
    return Columns(told["fields"], told["echoes"], width, tuple(names))


def _finding(told: Any) -> Finding:
    if not isinstance(told, dict) or not set(told) <= {*_TEXTS, "row", "echo"}:
        raise Malformed
    row, echo = told.get("row"), told.get("echo", {})
    if not isinstance(told.get("rule"), str) or not _RULE.fullmatch(told["rule"]):
        raise Malformed
    if not _are_texts([told[name] for name in _TEXTS if told.get(name) is not None]):
        raise Malformed
    if row is not None and (type(row) is not int or not 0 < row < 2**63):
        raise Malformed
    if not isinstance(echo, dict) or len(echo) > MAX_COLUMNS or not _are_texts([*echo, *echo.values()]):
        raise Malformed
    return Finding(**told)


def _are_texts(found: Any) -> bool:
    return isinstance(found, list) and all(type(text) is str and len(text) <= _LONGEST for text in found)
