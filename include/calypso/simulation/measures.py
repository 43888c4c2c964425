"""Measures are quantities and money made comparable: by pint and by a table of rates, independent of dbt's seeds."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

from pydantic import Field

from calypso.contracts import contracts
from calypso.declarations import Declared, load

RATES = Path(__file__).with_name("rates.yml")
MICRO, CENT, FINE = Decimal("0.000001"), Decimal("0.01"), Decimal("1e-15")

# What a dimension is told in.
MEASURES = {
    "mass": "quantity_kg",
    "volume": "quantity_litres",
    "count": "quantity_pieces",
    "rounds": "quantity_pieces",
    "tobacco": "quantity_pieces",
    "package": "quantity_packages",
    "money": "amount",
}
_PHYSICAL = {
    "kg": ("kilogram", "kilogram"),
    "g": ("gram", "kilogram"),
    "mg": ("milligram", "kilogram"),
    "t": ("metric_ton", "kilogram"),
    "lb": ("pound", "kilogram"),
    "oz": ("ounce", "kilogram"),
    "oz_t": ("troy_ounce", "kilogram"),
    "l": ("litre", "litre"),
    "ml": ("millilitre", "litre"),
    "gal_us": ("gallon", "litre"),
}
_COUNTED = {"box_20": 20, "box_25": 25, "box_50": 50, "pack_20": 20, "carton_200": 200}


class Rate(Declared):
    """What a currency was worth between two days, both included; one of the two figures is given."""

    currency_code: str
    valid_from: date
    valid_to: date | None = None  # None: still
    units_per_usd: Decimal | None = None
    usd_per_unit: Decimal | None = None
    kind: str
    source: str


class _Rates(Declared):
    rates: tuple[Rate, ...] = Field(min_length=1)


def measure(unit: str) -> str:
    """Return the name under which quantities in `unit` are compared, such as quantity_kg."""
    return MEASURES[contracts()["seizures"].codes["unit"][unit].dimension or ""]


def normalised(quantity: Decimal, unit: str) -> Decimal:
    """Return `quantity` in kilograms, litres, pieces or money, rounded half up to six decimals."""
    return (quantity * factor(unit)).quantize(FINE).quantize(MICRO, ROUND_HALF_UP)


@cache
def factor(unit: str) -> Decimal:
    """Return how many kilograms, litres or pieces one `unit` is."""
    if unit not in _PHYSICAL:
        return Decimal(_COUNTED.get(unit, 1))
    name, base = _PHYSICAL[unit]
    converted: Decimal = _registry().Quantity(Decimal(1), name).to(base).magnitude
    return converted


@cache
def _registry():  # type: ignore[no-untyped-def]  # pint's registry is generic over what is not known here
    import pint

    return pint.UnitRegistry(non_int_type=Decimal)


@cache
def rates() -> tuple[Rate, ...]:
    """Return every rate."""
    return load(RATES, _Rates).rates


@cache
def rate(currency: str, day: date) -> Rate:
    """Return the rate of `currency` on `day`."""
    for entry in rates():
        if entry.currency_code == currency and entry.valid_from <= day <= (entry.valid_to or day):
            return entry
    raise LookupError(f"no rate of {currency} on {day}")


def in_usd(amount: Decimal, currency: str, day: date) -> Decimal:
    """Return `amount` in US dollars, rounded half up to cents."""
    found = rate(currency, day)
    dollars = amount / found.units_per_usd if found.units_per_usd else amount * (found.usd_per_unit or 0)
    return dollars.quantize(CENT, ROUND_HALF_UP)


def from_usd(dollars: Decimal, currency: str, day: date) -> Decimal:
    """Return what `dollars` are in `currency`, unrounded."""
    found = rate(currency, day)
    return dollars * found.units_per_usd if found.units_per_usd else dollars / (found.usd_per_unit or 1)


def plain(number: Decimal) -> Decimal:
    """Return a number without an exponent and without trailing zeros."""
    return Decimal(f"{number.normalize():f}")
