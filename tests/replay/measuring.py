"""Measuring turns what was given into kilograms, pieces, litres and US dollars, by the lines of the seeds."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from replay.submission import Row

from calypso.settings import REPOSITORY

Line = Mapping[str, str]  # of a seed, as text


@cache
def seed(name: str) -> tuple[Line, ...]:
    """Return the lines of a seed."""
    with (REPOSITORY / "dbt" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def figures() -> list[Line]:
    """Return the figures that are replayed. Which cases tell one event is not: test_matches.py measures that."""
    return [figure for figure in seed("figures") if figure["grain"] != "event"]


def rounded(number: Fraction, places: int) -> Decimal:
    """Return a number to so many decimals; a half goes away from zero."""
    steps = int(abs(number) * 10**places + Fraction(1, 2))
    return Decimal(steps if number >= 0 else -steps).scaleb(-places)


def measured(row: Row) -> dict[str, Any]:
    """Return what the marts tell of the quantity and the value of an item, beside what was given."""
    unit = _valid("unit_factors", "unit_code", row["unit"], row["event_date"])
    rate = _valid("exchange_rates", "currency_code", row.get("currency"), row["event_date"])
    quantity, to_unit = row["quantity"], unit and unit["to_unit"]
    normalised = rounded(Fraction(quantity) * Fraction(unit["factor"]), 6) if unit else None
    amount = quantity if to_unit == "money" else None
    return {
        "unit_factor": _number(unit, "factor"),
        "unit_factor_source": unit and unit["source"],
        "quantity_kg": normalised if to_unit == "kg" else None,
        "quantity_pieces": normalised if to_unit == "piece" else None,
        "quantity_litres": normalised if to_unit == "litre" else None,
        "amount": amount,
        "amount_usd": _dollars(amount, rate),
        "value_usd": _dollars(row.get("value"), rate),
        "units_per_usd": _number(rate, "units_per_usd"),
        "usd_per_unit": _number(rate, "usd_per_unit"),
        "exchange_rate_kind": rate and rate["kind"],
        "exchange_rate_source": rate and rate["source"],
        "exchange_rate_from": rate and date.fromisoformat(rate["valid_from"]),
    }


def goods(row: Row) -> tuple[str, str | None]:
    """Return the code of an item's goods, and the group within which quantities of them may be added."""
    category, sub_type = row["category"], row.get("sub_type") or ""
    groups = [
        line["sum_group"] for line in seed("goods") if (line["category"], line["sub_type"]) == (category, sub_type)
    ]
    return sub_type or category, groups[0] if groups else None


@cache
def _valid(name: str, key: str, code: str | None, day: date) -> Line | None:
    """Return the line of a seed that holds for a code on a day."""
    for line in seed(name):
        begins, ends = line["valid_from"], line["valid_to"] or "9999-12-31"
        if line[key] == code and date.fromisoformat(begins) <= day <= date.fromisoformat(ends):
            return line
    return None


def _number(line: Line | None, column: str) -> Decimal | None:
    return Decimal(line[column]) if line and line[column] else None


def _dollars(amount: Decimal | None, rate: Line | None) -> Decimal | None:
    if amount is None or rate is None:
        return None
    if rate["units_per_usd"]:
        return rounded(Fraction(amount) / Fraction(rate["units_per_usd"]), 2)
    return rounded(Fraction(amount) * Fraction(rate["usd_per_unit"]), 2)
