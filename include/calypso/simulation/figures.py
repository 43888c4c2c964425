"""Figures are what is published of an operation, counted here from the truth and independent of dbt."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from calypso.simulation.cases import Case
from calypso.simulation.truth import Truth, measures_of
from calypso.values import Value

PIECES, KG, USD = "quantity_pieces", "quantity_kg", "amount_usd"
HERB, POWDER = (KG, "sub_type", "cannabis_herb"), (KG, "sub_type", "cocaine_hydrochloride")
GOLD, CASH = (KG, "category", "gold"), (USD, "category", "currency")


class _Count:
    """Sums and counts over the lines of a truth."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.lines = [(case, item, measures_of(case, item)) for case, item in truth.items()]

    def total(self, measure: str, field: str, value: str, **of_case: str) -> Decimal:
        """Return the sum of a measure over the items whose field has a value, in cases of which something holds."""
        return sum((found[measure] for case, item, found in self.lines if item[field] == value
                    and all(case.fields.get(name) == said for name, said in of_case.items())), Decimal(0))  # fmt: skip

    def share(self, *of: str, **of_case: str) -> Decimal:
        """Return which part of a total lies in cases of which something holds."""
        return self.total(*of, **of_case) / self.total(*of)

    def of_type(self, case_type: str) -> int:
        """Return the number of cases of a type."""
        return sum(case.fields["case_type"] == case_type for case in self.truth.cases)

    def holding(self, category: str) -> list[tuple[Case, Mapping[str, Value]]]:
        """Return the items of a category with their cases."""
        return [(case, item) for case, item, _ in self.lines if item["category"] == category]

    def cases_holding(self, category: str) -> int:
        """Return the number of cases in which goods of a category were found."""
        return len({(case.administration, case.ref) for case, _ in self.holding(category)})


def figures(truth: Truth) -> dict[str, object]:
    """Return every figure by the name it has in dbt's seed of figures."""
    count = _Count(truth)
    return {"cases_reported": len(truth.cases), **_of_cases(count), **_of_firearms(count), **_of_goods(count)}


def _of_cases(count: _Count) -> dict[str, object]:
    persons = [case.fields.get("persons_detained") or 0 for case in count.truth.cases]
    return {
        "seizures": count.of_type("seizure"),
        "detentions": count.of_type("detention"),
        "suspicious_movements": count.of_type("suspicious_movement"),
        "strategic_goods_cases": count.cases_holding("strategic_goods"),
        "dangerous_substances_cases": count.cases_holding("dangerous_substance"),
        "health_products_cases": count.cases_holding("health_product"),
        "persons_detained": sum(number for number in persons if isinstance(number, int)),
    }


def _of_firearms(count: _Count) -> dict[str, object]:
    firearms, parts = count.total(PIECES, "category", "firearm"), count.total(PIECES, "category", "firearm_part")
    types = sorted({str(item["sub_type"]) for _, item in count.holding("firearm")})
    return {
        "firearms": firearms,
        "firearm_parts": parts,
        "firearms_and_parts": firearms + parts,
        "most_frequent_firearm": max(types, key=lambda name: count.total(PIECES, "sub_type", name)),
        "assault_rifles": count.total(PIECES, "sub_type", "assault_rifle"),
        "magazines": count.total(PIECES, "category", "magazine"),
        "ammunition": count.total(PIECES, "category", "ammunition"),
    }


def _of_goods(count: _Count) -> dict[str, object]:
    cigarettes, cigars = (count.total(PIECES, "sub_type", name) for name in ("cigarettes", "cigars"))
    return {
        "cannabis_kg": count.total(*HERB),
        "cannabis_import_share": count.share(*HERB, direction="import"),
        "cannabis_resin_kg": count.total(KG, "sub_type", "cannabis_resin"),
        "cannabis_plants": count.total(PIECES, "sub_type", "cannabis_plant"),
        "cocaine_kg": count.total(*POWDER),
        "cocaine_export_share": count.share(*POWDER, direction="export"),
        "currency_consignments": count.cases_holding("currency"),
        "currency_usd": count.total(*CASH),
        "currencies": len({item["currency"] for _, item in count.holding("currency")}),
        "currency_baggage_share": count.share(*CASH, concealment="baggage"),
        "gold_kg": count.total(*GOLD),
        "gold_baggage_share": count.share(*GOLD, concealment="baggage"),
        "tobacco_pieces": cigarettes + cigars,
    }
