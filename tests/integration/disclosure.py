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
    left = relation.total.value - sum((one.value for one in relation.shown), Decimal(0))
    for by, behind in relation.hidden.items():
        if (len(relation.hidden) == 1 or not left) and len(behind.cases) < ENOUGH:
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
    rows: list[Row] = []
    for relation in together:
        left = relation.total.cases - sum(one.cases for one in relation.shown)
        hidden = dict.fromkeys((places[relation.subject, by] for by in relation.hidden), 1)
        if relation.overlaps:
            rows.append(Row(dict.fromkeys(hidden, -1), -max(left, 0)))
            rows += [Row({place: 1}, relation.total.cases) for place in hidden]
        else:
            rows.append(Row(hidden, left, equal=True))
    for subject, by in places:
        of_all = ((subject[0], ALL, "cases"), by)
        if subject[1] != ALL and of_all in places:
            rows.append(Row({places[subject, by]: 1, places[of_all]: -1}, 0))
        elif subject[1] != ALL and of_all in shown:
            rows.append(Row({places[subject, by]: 1}, shown[of_all]))
    # A published count of goods is the least that all cases have where that is hidden.
    for (subject, by), cases in shown.items():
        of_all = ((subject[0], ALL, "cases"), by)
        if subject[1] != ALL and of_all in places:
            rows.append(Row({places[of_all]: -1}, -cases))
    names = list(places)
    for place, most in _greatest(rows, len(places)):
        if floor(most + CLOSE) < ENOUGH:
            least = _extreme(rows, place, 1.0)
            if ceil(least - CLOSE) >= 1:
                (subject, by) = names[place]
                yield f"{'/'.join(subject)} {sorted(by)}: must be of {least:g} to {most:g} cases"


@dataclass(frozen=True)
class Row:
    """An equation, or an inequality (at most), between unknowns by their places."""

    factors: Mapping[int, int]
    right: int
    equal: bool = False


def _greatest(rows: Sequence[Row], width: int) -> Iterator[tuple[int, float]]:
    """Yield of each unknown the greatest value that it can have."""
    for place in range(width):
        yield place, -_extreme(rows, place, -1.0)


def _extreme(rows: Sequence[Row], place: int, sign: float) -> float:
    """Return the least value of an unknown times a sign, by those rows alone that have to do with it."""
    reached, kept = {place}, list[Row]()
    waiting = list(rows)
    while near := [row for row in waiting if reached & row.factors.keys()]:
        kept += near
        waiting = [row for row in waiting if not reached & row.factors.keys()]
        reached = reached.union(*(row.factors for row in near))
    columns = {one: number for number, one in enumerate(sorted(reached))}
    aim = np.zeros(len(columns))
    aim[columns[place]] = sign
    equations: dict[str, Any] = {}
    for equal, matrix, right in ((True, "A_eq", "b_eq"), (False, "A_ub", "b_ub")):
        if of_kind := [row for row in kept if row.equal is equal]:
            equations[matrix] = np.zeros((len(of_kind), len(columns)))
            equations[right] = [row.right for row in of_kind]
            for number, row in enumerate(of_kind):
                for one, factor in row.factors.items():
                    equations[matrix][number, columns[one]] = factor
    told = linprog(aim, bounds=(0, None), **equations)
    assert told.status == 0, f"the published sums contradict each other: {told.message}"
    return float(told.fun)


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
