"""An audit of what is published: can a sum of one or two cases be worked out from all published sums together?

The relations between sums follow from their own keys: a sum by some conditions is the total of the sums by these and
further conditions. Hidden sums are unknowns of linear equations; a linear programme says between which counts each must
lie, and whether its quantity is determined. The truth is read from cases and items, not from the published table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from typing import Any

import numpy as np
from scipy.optimize import linprog

ENOUGH = 3  # cases behind a sum that partners may know
ALL = "all"
CLOSE = 1e-6

Conditions = frozenset[tuple[str, str]]
Subject = tuple[str, str, str]  # operation, goods, unit


@dataclass(frozen=True)
class Sum:
    """A sum that is published, by its conditions; without any it is the total of its subject."""

    subject: Subject
    by: Conditions
    value: Decimal
    cases: int


@dataclass(frozen=True)
class Part:
    """What a case adds to a subject, in one item or in the case itself, with all that it may be broken down by."""

    subject: Subject
    case: str
    quantity: Decimal
    fields: Mapping[str, str]


@dataclass
class Behind:
    """What really is behind a sum."""

    cases: set[str]
    value: Decimal


@dataclass(frozen=True)
class Relation:
    """A published sum with the sums it is the total of, those published and those hidden."""

    subject: Subject
    total: Sum
    kinds: frozenset[str]
    shown: Sequence[Sum]
    hidden: Mapping[Conditions, Behind]
    overlaps: bool  # a case may be in several of them

    def __str__(self) -> str:
        return f"{'/'.join(self.subject)} {sorted(self.total.by)} by {sorted(self.kinds)}"


def relations(published: Iterable[Sum], parts: Iterable[Part]) -> Iterator[Relation]:
    """Yield every relation between published sums that leaves something hidden."""
    sums: dict[Subject, list[Sum]] = defaultdict(list)
    for one in published:
        sums[one.subject].append(one)
    behind: dict[Subject, list[Part]] = defaultdict(list)
    for part in parts:
        behind[part.subject].append(part)
    for subject, of_subject in sums.items():
        by_kinds: dict[frozenset[str], dict[Conditions, Sum]] = defaultdict(dict)
        for one in of_subject:
            by_kinds[frozenset(kind for kind, _ in one.by)][one.by] = one
        for kinds, told in by_kinds.items():
            true = true_sums(behind[subject], kinds)
            for total in of_subject:
                if {kind for kind, _ in total.by} < kinds:
                    inside = {by: found for by, found in true.items() if total.by <= by}
                    hidden = {by: found for by, found in inside.items() if by not in told}
                    shown = [one for by, one in told.items() if total.by <= by]
                    overlaps = sum(len(found.cases) for found in inside.values()) > total.cases
                    if hidden:
                        yield Relation(subject, total, kinds, shown, hidden, overlaps)


def true_sums(parts: Iterable[Part], kinds: frozenset[str]) -> dict[Conditions, Behind]:
    """Return what is really behind each sum by the kinds of its conditions."""
    found: dict[Conditions, Behind] = {}
    for part in parts:
        by = frozenset((kind, part.fields[kind]) for kind in kinds)
        behind = found.setdefault(by, Behind(set(), Decimal(0)))
        behind.cases.add(part.case)
        behind.value += part.quantity
    return found


def leaks(published: Sequence[Sum], parts: Sequence[Part]) -> list[str]:
    """Return every way in which a sum of fewer than three cases can be worked out; none where all is well."""
    found = [f"{one}: published with {one.cases} cases" for one in published if one.cases < ENOUGH]
    known = list(relations(published, parts))
    for relation in known:
        found += _remainder(relation)
        found += _quantities(relation)
    for together in _linked(known):
        found += _counts(together, published)
    return found


def _remainder(relation: Relation) -> Iterator[str]:
    cases = set().union(*(behind.cases for behind in relation.hidden.values()))
    if len(cases) < ENOUGH or len(relation.hidden) < 2:
        left = relation.total.value - sum((one.value for one in relation.shown), Decimal(0))
        yield f"{relation}: leaves {left} of {len(cases)} cases in {len(relation.hidden)} sums"


def _quantities(relation: Relation) -> Iterator[str]:
    """Yield the hidden quantities of one or two cases that are determined; counts are no quantities, they overlap."""
    if relation.subject[2] == "cases":
        return
    left = float(relation.total.value - sum((one.value for one in relation.shown), Decimal(0)))
    names = list(relation.hidden)
    scale = max(abs(left), 1.0)
    matrix, right = np.ones((1, len(names))), [left / scale]
    for place, by in enumerate(names):
        least, most = _bounds(place, len(names), equal=(matrix, right))
        if most - least < CLOSE and len(relation.hidden[by].cases) < ENOUGH:
            yield f"{relation}: the quantity of {sorted(by)} is {left}"


def _linked(known: Iterable[Relation]) -> Iterator[list[Relation]]:
    """Yield relations by operation and kinds: only these share unknowns, by goods that are a part of all."""
    groups: dict[tuple[str, frozenset[str]], list[Relation]] = defaultdict(list)
    for relation in known:
        groups[relation.subject[0], relation.kinds].append(relation)
    yield from groups.values()


def _counts(together: Sequence[Relation], published: Sequence[Sum]) -> Iterator[str]:
    """Yield the hidden sums that must be of one or two cases."""
    unknown = {(r.subject, by): None for r in together for by in r.hidden}
    places = {name: place for place, name in enumerate(unknown)}
    shown = {(one.subject, one.by): one.cases for one in published}
    equal, below = _System(len(places)), _System(len(places))
    for relation in together:
        left = relation.total.cases - sum(one.cases for one in relation.shown)
        row = {places[relation.subject, by]: 1.0 for by in relation.hidden}
        if relation.overlaps:
            below.add({place: -1.0 for place in row}, -max(left, 0))
            for place in row:
                below.add({place: 1.0}, relation.total.cases)
        else:
            equal.add(row, left)
    for subject, by in places:
        of_all = ((subject[0], ALL, "cases"), by)
        if subject[1] != ALL and of_all in places:
            below.add({places[subject, by]: 1.0, places[of_all]: -1.0}, 0)
        elif subject[1] != ALL and of_all in shown:
            below.add({places[subject, by]: 1.0}, shown[of_all])
    # A published count of goods is the least that all cases have where that is hidden.
    for (subject, by), cases in shown.items():
        of_all = ((subject[0], ALL, "cases"), by)
        if subject[1] != ALL and of_all in places:
            below.add({places[of_all]: -1.0}, -cases)
    for (subject, by), place in places.items():
        least, most = _bounds(place, len(places), equal.told(), below.told())
        if ceil(least - CLOSE) >= 1 and floor(most + CLOSE) < ENOUGH:
            yield f"{'/'.join(subject)} {sorted(by)}: must be of {least:g} to {most:g} cases"


class _System:
    """Rows of a system of linear equations, or inequalities."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[np.ndarray[Any, Any]] = []
        self.right: list[float] = []

    def add(self, row: Mapping[int, float], right: float) -> None:
        line = np.zeros(self.width)
        for place, factor in row.items():
            line[place] = factor
        self.rows.append(line)
        self.right.append(right)

    def told(self) -> tuple[Any, Any]:
        return (np.array(self.rows), self.right) if self.rows else (None, None)


