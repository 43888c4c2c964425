"""A case is one event as it really was: who, when, where, on which route; its goods are added by `items`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

from calypso.registry import Operation
from calypso.simulation.editions import Edition, Travel, edition, goods, routes
from calypso.simulation.offices import Office
from calypso.values import Value

LONG_FORM_ONLY = ("cash", "gold")  # their figures need what a short form does not say
PLACES = {
    "sea": ("seaport", "seaport", "marina", "free_zone"),
    "air": ("airport",),
    "mail": ("post_office", "courier_hub"),
}


@dataclass
class Case:
    """One case while it is made, and afterwards; `items` are mappings of item fields."""

    theme: str
    administration: str
    reporting_day: date
    fields: dict[str, Value]
    items: list[dict[str, Value]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """Return the reference of the case."""
        return str(self.fields["case_ref"])

    @property
    def day(self) -> date:
        """Return the day of the event."""
        found = self.fields["event_date"]
        assert isinstance(found, date)
        return found


def cases(
    operation: Operation, offices: Mapping[str, Office], silent: set[tuple[str, date]], rng: Random
) -> list[Case]:
    """Return every case of the operation, without goods, in the order of administrations and days."""
    busy = {code: _busy_days(operation, rng) for code in offices}
    found = []
    for theme, kind, direction in _kinds(edition(operation.code), rng):
        office = _finder(theme, offices, rng)
        event = rng.choice(busy[office.code])
        reported = _reported(event, office.code, operation, silent, rng)
        fields: dict[str, Value] = {"case_type": kind, "event_date": event, "direction": direction}
        found.append(Case(theme, office.code, reported, fields | _circumstances(theme, direction, office, rng)))
    found.sort(key=lambda case: (list(offices).index(case.administration), case.reporting_day, case.day))
    for case, ref in zip(found, _references(found, operation), strict=True):
        case.fields = {"case_ref": ref, **case.fields}
    _relate(found, offices, rng)
    return found


def _kinds(said: Edition, rng: Random) -> Iterator[tuple[str, str, str]]:
    """Yield theme, type and direction of every case of an edition."""
    with_goods = [
        (theme, direction)
        for theme, of_theme in said.themes.items()
        for direction, count in of_theme.cases.items()
        for _ in range(count)
    ]
    detained = set(rng.sample(range(len(with_goods)), said.detentions))
    for number, (theme, direction) in enumerate(with_goods):
        yield theme, "detention" if number in detained else "seizure", direction
    for _ in range(said.suspicious_movements):
        yield "movement", "suspicious_movement", rng.choice(["import", "export", "transit", "transit"])


def _busy_days(operation: Operation, rng: Random) -> list[date]:
    """Return the days of the operation, some of them several times: finds come in bunches."""
    days = [operation.starts_on + timedelta(n) for n in range((operation.ends_on - operation.starts_on).days + 1)]
    return [day for day in days for _ in range(rng.choice([0, 0, 1, 1, 4, 8]))] or days


def _finder(theme: str, offices: Mapping[str, Office], rng: Random) -> Office:
    homes = routes().administrations
    able = [office for office in offices.values() if not (office.short and theme in LONG_FORM_ONLY)]
    return rng.choices(able, [homes[office.code].weight for office in able])[0]


def _reported(event: date, code: str, operation: Operation, silent: set[tuple[str, date]], rng: Random) -> date:
    """Return the reporting day of an event: the day itself, sometimes a later one, never one that stayed silent."""
    day = event + timedelta(rng.choices([0, 1, 2], [88, 9, 3])[0])
    while (code, day) in silent:
        day += timedelta(1)
    return min(day, operation.ends_on)


def _references(found: Sequence[Case], operation: Operation) -> Iterator[str]:
    """Yield references as each office writes them: its prefix, the year and a running number."""
    counts: dict[str, int] = {}
    for case in found:
        counts[case.administration] = counts.get(case.administration, 0) + 1
        yield reference(case.administration, operation, counts[case.administration])


def reference(code: str, operation: Operation, number: int) -> str:
    """Return the `number`-th reference of an administration in an operation."""
    prefix = routes().administrations[code].prefix
    year = operation.starts_on.year
    styles = (f"{prefix}-{year % 100}-{number:04d}", f"{prefix}/{year}/{number:03d}", f"{year}-{prefix}-{number:03d}")
    return styles[sum(code.encode()) % len(styles)]


def _circumstances(theme: str, direction: str, office: Office, rng: Random) -> dict[str, Value]:
    """Return place, transport and route of a case; nothing where the office reports in the short form."""
    if office.short:
        return {}
    travel = routes().themes[theme]
    mode = rng.choice([m for m in travel.modes if direction != "export" or m != "mail"])
    kinds = PLACES[mode]
    places = routes().administrations[office.code].places
    place = rng.choice([p for p in places if p[1] in kinds] or list(places))
    name, kind, unlocode, territory = (*place, None, None)[:4]
    home = territory or office.code
    return {
        "event_time": time(rng.randrange(1, 16), rng.randrange(60)),
        "territory": territory,
        "place": name,
        "place_type": kind,
        "unlocode": unlocode,
        "transport_mode": mode,
        "conveyance": _conveyance(mode, rng),
        "consignment_ref": _consignment(mode, rng),
        "concealment": rng.choice(travel.hidden[mode]),
        "detection_method": rng.choice(routes().detections),
        **_route(travel, direction, home, office, rng),
        "persons_detained": rng.choices([None, 0, 1, 2, 3], [30, 40, 20, 7, 3])[0],
        "remarks": rng.choice(goods().remarks[office.administration.language]) if rng.random() < 0.3 else None,
    }


def _route(travel: Travel, direction: str, home: str, office: Office, rng: Random) -> dict[str, Value]:
    foreign = [c for c in travel.sources if c not in office.administration.territories]
    source = rng.choice(foreign)
    market = rng.choice([c for c in travel.markets if c not in office.administration.territories and c != source])
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


def _conveyance(mode: str, rng: Random) -> str | None:
    if mode == "sea":
        first, second = routes().vessels
        return f"{rng.choice(first)} {rng.choice(second)}" if rng.random() < 0.8 else None
    return f"{rng.choice(routes().flights)} {rng.randrange(100, 990)}" if mode == "air" else None


def _consignment(mode: str, rng: Random) -> str | None:
    if mode == "sea":
        return f"SIMU{rng.randrange(10**6, 10**7)}" if rng.random() < 0.7 else None
    return f"CP{rng.randrange(10**8, 10**9)}ZZ" if mode == "mail" else None


def _relate(found: Sequence[Case], offices: Mapping[str, Office], rng: Random) -> None:
    """Let some cases name another administration's case, and a few be discovered after they were stopped."""
    long = [case for case in found if not offices[case.administration].short]
    for case in rng.sample(long, len(long) // 12):
        other = rng.choice([c for c in found if c.administration != case.administration])
        case.fields["related_case"] = f"{other.administration}:{other.ref}"
    for case in long:
        if case.reporting_day > case.day:
            case.fields["discovered_date"] = case.reporting_day if rng.random() < 0.5 else None
