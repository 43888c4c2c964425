"""Spelling is how an office writes the numbers and names that others write too: of consignments, vessels, firearms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random

from calypso.simulation.offices import Office

Spell = Callable[[str], str]

# ISO 6346: digits and letters in the order of their values, which leave out 11, 22 and 33.
_VALUES = "0123456789A.BCDEFGHIJK.LMNOPQRSTU.VWXYZ"
_SHIP = {"en": "m.v.", "fr": "Navire", "es": "Buque", "nl": "Schip"}

# In each kind one spelling for each that an office may have (offices.SPELLINGS), the plain one first.
_KINDS: Mapping[str, tuple[Spell, ...]] = {
    "container": (
        str,
        lambda number: f"{number[:4]} {number[4:10]}-{number[10:]}",
        lambda number: f"{number[:4]} {number[4:7]} {number[7:10]} {number[10:]}",
        str.lower,
        lambda number: f"{number[:4]}-{number[4:10]}",  # without its check digit
    ),
    "parcel": (
        str,
        lambda number: f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:11]} {number[11:]}",
        lambda number: f"{number[:11]} {number[11:]}",
        str.lower,
        lambda number: f"{number[:2]}-{number[2:11]}-{number[11:]}",
    ),
    "waybill": (
        str,
        lambda number: number.replace("-", ""),
        lambda number: f"{number[:3]} {number[4:8]} {number[8:]}",
        lambda number: f"AWB {number}",
        lambda number: number.replace("-", "/"),
    ),
    "flight": (
        str,
        lambda flight: flight.replace(" ", ""),
        lambda flight: flight.replace(" ", "-"),
        str.lower,
        lambda flight: flight.replace(" ", "0"),
    ),
    "serial": (
        str,
        lambda number: re.sub(r"(?<=[A-Z])(?=\d)", "-", number),
        lambda number: re.sub(r"(?<=[A-Z])(?=\d)", " ", number),
        str.lower,
        lambda number: re.sub(r"(?<=[A-Z])(?=\d)", "/", number),
    ),
}


def spelled(kind: str, name: str | None, office: Office) -> str | None:
    """Return a name or number of a kind (container, parcel, waybill, vessel, flight, serial) as an office writes it."""
    if name is None:
        return None
    if kind == "vessel":
        ship = _SHIP[office.administration.language]
        return (name, f"MV {name}", name.upper(), f"M/V {name}", f"{ship} {name}")[office.spelling]
    return _KINDS[kind][office.spelling](name)


def container(serial: int, owner: str = "SIMU") -> str:
    """Return the number of a container whose six digits are `serial`, with its check digit by ISO 6346."""
    number = f"{owner}{serial:06d}"
    return f"{number}{sum(_VALUES.index(sign) * 2**place for place, sign in enumerate(number)) % 11 % 10}"


def waybill(serial: int) -> str:
    """Return the number of an air waybill whose seven digits are `serial`; its last digit is the rest by seven."""
    return f"999-{serial:07d}{serial % 7}"


def mistyped(number: str, rng: Random) -> str:
    """Return a number in which two neighbouring digits have changed places, or one is wrong if all are alike."""
    places = [n for n in range(len(number) - 1) if number[n : n + 2].isdigit() and number[n] != number[n + 1]]
    if not places:
        return re.sub(r"\d(?=\D*$)", lambda last: str((int(last[0]) + 1) % 10), number)
    place = rng.choice(places)
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
