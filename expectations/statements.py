"""Statements are small files about reports: an excuse for a day, the acceptance of warnings, or stated totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from calypso import values
from calypso.contracts import Contract, contract_for
from calypso.finding import Finding, column_letter
from calypso.history import Archive
from calypso.reading import Reading
from calypso.registry import administrations
from calypso.submission import FileName
from expectations import totals
from expectations.rules import rule_book

if TYPE_CHECKING:
    import polars as pl

    from expectations.totals import Slip

PURPOSES = ("excused", "ack", "totals")
LONGEST_HOLD = 366  # days after the reporting day: a later expiry is a slip of the keyboard
EXAMPLES = {"expires_on": "2024-11-12", "rule_code": "S020", "finding_row": "2", **totals.EXAMPLES}
FIRST = {"excused": "reason", "ack": "rule_code", "totals": "quantity"}  # what a statement says first


def made_by(reading: Reading) -> bool:
    """Tell whether a reading is a statement and not a report."""
    name = reading.submission.name
    return name is not None and name.purpose in PURPOSES and not reading.submission.duplicate_of


def name_report(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    """Return the rows of a statement with whose they are and which report they are about; other rows as they are."""
    import polars as pl

    name = reading.submission.name
    if name is None or not made_by(reading):
        return frame
    return frame.with_columns(
        administration_code=pl.lit(reading.submission.administration),
        dataset=pl.lit(name.dataset),
        reporting_day=pl.lit(name.day),
        version=name.version,
    )


def findings(reading: Reading, archive: Archive | None = None) -> Sequence[Finding]:
    """Judge a statement: a slip is critical, so that a row is noted as a whole or not at all.

    The archive tells what stands, with which the totals of rows without a slip are compared.
    """
    name = reading.submission.name
    if reading.refused or name is None:
        return ()
    if not reading.rows:
        return (Finding("F032", field=FIRST[name.purpose], expected="1"),)
    office, contract = administrations()[reading.submission.administration], contract_for(name)
    records = values.frame(reading, contract, office).to_dict("records")
    slips = [[*_slips(place, record, name, contract)] for place, record in enumerate(records)]
    if name.purpose == "totals":
        held = archive.holdings(reading.submission) if archive else None
        sound = [place for place, found in enumerate(slips) if not found]
        for place, told in zip(sound, totals.compared([records[each] for each in sound], held), strict=True):
            slips[place] += told
    return [_finding(reading, place, records[place], *slip) for place, found in enumerate(slips) for slip in found]


def _slips(place: int, record: dict[str, Any], name: FileName, contract: Contract) -> Iterator[Slip]:
    for field in contract.fields.values():
        given, value = record[f"{field.name}_given"], record[field.name]
        if (given is None and field.required == "always") or (given is not None and value is None):
            yield "F032", field.name, EXAMPLES.get(field.name)
        elif field.type == "text" and given is not None and len(given) > field.max_length:
            yield "F032", field.name, f"<= {field.max_length}"
    expires: date | None = record.get("expires_on")
    if expires is not None and not 0 <= (expires - name.day).days <= LONGEST_HOLD:
        yield "F032", "expires_on", f"{name.day} - {name.day + timedelta(LONGEST_HOLD)}"
    if name.purpose == "ack":
        yield from _slips_of_warning(record)
    elif name.purpose == "totals":
        yield from totals.slips(record, contract)
    elif place > 0:
        yield "F032", "reason", "1"


def _slips_of_warning(record: dict[str, Any]) -> Iterator[Slip]:
    """Yield what keeps an acceptance from naming one warning: its rule, and its row or case if it is about one."""
    given = str(record["rule_code"] or "")
    code = given.upper() if given.isascii() else given  # in upper case a long s is an S
    rule = rule_book().rules.get(code)
    if rule is None or rule.severity != "warning":
        yield "F033", "rule_code", EXAMPLES["rule_code"]
    elif code.startswith("S") and record["finding_row_given"] is None and record["case_ref"] is None:
        yield "F032", "finding_row", EXAMPLES["finding_row"]


def _finding(
    reading: Reading, place: int, record: dict[str, Any], rule: str, field: str, expected: str | None
) -> Finding:
    position = reading.columns.fields.get(field)
    return Finding(
        rule=rule,
        row=reading.rows[place].number,
        column=None if position is None else column_letter(position),
        field=field,
        given=record[f"{field}_given"],
        expected=expected,
        case_ref=record.get("case_ref"),
        echo=reading.echo(reading.rows[place]),
    )
