"""A transcript is what was read of a file, as one line of JSON: its header, its rows, and what was found."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calypso.answer import Contents
from calypso.finding import Finding, column_letter
from calypso.guard import guarded
from calypso.header import Columns
from calypso.reading import read
from calypso.registry import Administration, administrations
from calypso.sheet import Formula, Row, Unreadable, spelled
from calypso.sheet.limits import refuse_size
from calypso.submission import Submission, parse_name, submitted
from calypso.table import read_table
from calypso.terminal import as_json


@dataclasses.dataclass(frozen=True)
class Transcript:
    """What was read of one file; `header` is None where it was refused."""

    header: Sequence[str] | None
    rows: Sequence[Row]
    findings: Sequence[Finding]

    def json(self) -> str:
        """Return the transcript as one line of JSON; every cell is a text, the empty text where it is empty."""
        rows = [{"row": row.number, "cells": [spelled(cell) for cell in row.cells]} for row in self.rows]
        findings = [dataclasses.asdict(finding) for finding in self.findings]
        said: dict[str, Any] = {"header": self.header, "rows": rows, "findings": findings}
        return as_json(said)


def transcribe(path: Path, administration: str | None = None, any_table: bool = False) -> Transcript:
    """Read a file as a submission, or as any table; never raises for what a file can hold."""
    try:
        refuse_size(path.stat().st_size)
        content = path.read_bytes()
        known = administrations().get(administration) if administration else None
        if administration and known is None:
            raise Unreadable("F002", administration, ", ".join(administrations()))
        if any_table:
            return _told(guarded(content, lambda: _table(content, known), known))
        submission = _submission(path, content, administration)
        office = administrations()[submission.administration]
        return _told(guarded(content, lambda: _contents(submission, content, office), office))
    except OSError as error:
        return _refused(Unreadable("F004", error.strerror or type(error).__name__, "CSV, XLSX"))
    except Unreadable as problem:
        return _refused(problem)


def _refused(problem: Unreadable) -> Transcript:
    finding = Finding(problem.rule, problem.row, problem.column, given=problem.given, expected=problem.expected)
    return Transcript(None, (), (finding,))


def _told(contents: Contents) -> Transcript:
    width = contents.columns.width
    rows = [Row(row.number, [*row.cells, *[None] * (width - len(row.cells))]) for row in contents.rows]
    return Transcript(None if contents.refused else contents.columns.names, rows, contents.findings)


def _table(content: bytes, administration: Administration | None) -> Contents:
    table = read_table(content, administration)
    columns = Columns({}, {}, len(table.header), table.header)
    return Contents(columns, table.rows, [*table.findings, *_without_value(table.rows)])


def _submission(path: Path, content: bytes, administration: str | None) -> Submission:
    name = parse_name(path.name)
    code = administration or (name.code if name else None)
    if code is None:
        raise Unreadable("F001", path.name, "brb_YYYY-MM-DD_seizures.csv")
    if code not in administrations():
        raise Unreadable("F002", code, ", ".join(administrations()))
    return submitted(code, path.name, content, datetime.now(UTC))


def _contents(submission: Submission, content: bytes, administration: Administration) -> Contents:
    reading = read(submission, content, administration, packed=False)
    return Contents(reading.columns, reading.rows, reading.findings, reading.refused)


def _without_value(rows: Iterable[Row]) -> list[Finding]:
    """Return a finding (S014) for formulas without a stored value: what a workbook holds is not what it shows."""
    return [
        Finding("S014", row.number, column_letter(place), given=cell)
        for row in rows
        for place, cell in enumerate(row.cells)
        if isinstance(cell, Formula)
    ]


def paths(named: Iterable[str], lines: Iterable[str]) -> Iterator[Path]:
    """Yield the paths named on the command line; `-` stands for those on standard input, one a line."""
    for name in named:
        if name == "-":
            yield from (Path(line.rstrip("\n")) for line in lines if line.strip())
        else:
            yield Path(name)
