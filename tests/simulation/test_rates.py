"""The simulation's rates and factors are its own copies, and equal to dbt's seeds."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest

from calypso.settings import REPOSITORY
from calypso.simulation.measures import from_usd, in_usd, measure, normalised, rate, rates

SEEDS = REPOSITORY / "dbt" / "seeds"
MEASURES = {"kg": "quantity_kg", "piece": "quantity_pieces", "litre": "quantity_litres", "money": "amount",
            "package": "quantity_packages"}  # fmt: skip


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_rates_are_those_of_the_seed():
    def text(value: object) -> str:
        return "" if value is None else str(value)

    told = [{name: text(value) for name, value in entry.model_dump().items()} for entry in rates()]
    assert told == seed("exchange_rates.csv")


def test_units_normalise_as_the_seed_says():
    for unit in seed("unit_factors.csv"):
        code, factor = unit["unit_code"], Decimal(unit["factor"])
        assert measure(code) == MEASURES[unit["to_unit"]]
        for quantity in (Decimal(1), Decimal("12.5"), Decimal("1834.37")):
            assert normalised(quantity, code) == round_half_up(quantity * factor)


def round_half_up(number: Decimal) -> Decimal:
    shifted = number * 10**6
    return Decimal(int(shifted + Decimal("0.5"))) / 10**6


def test_money_goes_to_dollars_by_division_or_by_multiplication():
    day = date(2024, 11, 10)
    assert in_usd(Decimal("270.00"), "XCD", day) == Decimal("100.00")
    assert in_usd(Decimal("100"), "KYD", day) == Decimal("120.00")
    assert in_usd(Decimal("0.01"), "BBD", day) == Decimal("0.01")  # half a cent goes up
    assert from_usd(Decimal("120"), "KYD", day) == 100


def test_a_currency_without_a_rate_on_the_day_is_no_money():
    with pytest.raises(LookupError):
        rate("XCG", date(2024, 11, 10))
    with pytest.raises(LookupError):
        rate("ANG", date(2025, 11, 30))
