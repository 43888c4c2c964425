"""An edition is what one simulated operation consists of: cases by theme, goods by sub-type, and their totals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from calypso.declarations import Declared, load

ROOM = Path(__file__).parent


class Lot(Declared):
    """One sub-type of goods: its total over the edition, in how many items it lies and where most of it goes."""

    sub_type: str
    total: Decimal
    lines: int
    main: str | None = None
    share: Decimal = Decimal(1)


class Theme(Declared):
    """Cases of one kind, by direction, and the goods found in them."""

    cases: Mapping[str, int]
    goods: tuple[Lot, ...]


class Edition(Declared):
    """One operation as it is simulated."""

    suspicious_movements: int
    detentions: int
    silent_days: int
    themes: Mapping[str, Theme]


class Good(Declared):
    """One sub-type: its HS code and a price in US dollars for a kilogram, a piece or a litre."""

    hs: str
    price: Decimal


class Goods(Declared):
    """What goods are described with."""

    goods: Mapping[str, Good]
    marks: Mapping[str, tuple[tuple[str | None, str | None, str | None], ...]]
    packings: Mapping[str, tuple[str, ...]]
    remarks: Mapping[str, tuple[str, ...]]


class Home(Declared):
    """Where an administration works: how much it finds, how its references begin, its places."""

    weight: int
    prefix: str
    places: tuple[tuple[str | None, ...], ...]


class Travel(Declared):
    """How goods of a theme travel: modes, what hides them in each, where they come from and go to."""

    modes: tuple[str, ...]
    hidden: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]
    markets: tuple[str, ...]


class Routes(Declared):
    """Where things happen."""

    administrations: Mapping[str, Home]
    themes: Mapping[str, Travel]
    detections: tuple[str, ...]
    vessels: tuple[tuple[str, ...], tuple[str, ...]]
    flights: tuple[str, ...]


def edition(code: str) -> Edition:
    """Return what the operation `code` consists of."""
    return editions()[code]


@cache
def editions() -> Mapping[str, Edition]:
    """Return what every simulated operation consists of, by its code."""
    return load(ROOM / "editions.yml", _Editions).editions


class _Editions(Declared):
    editions: Mapping[str, Edition]


@cache
def goods() -> Goods:
    """Return what is known of goods."""
    return load(ROOM / "goods.yml", Goods)


@cache
def routes() -> Routes:
    """Return where things happen and how they travel."""
    return load(ROOM / "routes.yml", Routes)
