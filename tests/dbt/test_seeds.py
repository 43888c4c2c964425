"""What dbt looks up says the same as the contract, and leaves no day without an answer."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from calypso.contracts import Contract, contracts
from calypso.registry import LANGUAGES, operations
from calypso.settings import REPOSITORY

SEEDS = REPOSITORY / "dbt" / "seeds"
DIMENSIONS = {
    "mass": "kg",
    "volume": "litre",
    "count": "piece",
    "rounds": "piece",
    "tobacco": "piece",
    "package": "package",
    "money": "money",
}


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def contract() -> Contract:
    return contracts()["seizures"]


def test_every_unit_of_the_contract_has_a_factor_in_its_dimension(contract: Contract) -> None:
    told = {row["unit_code"]: row["dimension"] for row in seed("unit_factors")}
    assert told == {code: unit.dimension for code, unit in contract.codes["unit"].items()}


def test_a_dimension_is_normalised_to_one_unit_by_a_positive_factor_with_a_source() -> None:
    for row in seed("unit_factors"):
        assert row["to_unit"] == DIMENSIONS[row["dimension"]], row
        assert Decimal(row["factor"]) > 0, row
        assert row["source"], row


def test_every_currency_of_the_contract_has_rates(contract: Contract) -> None:
    assert {row["currency_code"] for row in seed("exchange_rates")} == set(contract.codes["currency"])


def test_a_rate_stands_in_one_direction_with_its_kind_and_source() -> None:
    for row in seed("exchange_rates"):
        assert bool(row["units_per_usd"]) != bool(row["usd_per_unit"]), row
        assert Decimal(row["units_per_usd"] or row["usd_per_unit"]) > 0, row
        assert row["kind"] in ("peg", "illustrative"), row
        assert row["source"], row
        assert (row["kind"] == "illustrative") == row["source"].startswith("illustrative"), row


def test_a_currency_has_one_rate_on_every_day_of_an_operation_on_which_it_may_be_used(contract: Contract) -> None:
    rates = defaultdict(list)
    for row in seed("exchange_rates"):
        last = date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max
        rates[row["currency_code"]].append((date.fromisoformat(row["valid_from"]), last))
    for operation in operations().values():
        for offset in range((operation.ends_on - operation.starts_on).days + 1):
            day = operation.starts_on + timedelta(days=offset)
            for code, currency in contract.codes["currency"].items():
                used = (currency.since or day) <= day <= (currency.until or day)
                found = sum(first <= day <= last for first, last in rates[code])
                assert found == used, (code, day)


def test_the_goods_are_those_of_the_contract(contract: Contract) -> None:
    told = Counter((row["category"], row["sub_type"]) for row in seed("goods"))
    sub_types = [(entry.category, code) for code, entry in contract.codes["sub_type"].items()]
    categories = [(code, "") for code in contract.codes["category"]]
    assert told == Counter(sub_types + categories)


def test_a_group_of_goods_that_may_be_added_lies_within_one_category() -> None:
    categories = defaultdict(set)
    for row in seed("goods"):
        categories[row["sum_group"]].add(row["category"])
    assert {group: found for group, found in categories.items() if len(found) > 1} == {}


def test_drugs_of_different_forms_are_never_added() -> None:
    groups = Counter(
        row["sum_group"]
        for row in seed("goods")
        if row["category"] in ("cannabis", "cocaine", "other_drug") and row["sub_type"]
    )
    assert set(groups.values()) == {1}


def test_what_was_published_is_a_figure_named_in_four_languages() -> None:
    figures = {row["figure"]: row for row in seed("figures")}
    assert {figure for operation in operations().values() for figure in operation.published} <= set(figures)
    assert all(row[f"label_{language}"] for row in figures.values() for language in LANGUAGES)
    assert sorted(int(row["position"]) for row in figures.values()) == list(range(1, len(figures) + 1))


def test_every_reason_for_a_match_is_weighed_and_named() -> None:
    models = (REPOSITORY / "dbt" / "models" / "intermediate" / "matching").glob("int_*_likeness.sql")
    given = {code for path in models for code in re.findall(r"then '(\w+)'", path.read_text())}
    told = {row["reason"]: row for row in seed("match_reasons")}
    assert given == set(told)
    assert all(row[f"label_{language}"] for row in told.values() for language in LANGUAGES)
