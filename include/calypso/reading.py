"""A reading is a submission in contract names: its columns, its rows, and what is wrong with its structure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from calypso import plain
from calypso.contracts import Contract, contracts, fold
from calypso.finding import Finding, column_letter
from calypso.registry import Administration, operation_of
from calypso.sheet import MAX_BYTES, Cell, Row, Unreadable, read_csv, read_xlsx
from calypso.submission import FileName, Submission
from calypso.table import Table

ECHO_PREFIX = "x_"  # a sender's own column: given back in findings, never loaded
HEADER_WITHIN = 20  # rows: titles may stand above the header
KNOWN_HEADERS = 3  # so many known names make a row the header


@dataclass(frozen=True)
class Columns:
    """Where each field stands in the file: 0-based positions by field, and by the sender's own columns."""

    fields: Mapping[str, int]
    echoes: Mapping[str, int]
    width: int


@dataclass(frozen=True)
class Reading:
    """What was read of one submission; `refused` where its structure cannot be trusted."""

    submission: Submission
    columns: Columns
    rows: Table
    findings: Sequence[Finding]
    refused: bool = False

    def cells(self, field: str) -> list[Cell]:
        """Return the cells of one field, one for each row, None where the file has no such column."""
        position = self.columns.fields.get(field)
        if position is None:
            return [None] * len(self.rows)
        return self.rows.cells(position)

    def echo(self, row: Row) -> dict[str, str]:
        """Return what the sender's own columns say in a row."""
        found = {name: _cell(row, position) for name, position in self.columns.echoes.items()}
        return {name: str(cell) for name, cell in found.items() if cell not in (None, "")}


NOTHING = Columns({}, {}, 0)
NO_ROWS = Table(0)


def read(submission: Submission, content: bytes | Path, administration: Administration) -> Reading:
    """Read `content` as the contract of the submission's dataset; never raises for what a sender can send.

    A large file is read faster, and in less memory, where its path is given.
    """
    try:
        name = _trusted_name(submission, administration)
        if submission.size > MAX_BYTES:
            raise Unreadable("F010", f"{submission.size} bytes", f"at most {MAX_BYTES} bytes")
        if isinstance(content, Path):
            with content.open("rb") as file:
                fast = _read_fast(submission, name, file, administration)
            if fast is not None:
                return fast
            content = content.read_bytes()
        if not content.strip():
            return _without_rows(submission, name)
        return _read_rows(submission, name, content, administration)
    except Unreadable as problem:
        finding = Finding(problem.rule, row=problem.row, given=problem.given, expected=problem.expected)
        return Reading(submission, NOTHING, NO_ROWS, (finding,), refused=True)


def _read_rows(submission: Submission, name: FileName, content: bytes, administration: Administration) -> Reading:
    """Read a file row by row."""
    contract = contracts()[name.dataset]
    rows = read_xlsx(content) if name.format == "xlsx" else read_csv(content, administration)
    header, findings = _header(rows, contract, administration, name)
    table = _table(header, contract)
    table.fill(_of_one_width(rows, name, header))
    return _concluded(submission, name, header, table, findings)


def _read_fast(
    submission: Submission, name: FileName, file: BinaryIO, administration: Administration
) -> Reading | None:
    """Read a large plain CSV in blocks; None where `_read_rows` must read it, and finds what is wrong."""
    head = plain.head(file, administration) if name.format == "csv" else None
    if head is None:
        return None
    try:
        contract = contracts()[name.dataset]
        above = 0

        def counted() -> Iterator[Row]:
            nonlocal above
            for row in read_csv(head, administration):
                above = row.number
                yield row

        header, findings = _header(counted(), contract, administration, name)
        table = _table(header, contract)
        for block, numbers in plain.blocks(file, head, administration, above, header.width):
            table.extend(block, numbers)
    except (plain.NotPlain, Unreadable):
        return None
    return _concluded(submission, name, header, table, findings)


def _table(columns: Columns, contract: Contract) -> Table:
    """Return an empty table for a body; a number is kept as it stands, for nearly every one is another."""
    fields = contract.fields.values()
    coded = [columns.fields[field.name] for field in fields if field.coded and field.name in columns.fields]
    return Table(columns.width, coded)


