"""Totals are what an administration believes to have reported in all; each is compared with what stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from calypso.contracts import Contract
from calypso.holdings import Holdings

Record = Mapping[str, Any]  # of a row: the value of each field, and its text as <field>_given
Slip = tuple[str, str, str | None]  # rule, field, what was expected

GOODS = ("category", "sub_type", "quantity", "unit", "currency")
KIND = ("category", "sub_type", "unit", "currency")
EXAMPLES = {
    **{"category": "gold", "sub_type": "gold_bar", "quantity": "1250", "unit": "kg", "currency": "USD"},
    "cases": "14",
}


def slips(record: Record, contract: Contract) -> Iterator[Slip]:
    """Yield what keeps a row from stating one total; a cell that cannot be read is told elsewhere."""
    yield from _slips_of_cases(record) if _of_cases(record) else _slips_of_goods(record, contract)


def compared(records: Sequence[Record], held: Holdings | None) -> Iterator[Sequence[Slip]]:
    """Yield what is to be told of each row that states a total: that a row above does, too, or that another stands."""
    first: dict[tuple[Any, ...], str] = {}
    for record in records:
        number = str(record["row_number"])
        told = first.setdefault(tuple(record[field] for field in KIND), number)
        if told != number:
            yield [("F036", "cases" if _of_cases(record) else "quantity", told)]
        else:
            yield [] if held is None else [*_differences(record, held)]


def _of_cases(record: Record) -> bool:
    return record["cases_given"] is not None


def _slips_of_cases(record: Record) -> Iterator[Slip]:
    yield from (("F032", field, None) for field in GOODS if record[f"{field}_given"] is not None)
    if record["cases"] is not None and record["cases"] < 0:
        yield "F032", "cases", ">= 0"


def _slips_of_goods(record: Record, contract: Contract) -> Iterator[Slip]:
    needed = ["quantity", "unit"] if record["sub_type_given"] is not None else ["category", "quantity", "unit"]
    yield from (("F032", field, EXAMPLES[field]) for field in needed if record[f"{field}_given"] is None)
    if record["quantity"] is not None and record["quantity"] < 0:
        yield "F032", "quantity", ">= 0"
    sub_type, unit = record["sub_type"], record["unit"]
    family = contract.codes["sub_type"][sub_type].category if sub_type else None
    category = record["category"] or family
    if family not in (None, category):
        yield "F032", "category", family
    elif category and unit:
        units, is_money = contract.units_of(category, sub_type), contract.codes["unit"][unit].dimension == "money"
        if unit not in units:
            yield "F032", "unit", ", ".join(units)
        elif is_money != (record["currency_given"] is not None):
            yield "F032", "currency", EXAMPLES["currency"] if is_money else None


def _differences(record: Record, held: Holdings) -> Iterator[Slip]:
    if _of_cases(record):
        if record["cases"] != held.cases:
            yield "F035", "cases", str(held.cases)
        return
    measures = held.measures(record["category"], record["sub_type"])
    stated = (record["unit"], record["currency"])
    if measures.setdefault(stated, Decimal(0)) != record["quantity"]:
        in_order = sorted(measures, key=lambda measure: (measure != stated, *map(str, measure)))
        yield "F035", "quantity", ", ".join(f"{measures[one].normalize():f} {one[1] or one[0]}" for one in in_order)
