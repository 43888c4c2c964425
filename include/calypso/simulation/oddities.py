"""Oddities are true statements that a rule only warns of: they are accepted as they are given."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from calypso.simulation.cases import Case

EACH = 4  # so many of every oddity


def add_oddities(found: Sequence[Case], rng: Random) -> None:
    """Change a few cases so that they are unusual and yet stand."""
    unmarked = [item for case in found for item in case.items
                if item.get("serial_state") == "none" and item["quantity"] == 1]  # fmt: skip
    for item in rng.sample(unmarked, min(EACH, len(unmarked))):
        item["serial_number"] = f"PMF{rng.randrange(10**5):05d}"  # a number though none is said to be marked
    located = [case for case in found if case.fields.get("unlocode")]
    for case in rng.sample(located, EACH):
        case.fields["unlocode"] = f"{case.fields['unlocode']}1"  # a terminal's own suffix
    related = [case for case in found if case.fields.get("related_case")]
    for case in rng.sample(related, EACH):
        case.fields["related_case"] = str(case.fields["related_case"]).replace(":", " ")
    imports = [case for case in found if case.fields["direction"] == "import" and case.fields.get("transit_country")]
    for case in rng.sample(imports, EACH):
        case.fields["destination_country"] = case.fields["transit_country"]  # an import meant for elsewhere