def _trusted_name(submission: Submission, administration: Administration) -> FileName:
    """Return what the file name says, or refuse it: a day or an administration is never guessed."""
    name = submission.name
    if name is None:
        raise Unreadable("F001", submission.file_name, f"{submission.administration}_YYYY-MM-DD_seizures.csv")
    if name.code != submission.administration:
        raise Unreadable("F002", name.code, submission.administration)
    if name.dataset not in contracts():
        raise Unreadable("F017", name.dataset, ", ".join(contracts()))
    if operation_of(name.code, name.day) is None:
        raise Unreadable("F003", str(name.day), "a day of an operation")
    today = submission.received_at.astimezone(ZoneInfo(administration.zone)).date()
    if name.day > today:
        raise Unreadable("F016", str(name.day), str(today))
    return name


def _without_rows(submission: Submission, name: FileName) -> Reading:
    if name.nil:
        return Reading(submission, NOTHING, NO_ROWS, ())
    raise Unreadable("F004", "0 bytes", name.format.upper())


def _header(
    rows: Iterator[Row], contract: Contract, administration: Administration, name: FileName
) -> tuple[Columns, list[Finding]]:
    """Find the header row and map its names to fields; raises Unreadable where it cannot be relied on."""
    first: Row | None = None
    for row in islice(rows, HEADER_WITHIN):
        first = first or row
        names = [fold(str(cell or "")) for cell in row.cells]
        if sum(name in contract.headers for name in names) >= KNOWN_HEADERS:
            return _columns(row, contract)
    if name.nil:
        return NOTHING, []
    given = str(first.cells[0])[:80] if first else ""
    if first is not None and name.format == "csv" and len(first.cells) == 1:
        raise Unreadable("F011", given, repr(administration.delimiter), first.number)
    raise Unreadable("F006", given, ", ".join(_required(contract)), first.number if first else None)


def _required(contract: Contract) -> list[str]:
    return [field.name for field in contract.fields.values() if field.required != "never"]


def _columns(row: Row, contract: Contract) -> tuple[Columns, list[Finding]]:
    fields: dict[str, int] = {}
    echoes: dict[str, int] = {}
    findings = []
    for position, cell in enumerate(row.cells):
        text = str(cell or "").strip()
        field = contract.headers.get(fold(text))
        if field is None and text.lower().startswith(ECHO_PREFIX):
            echoes[text] = position
        elif field is None and text:
            near = get_close_matches(fold(text), contract.headers, n=1)
            findings.append(
                Finding("F008", row.number, column_letter(position), given=text, expected=near[0] if near else None)
            )
        elif field in fields:
            raise Unreadable("F009", text, column_letter(fields[field]), row.number)
        elif field is not None:
            fields[field] = position
    missing = [name for name in _required(contract) if name not in fields]
    if missing:
        raise Unreadable("F006", "-", ", ".join(missing), row.number)
    return Columns(fields, echoes, len(row.cells)), findings


def _of_one_width(rows: Iterator[Row], name: FileName, columns: Columns) -> Iterator[Row]:
    """Yield the rows below the header; a CSV row of another width shifts its cells, so the file is refused."""
    for row in rows:
        surplus = [cell for cell in row.cells[columns.width :] if cell not in (None, "")]
        if surplus or (name.format == "csv" and len(row.cells) != columns.width):
            raise Unreadable("F007", str(len(row.cells)), str(columns.width), row.number)
        yield Row(row.number, row.cells[: columns.width])


def _concluded(
    submission: Submission, name: FileName, columns: Columns, body: Table, findings: list[Finding]
) -> Reading:
    """Return what was read, with what its having rows or none means."""
    if name.nil and body:
        raise Unreadable("F013", str(len(body)), "0", body[0].number)
    if not body and not name.nil:
        findings.append(Finding("F012", given=submission.file_name))
    return Reading(submission, columns, body, findings)


def _cell(row: Row, position: int) -> Cell:
    return row.cells[position] if position < len(row.cells) else None