def _bounds(
    place: int, width: int, equal: tuple[Any, Any], below: tuple[Any, Any] = (None, None)
) -> tuple[float, float]:
    """Return the least and the greatest value that an unknown can have."""
    aim = np.zeros(width)
    found = []
    for sign in (1.0, -1.0):
        aim[place] = sign
        told = linprog(aim, A_ub=below[0], b_ub=below[1], A_eq=equal[0], b_eq=equal[1], bounds=(0, None))
        assert told.status == 0, f"the published sums contradict each other: {told.message}"
        found.append(sign * told.fun)
    return found[0], found[1]


# The goods and units of the published table, and what it breaks down by, as docs/analysts.md says.
PIECES = ("firearm", "firearm_part", "magazine", "ammunition", "tobacco")
DRUGS = ("cannabis", "cocaine", "other_drug")
MEASURED = {"pieces": "quantity_pieces", "kg": "quantity_kg", "USD": "amount_usd"}
OF_CASES = {
    **{name: name for name in ("direction", "transport_mode", "concealment", "detection_method")},
    **{name: f"{name}_country" for name in ("departure", "destination", "origin")},
}


def goods_and_unit(item: Mapping[str, Any]) -> tuple[str, str]:
    category, form = item["category"], item["sum_group"]
    if category in PIECES:
        return category, "pieces"
    if category in DRUGS:
        return form or category, "pieces" if form == "cannabis_plant" else "kg"
    return category, {"gold": "kg", "currency": "USD"}.get(category, "cases")


def parts(operation: str, cases: Iterable[Mapping[str, Any]], items: Iterable[Mapping[str, Any]]) -> Iterator[Part]:
    """Yield what each case and item adds to the subjects of the published table, by all it is broken down by."""
    known = {case["case_key"]: case for case in cases}
    for key, case in known.items():
        fields = {kind: case[column] or "not_stated" for kind, column in OF_CASES.items()}
        yield Part((operation, ALL, "cases"), key, Decimal(1), {**fields, "case_type": case["case_type"]})
    counted = set()
    for item in items:
        case = known[item["case_key"]]
        goods, unit = goods_and_unit(item)
        quantity = {"pieces": item["quantity_pieces"], "kg": item["quantity_kg"], "USD": item["amount_usd"]}.get(
            unit, 1
        )
        fields = {kind: case[column] or "not_stated" for kind, column in OF_CASES.items()}
        fields["type"] = item["sub_type"] or "not_stated"
        if unit == "cases":  # a case counts once in each sum, however many items it has
            if (case["case_key"], goods, fields["type"]) in counted:
                continue
            counted.add((case["case_key"], goods, fields["type"]))
        if quantity:
            yield Part((operation, goods, unit), item["case_key"], Decimal(quantity), fields)


def published(rows: Iterable[Mapping[str, Any]]) -> list[Sum]:
    """Return the rows of rpt_partner_sums as sums."""
    return [
        Sum(
            (row["operation_code"], row["goods"], row["unit"]),
            frozenset() if row["breakdown_kind"] == ALL else frozenset({(row["breakdown_kind"], row["breakdown"])}),
            row["value"],
            row["cases"],
        )
        for row in rows
    ]
