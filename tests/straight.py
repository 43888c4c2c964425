"""The straight way to judge, slow and plain: every cell and every row before every check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import pandas

from calypso import values
from calypso.contracts import Contract, FieldOfContract, contracts, fold
from calypso.countries import retired
from calypso.finding import Finding, column_letter
from calypso.reading import Reading
from calypso.registry import administrations, operations
from calypso.sheet import Row
from expectations import seizures, trial
from expectations.cells import reading_rule
from expectations.check import Check
from expectations.context import CASE_FIELDS, FIREARM_DETAILS, WHOLE
from expectations.findings import SPOILED
from expectations.rules import rule_book

WHERE = ("place", "conveyance", "consignment_ref")
SIGHTED = (*("event_date", "event_time"), *WHERE, *("category", "sub_type", "quantity", "unit", "currency"))
SIGHTED += ("serial_number",)
HS_CODE = r"\d{4}([. ]?\d{2})?([. ]?\d{2})?([. ]?\d{2})?"


def findings(readings: Sequence[Reading]) -> list[list[Finding]]:
    """Return the findings of each reading, in the order of the file."""
    contract = contracts()["seizures"]
    with_rows = [reading for reading in readings if reading.rows]
    frames = [
        values.frame(reading, contract, administrations()[reading.submission.administration]) for reading in with_rows
    ]
    whole = pandas.concat(frames, ignore_index=True)
    add(whole, with_rows, contract)
    found = _findings(whole, {reading.submission.submission_id: reading for reading in with_rows})
    return [[*reading.findings, *_in_order(found.get(reading.submission.submission_id, []))] for reading in readings]


def _findings(frame: pandas.DataFrame, readings: Mapping[str, Reading]) -> dict[str, list[Finding]]:
    """Run the suites over the frame and point out every cell that breaks a rule, by submission."""
    every = cells(frame, contracts()["seizures"])
    rows = {key: {row.number: row for row in reading.rows} for key, reading in readings.items()}
    records = frame.to_dict("records")
    found: dict[str, list[Finding]] = defaultdict(list)
    spoiled: set[tuple[int, str]] = set()
    broken = chain(
        ((check, every.loc[index].to_dict()) for check, index in _broken(every, seizures.cell_checks())),
        ((check, {**records[index], "field": check.field}) for check, index in _broken(frame, seizures.row_checks())),
    )
    for check, place in broken:
        if (cell := (place["_row"], place["field"])) in spoiled:
            continue
        if check.rule == SPOILED:
            spoiled.add(cell)
        record = records[place["_row"]]
        reading = readings[record["submission_id"]]
        row = rows[record["submission_id"]][record["row_number"]]
        expected = check.expected(place) if callable(check.expected) else check.expected
        found[record["submission_id"]].append(_finding(check.rule, place["field"], expected, record, reading, row))
    return found


def _finding(
    rule: str, field: str, expected: str | None, record: Mapping[str, Any], reading: Reading, row: Row
) -> Finding:
    position = reading.columns.fields.get(field)
    return Finding(
        rule=rule,
        row=row.number,
        column=None if position is None else column_letter(position),
        field=field,
        given=record[f"{field}_given"],
        expected=expected,
        case_ref=record["case_ref"],
        echo=reading.echo(row),
    )


def _broken(frame: pandas.DataFrame, checks: Sequence[Check]) -> Iterator[tuple[Check, int]]:
    """Yield each check with the position of each row of `frame` that breaks it."""
    for check, positions in zip(checks, trial.unexpected(frame, checks), strict=True):
        for position in positions:
            yield check, position


def _in_order(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda found: (found.row or 0, len(found.column or ""), found.column or "", found.rule))


def cells(frame: pandas.DataFrame, contract: Contract) -> pandas.DataFrame:
    """Return every filled cell of `frame` as a row of its own.

    Columns: _row (position in the frame), administration_code, field, given, value, the reading rule the
    cell stands under, and for texts their length and its limit.
    """
    import pandas

    parts = []
    for field in contract.fields.values():
        filled = frame.loc[frame[f"{field.name}_given"].notna()]
        given = filled[f"{field.name}_given"]
        part = pandas.DataFrame(
            {
                "_row": filled["_row"],
                "administration_code": filled["administration_code"],
                "field": field.name,
                "given": given,
                "value": filled[field.name],
                "rule": [_reading_rule(field, word) for word in given],
                "length": given.str.len() if field.type == "text" else None,
                "limit": field.max_length if field.type == "text" else None,
            },
            dtype=object,
        )
        parts.append(part)
    return pandas.concat(parts, ignore_index=True)


def _reading_rule(field: FieldOfContract, given: str) -> str | None:
    gone = field.type == "country" and fold(given) in retired()
    return ("S054" if field.name == "territory" else "S053") if gone else reading_rule(field)


def add(frame: pandas.DataFrame, readings: Sequence[Reading], contract: Contract) -> None:
    """Add to a frame of one or more readings, in place, the columns that checks on rows look at."""
    submissions = {reading.submission.submission_id: reading.submission for reading in readings}
    days = {key: submission.name.day for key, submission in submissions.items() if submission.name}
    starts = {key: operations()[submission.operation or ""].starts_on for key, submission in submissions.items()}
    frame["_row"] = range(len(frame))
    frame["_reporting_day"] = [days[key] for key in frame["submission_id"]]
    frame["_operation_start"] = [starts[key] for key in frame["submission_id"]]
    items = [f"{field.name}_given" for field in contract.fields.values() if field.of_item]
    goods = frame[items].notna().any(axis=1) & (frame["action"] != "cancel")
    frame["_goods"] = goods.astype(object)
    frame["_item"] = frame["item_no"].where(frame["item_no"].notna(), 1).where(goods, None)
    frame["_firearm_details"] = frame[list(FIREARM_DETAILS)].bfill(axis=1).iloc[:, 0]
    kind = frame["sub_type"].where(frame["sub_type"].notna(), frame["category"])
    frame["_measured"] = _joined(kind, frame["unit"])
    frame["_family"] = _joined(frame["sub_type"], frame["category"])
    office = frame["administration_code"]
    frame["_home_territory"] = _joined(office, frame["territory"])
    for direction in ("import", "export", "transit", "internal"):
        for field in ("departure_country", "destination_country"):
            there = frame[field].where(frame["direction"] == direction, None)
            frame[f"_{direction}_{field}"] = _joined(office, there)
    is_place = frame["unlocode"].str.fullmatch("[A-Za-z]{2} ?[A-Za-z0-9]{3}").eq(True)
    frame["_home_unlocode"] = _joined(office, frame["unlocode"].str[:2].str.upper().where(is_place, None))
    headed = [name for name, entry in contract.codes["category"].items() if entry.headings]
    is_headed = frame["category"].isin(headed) & frame["hs_code"].str.fullmatch(HS_CODE).eq(True)
    frame["_heading"] = _joined(frame["category"], frame["hs_code"].str[:4].where(is_headed, None))
    _add_measures(frame, contract)
    for name in ("_case_known", "_new_on", "_usual_before", "_alike_before"):
        frame[name] = None  # no archive tells what was received before
    for field in ("quantity", "value"):
        frame[f"_thousands_{field}"] = [number for reading in readings for number in _thousands(reading, field)]
    frame["_alike"] = _alike(frame)
    by_case = frame.groupby(["submission_id", "case_ref"], dropna=False)
    for field in CASE_FIELDS:
        frame[f"_first_{field}"] = by_case[field].transform("first")


def _thousands(reading: Reading, field: str) -> list[str | None]:
    """Return what each number would be without its mark, where that stands before three digits and may group them."""
    mark = administrations()[reading.submission.administration].decimal_mark
    texts = [cell.strip() if isinstance(cell, str) else "" for cell in reading.cells(field)]
    parts = [text.removeprefix("-").removeprefix("+").split(mark) for text in texts]
    three = [len(part) == 2 and part[0].isdecimal() and len(part[1]) == 3 and part[1].isdecimal() for part in parts]
    grouped = [is_three and part[0][0] != "0" and len(part[0]) < 4 for part, is_three in zip(parts, three, strict=True)]
    shown = any(is_three and not may for is_three, may in zip(three, grouped, strict=True))
    return [text.replace(mark, "") if may and not shown else None for text, may in zip(texts, grouped, strict=True)]


def _alike(frame: pandas.DataFrame) -> list[str | None]:
    """Return, at the first row of each case that is like an earlier one of its file, the reference of the first."""
    cases: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    gone = set()
    for record in frame.to_dict("records"):
        case = (record["submission_id"], record["case_ref"])
        if record["action"] == "cancel":
            gone.add(case)
        elif record["action"] == "new" and record["case_ref"] and record["event_date"]:
            cases[case].append(record)
    told: list[str | None] = [None] * len(frame)
    first: dict[tuple[Any, ...], str] = {}
    for (submission_id, case_ref), records in cases.items():
        if (submission_id, case_ref) in gone or not any(record[name] for record in records for name in WHERE):
            continue
        sight = sorted(repr([_plain(record[name]) for name in SIGHTED]) for record in records)
        other = first.setdefault((submission_id, *sight), case_ref)
        if other != case_ref:
            told[records[0]["_row"]] = other
    return told


def _plain(value: Any) -> Any:
    return value.normalize() if isinstance(value, Decimal) else value


def _joined(left: pandas.Series, right: pandas.Series) -> list[str | None]:
    """Return `left/right` for each row, None where either is absent."""
    return [f"{one}/{other}" if one and other else None for one, other in zip(left, right, strict=True)]


def _add_measures(frame: pandas.DataFrame, contract: Contract) -> None:
    units, currencies = contract.codes["unit"], contract.codes["currency"]
    usual: Mapping[str, Decimal] = rule_book().rules["S020"].params
    frame["_usual"] = [usual.get(unit) for unit in frame["unit"]]
    whole = {unit for unit, entry in units.items() if entry.dimension in WHOLE}
    frame["_fraction"] = [
        quantity % 1 if unit in whole and quantity is not None else None
        for unit, quantity in zip(frame["unit"], frame["quantity"], strict=True)
    ]
    frame["_tender_since"] = [currencies[code].since if code else None for code in frame["currency"]]
    frame["_tender_until"] = [currencies[code].until if code else None for code in frame["currency"]]
