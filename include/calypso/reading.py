"""A reading is a submission in contract names: its columns, its rows, and what is wrong with its structure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from calypso import plain, totals
from calypso.ahead import ahead
from calypso.columnar import Columnar
from calypso.contracts import Contract, contract_for, contracts
from calypso.finding import Finding
from calypso.header import NOTHING, Columns, columns, find, page_with_header, required, titles, unnamed
from calypso.registry import Administration, operation_of
from calypso.sheet import ASIDE, MAX_BYTES, Cell, Row, Unreadable, pages, read_csv, spelled
from calypso.sheet.workbook import unread
from calypso.submission import FileName, Submission


@dataclass(frozen=True)
class Reading:
    """What was read of one submission; `refused` where its structure cannot be trusted."""

    submission: Submission
    columns: Columns
    rows: Columnar
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


NO_ROWS = Columnar(0)


def read(submission: Submission, content: bytes | Path, administration: Administration, packed: bool = True) -> Reading:
    """Read `content` as the contract of the submission's dataset; never raises for what a sender can send.

    A large file is read faster, and in less memory, where its path is given. A child process leaves it to its parent
    to pack the rows by column.
    """
    try:
        name = _trusted_name(submission, administration)
        if submission.size > MAX_BYTES or not submission.is_fetched:
            raise Unreadable("F010", f"{submission.size} bytes", f"at most {MAX_BYTES} bytes")
        if isinstance(content, Path):
            with content.open("rb") as file:
                fast = _read_fast(submission, name, file, administration)
            if fast is not None:
                return fast
            content = content.read_bytes()
        if not content or content.isspace():
            return _without_rows(submission, name)
        return _read_rows(submission, name, content, administration, packed)
    except Unreadable as problem:
        return refused(submission, problem)


def refused(submission: Submission, problem: Unreadable) -> Reading:
    """Return the reading of a file of which nothing can be relied on."""
    finding = Finding(problem.rule, problem.row, problem.column, given=problem.given, expected=problem.expected)
    return Reading(submission, NOTHING, NO_ROWS, (finding,), refused=True)


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
    # A clock that has stepped back makes no day a future one that had begun when earlier files came.
    today = submission.order.astimezone(ZoneInfo(administration.zone)).date()
    if name.day > today and name.purpose not in ("test", "excused"):  # these may speak of a day that is yet to come
        raise Unreadable("F016", str(name.day), str(today))
    return name


def _without_rows(submission: Submission, name: FileName) -> Reading:
    if name.nil:
        return Reading(submission, NOTHING, NO_ROWS, ())
    raise Unreadable("F004", "0 bytes", name.format.upper())


def _read_rows(
    submission: Submission, name: FileName, content: bytes, administration: Administration, packed: bool
) -> Reading:
    """Read a file row by row; totals below the table are told and left out."""
    contract = contract_for(name)
    rows, told = _rows(content, contract, administration, name)
    header, findings = _header(rows, contract, administration, name)
    table, sums = empty_table(header, contract), list[Row]()
    body = _of_one_width(totals.apart(rows, sums), name, header)
    (table.fill if packed else table.hold)(body)
    return _concluded(submission, name, header, table, [*told, *findings], sums)


def _read_fast(
    submission: Submission, name: FileName, file: BinaryIO, administration: Administration
) -> Reading | None:
    """Read a large plain CSV in blocks; None where `_read_rows` must read it, and finds what is to be told."""
    head = plain.head(file, administration) if name.format == "csv" and not name.nil else None
    if head is None:
        return None
    try:
        contract = contract_for(name)
        above = 0

        def counted() -> Iterator[Row]:
            nonlocal above
            for row in read_csv(head, administration):
                above = row.number
                yield row

        header, findings = _header(counted(), contract, administration, name)
        table = empty_table(header, contract)
        for block, numbers in ahead(plain.blocks(file, head, administration, above, header.width)):
            table.extend(block, numbers)
    except (plain.NotPlain, Unreadable):
        return None
    if table and totals.is_total(table[-1].cells):
        return None
    return _concluded(submission, name, header, table, findings, [])


def empty_table(columns: Columns, contract: Contract) -> Columnar:
    """Return an empty table for a body; a number is kept as it stands, for nearly every one is another."""
    fields = contract.fields.values()
    coded = [columns.fields[field.name] for field in fields if field.coded and field.name in columns.fields]
    return Columnar(columns.width, coded)


def _rows(
    content: bytes, contract: Contract, administration: Administration, name: FileName
) -> tuple[Iterator[Row], list[Finding]]:
    """Return the rows of the file, and what was found before any of them is understood."""
    if name.format == "csv":
        return read_csv(content, administration), []
    read = [page for page in pages(content) if not page.title.startswith(ASIDE)]
    page = page_with_header(read, contract)
    return iter(page.rows if page else ()), [*unread(page, read), *(page.findings if page else ())]


def _header(
    rows: Iterator[Row], contract: Contract, administration: Administration, name: FileName
) -> tuple[Columns, list[Finding]]:
    """Find the header row and map its names to fields; raises Unreadable where it cannot be relied on."""
    row, above = find(rows, contract)
    if row is not None:
        found, findings = columns(row, contract)
        return found, [*titles(above), *findings]
    if name.nil:
        return NOTHING, []
    first = above[0] if above else None
    given = spelled(first.cells[0])[:80] if first else ""
    if first is not None and name.format == "csv" and len(first.cells) == 1:
        raise Unreadable("F011", given, repr(administration.delimiter), first.number)
    raise Unreadable("F006", given, ", ".join(required(contract)), first.number if first else None)


def _of_one_width(rows: Iterator[Row], name: FileName, columns: Columns) -> Iterator[Row]:
    """Yield the rows below the header; a CSV row of another width shifts its cells, so the file is refused."""
    for row in rows:
        surplus = [cell for cell in row.cells[columns.width :] if cell not in (None, "")]
        if surplus or (name.format == "csv" and len(row.cells) != columns.width):
            deque(rows, maxlen=0)  # what is wrong with the bytes further below is the better answer
            raise Unreadable("F007", str(len(row.cells)), str(columns.width), row.number)
        yield Row(row.number, row.cells[: columns.width])


def _concluded(
    submission: Submission,
    name: FileName,
    columns: Columns,
    body: Columnar,
    findings: list[Finding],
    sums: Sequence[Row],
) -> Reading:
    """Return what was read, with what its having rows or none means."""
    if name.nil and body:
        raise Unreadable("F013", str(len(body)), "0", next(iter(body)).number)
    if not body and not name.nil and name.purpose in ("report", "test"):
        findings.append(Finding("F012", given=submission.file_name))
    return Reading(submission, columns, body, [*findings, *unnamed(columns, body), *totals.told(sums)])


def _cell(row: Row, position: int) -> Cell:
    return row.cells[position] if position < len(row.cells) else None
