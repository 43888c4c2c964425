"""Goods are told as what was found and how much of it: lines of one kind and measure together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from calypso.report.wording import Wording
from calypso.telling import shown

UNITS_OF_DRUGS = ("kg", "pieces", "litres")


def quantity(value: Decimal, unit: str, say: Wording) -> str:
    """Return a quantity of a form of drugs with its unit."""
    return say("pieces", number=say.number(value)) if unit == "pieces" else say.measured(value, unit)


def goods(items: Iterable[Mapping[str, Any]], say: Wording) -> Iterator[str]:
    """Yield each kind of goods with its quantity.

    Items have category, sub_type, their measures (kg, pieces, litres, amount with currency), and quantity and unit as
    given, which are told where they cannot be measured.
    """
    found: dict[tuple[str, str], Decimal] = {}
    for item in items:
        name = say.code("sub_type", item["sub_type"]) if item["sub_type"] else say.code("category", item["category"])
        measures = (("kg", "kg"), ("pieces", "pieces"), ("litres", "litres"), ("amount", item["currency"]))
        value, unit = next(((item[one], unit) for one, unit in measures if item[one] is not None and unit), (None, ""))
        if value is None:
            value, unit = item["given"], say.code("unit", item["unit"]) if item["unit"] else ""
            yield f"{name} {shown(value or '')} {unit}".strip()
        else:
            found[name, unit] = found.get((name, unit), Decimal(0)) + Decimal(str(value))
    for (name, unit), value in found.items():
        yield f"{name} {say.measured(value, unit)}"
