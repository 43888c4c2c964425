"""The context is what rules on rows look at: the columns of a body, some of them made of others and named _x.

A column is made of a few keys of the body, so that rows which agree in these can be judged as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from calypso.body import Body
from calypso.registry import operations
from expectations.rules import rule_book

if TYPE_CHECKING:
    import pandas
    import polars as pl

# What is told of a row by other rows or other files; each is empty where nothing is to be said.
TOLD = (
    *("_case_known", "_new_on", "_usual_before"),
    *("_thousands_quantity", "_thousands_value", "_alike", "_alike_before"),
)
# Within a case these say one thing; the first row's word stands.
CASE_FIELDS = ("case_type", "event_date", "direction", "territory", "concealment")
WHOLE = ("count", "rounds", "tobacco", "package")  # dimensions in which half a unit cannot be
HS_CODE = r"^[0-9]{4}(?:[. ]?[0-9]{2}){0,3}$"  # in ASCII: \d would match the digits of every script
UNLOCODE = r"^[A-Za-z]{2} ?[A-Za-z0-9]{3}$"
FIREARM_DETAILS = ("make", "model", "calibre", "serial_state", "serial_number")

GIVEN = "_given"

# What stands in a field where the case goes in a direction: `office/country`.
BY_DIRECTION = {
    f"_{direction}_{field}": (direction, field)
    for direction in ("import", "export", "transit", "internal")
    for field in ("departure_country", "destination_country")
}
# The keys of each column of the context; a field's value has itself for key, `<field>_given` whether it is filled.
KEYS: Mapping[str, tuple[str, ...]] = {
    "submission_id": ("submission",),
    "administration_code": ("submission",),
    "_reporting_day": ("submission",),
    "_operation_start": ("submission",),
    "_goods": ("_goods",),
    "_firearm_details": ("_firearm_details",),
    "_measured": ("sub_type", "category", "unit"),
    "_family": ("sub_type", "category"),
    "_home_territory": ("submission", "territory"),
    **{name: ("submission", field, "direction") for name, (_, field) in BY_DIRECTION.items()},
    "_home_unlocode": ("submission", "unlocode"),
    "_heading": ("category", "hs_code"),
    "_usual": ("unit",),
    "_fraction": ("unit", "quantity"),
    "_tender_since": ("currency",),
    "_tender_until": ("currency",),
    **{name: (name,) for name in TOLD},
}
# These need all rows of a case.
OF_THE_CASE = ("_item", *(f"_first_{field}" for field in CASE_FIELDS))


class Context:
    """The columns that checks on rows look at, for some rows of a body or for one of each kind of rows."""

    def __init__(self, body: Body, rows: pl.DataFrame) -> None:
        self.body = body
        self.rows = rows
        self._columns: dict[str, list[Any]] = {}

    def frame(self, names: Iterable[str]) -> pandas.DataFrame:
        """Return the columns named as a frame of objects, None for absent."""
        import pandas

        return pandas.DataFrame({name: pandas.Series(self[name], dtype=object) for name in names}, dtype=object)

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]

    def _make(self, name: str) -> list[Any]:
        if name in self.body.contract.fields:
            return self.body.values(name, self.rows)
        if name.endswith(GIVEN) or name == "_firearm_details":
            return [filled or None for filled in self.rows[name]]
        if name == "_goods" or name in TOLD:
            return self.rows[name].to_list()
        if name.startswith("_first_"):
            return self._first(name.removeprefix("_first_"))
        if name in BY_DIRECTION:
            return self._by_direction(*BY_DIRECTION[name])
        if name in ("submission_id", "administration_code", "_reporting_day", "_operation_start"):
            told = self._submissions[name]
            return [told[number] for number in self.rows["submission"]]
        made: list[Any] = getattr(self, name)()
        return made

    @cached_property
    def _submissions(self) -> Mapping[str, list[Any]]:
        told = [reading.submission for reading in self.body.readings]
        return {
            "submission_id": [each.submission_id for each in told],
            "administration_code": [each.administration for each in told],
            "_reporting_day": [each.name and each.name.day for each in told],
            "_operation_start": [operations()[each.operation or ""].starts_on for each in told],
        }

    def _item(self) -> list[int | None]:
        numbers = zip(self["item_no"], self["_goods"], strict=True)
        return [(1 if number is None else number) if goods else None for number, goods in numbers]

    def _measured(self) -> list[str | None]:
        kinds = [kind or category for kind, category in zip(self["sub_type"], self["category"], strict=True)]
        return _joined(kinds, self["unit"])

    def _family(self) -> list[str | None]:
        return _joined(self["sub_type"], self["category"])

    def _home_territory(self) -> list[str | None]:
        return _joined(self["administration_code"], self["territory"])

    def _by_direction(self, direction: str, field: str) -> list[str | None]:
        pairs = zip(self[field], self["direction"], strict=True)
        return _joined(self["administration_code"], [land if said == direction else None for land, said in pairs])

    def _home_unlocode(self) -> list[str | None]:
        lands = [code[:2].upper() if code and re.match(UNLOCODE, code) else None for code in self["unlocode"]]
        return _joined(self["administration_code"], lands)

    def _heading(self) -> list[str | None]:
        """Return `category/heading` where the category has headings and the code is one."""
        told = self.body.contract.codes["category"]
        pairs = zip(self["category"], self["hs_code"], strict=True)
        return [
            f"{category}/{code[:4]}" if category and told[category].headings and re.match(HS_CODE, code or "") else None
            for category, code in pairs
        ]

    def _usual(self) -> list[Decimal | None]:
        usual = rule_book().rules["S020"].params
        return [usual.get(unit) for unit in self["unit"]]

    def _fraction(self) -> list[Decimal | None]:
        units = self.body.contract.codes["unit"]
        whole = {unit for unit, entry in units.items() if entry.dimension in WHOLE}
        pairs = zip(self["unit"], self["quantity"], strict=True)
        return [quantity % 1 if unit in whole and quantity is not None else None for unit, quantity in pairs]

    def _tender_since(self) -> list[Any]:
        currencies = self.body.contract.codes["currency"]
        return [currencies[code].since if code else None for code in self["currency"]]

    def _tender_until(self) -> list[Any]:
        currencies = self.body.contract.codes["currency"]
        return [currencies[code].until if code else None for code in self["currency"]]

    def _first(self, field: str) -> list[Any]:
        """Return what the first row of the same case that says anything says; the rows must be in order."""
        first: dict[tuple[Any, Any], Any] = {}
        keys = list(zip(self.rows["submission"], self["case_ref"], strict=True))
        for key, value in zip(keys, self[field], strict=True):
            if value is not None:
                first.setdefault(key, value)
        return [first.get(key) for key in keys]


def _joined(left: Iterable[Any], right: Iterable[Any]) -> list[str | None]:
    """Return `left/right` for each row, None where either is absent."""
    return [f"{one}/{other}" if one and other else None for one, other in zip(left, right, strict=True)]
