"""Circumstances are where, when, by what and on which route a case came about, as its office tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from random import Random

from calypso.simulation.editions import Travel, goods, routes
from calypso.simulation.offices import Office
from calypso.simulation.spelling import container, spelled, waybill
from calypso.values import Value

PLACES = {
    "sea": ("seaport", "seaport", "marina", "free_zone"),
    "air": ("airport",),
    "mail": ("post_office", "courier_hub"),
}
CONVEYANCES = {"sea": "vessel", "air": "flight"}
CONSIGNMENTS = {"sea": "container", "air": "waybill", "mail": "parcel"}


def circumstances(theme: str, direction: str, office: Office, rng: Random) -> dict[str, Value]:
    """Return place, transport and route of a case; nothing where the office reports in the short form."""
    if office.short:
        return {}
    travel = routes().themes[theme]
    mode = rng.choice(modes(travel, [direction]))
    hidden = rng.choice(travel.hidden[mode])
    where = place(mode, office, rng)
    return {
        "event_time": time(rng.randrange(1, 16), rng.randrange(60)),
        **where,
        "transport_mode": mode,
        "conveyance": as_told(CONVEYANCES, mode, conveyance(mode, rng), 0.8 if mode == "sea" else 1, office, rng),
        "consignment_ref": as_told(
            CONSIGNMENTS, mode, consignment(mode, hidden, rng), 0.7 if mode == "sea" else 1, office, rng
        ),
        "concealment": hidden,
        **_route(travel, direction, str(where["territory"] or office.code), office, rng),
        **findings(office, rng),
    }


def findings(office: Office, rng: Random) -> dict[str, Value]:
    """Return what an office tells of a case by itself, whoever else tells of the event."""
    return {
        "detection_method": rng.choice(routes().detections),
        "persons_detained": rng.choices([None, 0, 1, 2, 3], [30, 40, 20, 7, 3])[0],
        "remarks": rng.choice(goods().remarks[office.administration.language]) if rng.random() < 0.3 else None,
    }


def modes(travel: Travel, directions: Sequence[str]) -> list[str]:
    """Return the modes in which goods of a theme may travel; nothing is exported by mail."""
    return [mode for mode in travel.modes if "export" not in directions or mode != "mail"]


def place(mode: str, office: Office, rng: Random) -> dict[str, Value]:
    """Return a place of an office for goods that travel in a mode."""
    places = routes().administrations[office.code].places
    name, kind, unlocode, territory = (
        *rng.choice([p for p in places if p[1] in PLACES[mode]] or list(places)),
        None,
        None,
    )[:4]
    return {"territory": territory, "place": name, "place_type": kind, "unlocode": unlocode}


def conveyance(mode: str, rng: Random) -> str | None:
    """Return the name of a vessel or the number of a flight, in plain spelling; post has none."""
    if mode == "sea":
        first, second = routes().vessels
        return f"{rng.choice(first)} {rng.choice(second)}"
    return f"{rng.choice(routes().flights)} {rng.randrange(100, 990)}" if mode == "air" else None


def consignment(mode: str, hidden: str, rng: Random) -> str | None:
    """Return the number of a container, parcel or air waybill, in plain spelling; baggage has none."""
    if mode == "sea":
        return container(rng.randrange(10**5, 10**6))
    if mode == "mail":
        return f"CP{rng.randrange(10**8, 10**9)}ZZ"
    return waybill(rng.randrange(10**6, 10**7)) if hidden == "in_goods" else None


def as_told(
    kinds: Mapping[str, str], mode: str, name: str | None, chance: float, office: Office, rng: Random
) -> str | None:
    """Return a name, of the kind it has in a mode, as the office writes it where it tells it at all."""
    return spelled(kinds[mode], name, office) if name is not None and rng.random() < chance else None


def _route(travel: Travel, direction: str, home: str, office: Office, rng: Random) -> dict[str, Value]:
    source, market = ends(travel, office.administration.territories, rng)
    if direction == "import":
        via = rng.choice([None, None, None, "pan", "usa"])
        found = {"departure_country": source, "destination_country": home, "origin_country": source}
        return {**found, "transit_country": via if via not in (source, home) else None}
    if direction == "export":
        return {"departure_country": home, "destination_country": market, "origin_country": rng.choice([None, source])}
    if direction == "transit":
        found = {"departure_country": source, "destination_country": market, "origin_country": source}
        return {**found, "transit_country": home}
    return {"departure_country": None, "destination_country": None, "origin_country": None}


def ends(travel: Travel, homes: Sequence[str], rng: Random) -> tuple[str, str]:
    """Return where goods of a theme come from and go to; neither is one of `homes`."""
    source = rng.choice([country for country in travel.sources if country not in homes])
    market = rng.choice([country for country in travel.markets if country not in homes and country != source])
    return source, market
