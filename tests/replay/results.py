"""The results of an operation: every figure, of the cases and items that stand, beside what was published of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from replay.measuring import Line, figures, goods, measured, rounded
from replay.standing import Case, Told

from calypso.registry import Published

MEASURES = {"pieces": "quantity_pieces", "kg": "quantity_kg", "usd": "amount_usd"}

Of = tuple[str, str]  # administration, case reference


@dataclass(frozen=True)
class Contribution:
    """What one case, or one item of it, adds to a figure."""

    case: Of
    item_no: int | None
    told: Told
    value: Decimal
    code: str | None = None
    in_part: bool = False


def contributions(figure: Line, cases: Mapping[Of, Case]) -> Iterator[Contribution]:
    """Yield what the cases that stand add to a figure; what cannot be measured in its unit adds nothing."""
    for of, case in cases.items():
        if figure["grain"] == "case":
            if figure["case_type"] in ("", case.told.row["case_type"]):
                persons = case.told.row.get("persons_detained") or 0
                yield Contribution(of, None, case.told, Decimal(persons if figure["measure"] == "persons" else 1))
        else:
            for number, item in case.items.items():
                if _concerns(figure, item):
                    yield from _of_item(figure, of, case, number, item)


def _concerns(figure: Line, item: Told) -> bool:
    categories = figure["categories"].split("|") if figure["categories"] else [item.row["category"]]
    return (
        item.row["category"] in categories
        and figure["sum_group"] in ("", goods(item.row)[1])
        and figure["sub_type"] in ("", item.row.get("sub_type"))
    )


def _of_item(figure: Line, of: Of, case: Case, number: int, item: Told) -> Iterator[Contribution]:
    # An item is read in the light of its case: which way it went, and where it was hidden.
    fields = {**item.row, **{name: case.told.row.get(name) for name in ("direction", "concealment")}}
    value = Decimal(1) if figure["measure"] == "cases" else measured(item.row)[MEASURES[figure["measure"]]]
    in_part = bool(figure["part_field"]) and fields.get(figure["part_field"]) == figure["part_value"]
    if value is not None:
        yield Contribution(of, number, item, value, fields.get(figure["code_field"]), in_part)


def results(cases: Mapping[Of, Case], published: Mapping[str, Published]) -> list[dict[str, Any]]:
    """Return the figures in the order of the table, and of each whether it holds, unless it is held against another."""
    told = []
    for figure in figures():
        added = list(contributions(figure, cases))
        behind = len({one.case for one in added})
        one = {
            "figure": figure["figure"],
            "value": _value(figure, added),
            "value_code": _most(added) if figure["kind"] == "most" else None,
            "cases": behind,
        }
        told.append({**one, "holds": _holds(one, published.get(figure["figure"]))})
    return told


def situation(cases: Mapping[Of, Case], days: Sequence[date]) -> list[dict[str, Any]]:
    """Return every figure but the codes for each day, of what was first told of on it, and of all until then."""
    told = []
    for figure in figures():
        added = list(contributions(figure, cases))
        for day in days if figure["kind"] != "most" else ():
            of_day = [one for one in added if one.told.reported_on == day]
            until = [one for one in added if one.told.reported_on <= day]
            one = {"figure": figure["figure"], "reporting_day": day, "value": _value(figure, of_day)}
            running = {"running_value": _value(figure, until), "running_cases": _cases(until)}
            told.append({**one, "cases": _cases(of_day), **running})
    return told


def _value(figure: Line, added: Sequence[Contribution]) -> Decimal | int | None:
    of_cases = figure["measure"] == "cases"
    part = [one for one in added if one.in_part]
    match figure["kind"]:
        case "sum":
            return _cases(added) if of_cases else _sum(added)
        case "distinct":
            return len({one.code for one in added} - {None})
        case "share":
            whole = _cases(added) if of_cases else _sum(added)
            taken = _cases(part) if of_cases else _sum(part)
            return rounded(Fraction(taken) / Fraction(whole), 6) if whole else None
    return None


def _cases(added: Sequence[Contribution]) -> int:
    return len({one.case for one in added})


def _sum(added: Sequence[Contribution]) -> Decimal:
    return sum((one.value for one in added), Decimal(0))


def _most(added: Sequence[Contribution]) -> str | None:
    """Return the code of which there is most; of several, the first in the alphabet."""
    found: Counter[str] = Counter()
    for one in added:
        if one.code is not None:
            found[one.code] += one.value  # type: ignore[assignment]
    return min(found, key=lambda code: (-found[code], code)) if found else None


def _holds(told: Mapping[str, Any], said: Published | None) -> bool | None:
    if said is None:
        return None
    if said.is_ is not None:
        return None if told["value_code"] is None else told["value_code"] == said.is_
    if told["value"] is None:
        return None
    if said.exactly is not None:
        return told["value"] == said.exactly
    if said.about is not None:
        return abs(told["value"] - said.about) <= said.within
    return told["value"] > said.more_than if said.more_than is not None else None
