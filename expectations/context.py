"""The context is what the rules must know beside a row's own values: its cells one by one, and columns named _x."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from calypso.contracts import Contract, FieldOfContract
from calypso.reading import Reading
from calypso.registry import operations
from expectations.rules import rule_book

if TYPE_CHECKING:
    import pandas

# Within a case these say one thing; the first row's word stands.
CASE_FIELDS = ("case_type", "event_date", "direction", "territory", "concealment")
WHOLE = ("count", "rounds", "tobacco", "package")  # dimensions in which half a unit cannot be
FIREARM_DETAILS = ("make", "model", "calibre", "serial_state", "serial_number")

# A code nobody knows in one of these leaves the row without meaning; elsewhere it leaves a gap.
DECISIVE = ("action", "case_type", "direction", "territory", "category", "sub_type", "unit", "currency")
READING_RULES = ("S008", "S009", "S010", "S011", "S012", "S013")  # a filled cell must give a value


def reading_rule(field: FieldOfContract) -> str | None:
    """Return the rule that a cell of `field` breaks when it cannot be read; a text can always be."""
    if field.type in ("code", "country"):
        return "S008" if field.name in DECISIVE else "S009"
    return {"date": "S010", "time": "S011", "decimal": "S012", "integer": "S013"}.get(field.type)


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
                "rule": reading_rule(field),
                "length": given.str.len() if field.type == "text" else None,
                "limit": field.max_length if field.type == "text" else None,
            },
            dtype=object,
        )
        parts.append(part)
    return pandas.concat(parts, ignore_index=True)


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
    frame["_home_destination_country"] = _joined(
        office, frame["destination_country"].where(frame["direction"] == "import", None)
    )
    frame["_home_departure_country"] = _joined(
        office, frame["departure_country"].where(frame["direction"] == "export", None)
    )
    _add_measures(frame, contract)
    by_case = frame.groupby(["submission_id", "case_ref"], dropna=False)
    for field in CASE_FIELDS:
        frame[f"_first_{field}"] = by_case[field].transform("first")


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
