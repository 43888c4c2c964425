"""A header is the row that names the columns: it is found by names of the contract, in any order and spelling."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

from calypso.contracts import Contract, fold
from calypso.finding import Finding, column_letter
from calypso.sheet import Page, Row, Unreadable, spelled
from calypso.sheet.workbook import only_page
from calypso.totals import spoken

ECHO_PREFIX = "x_"  # a sender's own column: given back in findings, never loaded
HEADER_WITHIN = 20  # rows: titles may stand above the header
KNOWN_HEADERS = 3  # so many known names make a row the header


@dataclass(frozen=True)
class Columns:
    """Where each field stands in the file: 0-based positions by field, and by the sender's own columns."""

    fields: Mapping[str, int]
    echoes: Mapping[str, int]
    width: int
    names: Sequence[str] = dataclasses.field(default=())  # as they stand in the file


NOTHING = Columns({}, {}, 0)


def find(rows: Iterator[Row], contract: Contract) -> tuple[Row | None, list[Row]]:
    """Return the header row, None where there is none, and what stands above it; takes both from `rows`."""
    above: list[Row] = []
    enough = min(KNOWN_HEADERS, len(required(contract)))
    for row in islice(rows, HEADER_WITHIN):
        if sum(fold(spelled(cell)) in contract.headers for cell in row.cells) >= enough:
            return row, above
        above.append(row)
    return None, above


def titles(above: Sequence[Row]) -> list[Finding]:
    """Return what to tell of the rows above a header: they are read by nobody, and may have been meant as data."""
    if not above:
        return []
    return [Finding("F026", row=above[0].number, given=" / ".join(map(spoken, above))[:200])]


def page_with_header(pages: Sequence[Page], contract: Contract) -> Page | None:
    """Return the page to read: the only visible one that is filled, or the only one of them with a header."""
    filled = [page for page in pages if page.rows and page.state == "visible"]
    headed = [page for page in filled if find(iter(page.rows), contract)[0] is not None]
    return headed[0] if len(headed) == 1 else only_page(pages)


def required(contract: Contract) -> list[str]:
    """Return the fields whose columns no file may leave out."""
    return [field.name for field in contract.fields.values() if field.required != "never"]


def columns(row: Row, contract: Contract) -> tuple[Columns, list[Finding]]:
    """Map the names in a header row to fields; raises Unreadable for a name that stands twice or is missing."""
    fields: dict[str, int] = {}
    echoes: dict[str, int] = {}
    findings = []
    for position, cell in enumerate(row.cells):
        text = spelled(cell).strip()
        field = contract.headers.get(fold(text))
        own = text.lower() if field is None and text.lower().startswith(ECHO_PREFIX) else None
        twin = fields.get(field) if field else next((echoes[name] for name in echoes if name.lower() == own), None)
        if twin is not None:
            raise Unreadable("F009", text, column_letter(twin), row.number, column_letter(position))
        if field is not None:
            fields[field] = position
        elif own is not None:
            echoes[text] = position
        elif text:
            near = get_close_matches(fold(text), contract.headers, n=1)
            findings.append(
                Finding("F008", row.number, column_letter(position), given=text, expected=near[0] if near else None)
            )
    missing = [name for name in required(contract) if name not in fields]
    if missing:
        raise Unreadable("F006", "-", ", ".join(missing), row.number)
    return Columns(fields, echoes, len(row.cells), tuple(map(spelled, row.cells))), findings


def unnamed(columns: Columns, rows: Iterable[Row]) -> list[Finding]:
    """Return a finding (F008) at the first value in each column that has no name and is therefore not read."""
    waiting = {position for position, name in enumerate(columns.names) if not name.strip()}
    findings = []
    for row in rows:
        if not waiting:
            break
        for position in sorted(waiting & set(range(len(row.cells)))):
            if row.cells[position] not in (None, ""):
                waiting.discard(position)
                given = spelled(row.cells[position])[:80]
                findings.append(Finding("F008", row.number, column_letter(position), given=given))
    return findings
