"""A coincidence is what two cases of different events have in common: near misses, which nobody should take for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from calypso.simulation.cases import Case, Stage
from calypso.simulation.circumstances import consignment, conveyance
from calypso.simulation.retelling import Event
from calypso.simulation.spelling import spelled

EACH_IN = 117  # one coincidence of each kind in so many cases
WEIGHED = ("cannabis", "cocaine")  # whose quantities can be round by chance
COMMON_SERIAL = "12345"


@dataclass(frozen=True)
class Coincidence:
    """Two cases of different administrations and events that share what `kind` says."""

    kind: str
    first: Case
    second: Case


Fits = Callable[[Case, Case, Stage], bool]
Change = Callable[[Case, Case, Stage], None]


def coincide(found: Sequence[Case], events: Sequence[Event], stage: Stage) -> list[Coincidence]:
    """Change the circumstances of some cases that tell events of their own, so that they look like others."""
    used = {id(case) for event in events for case in event}
    coincidences = []
    for kind, (fits, change) in KINDS.items():
        for _ in range(max(1, len(found) // EACH_IN)):
            free = [case for case in found if id(case) not in used and not stage.office(case).short]
            if two := next(_fitting(stage.rng.sample(free, len(free)), fits, stage), None):
                change(*two, stage)
                coincidences.append(Coincidence(kind, *two))
                used |= {id(case) for case in two}
    return coincidences


def relate(found: Sequence[Case], events: Sequence[Event], stage: Stage) -> list[Coincidence]:
    """Let some cases name another administration's case: of their event, or one that is related in some other way."""
    long = [case for case in found if not stage.office(case).short]
    coincidences = []
    for case in stage.rng.sample(long, len(long) // 12):
        other = stage.rng.choice([c for c in found if c.administration != case.administration])
        case.fields["related_case"] = _named(other)
        if not any(case in event and other in event for event in events):
            coincidences.append(Coincidence("related_only", case, other))
    for event in events:
        for case in event:
            others = [other for other in event if other is not case]
            if not stage.office(case).short and stage.rng.random() < 0.25:
                case.fields["related_case"] = _named(stage.rng.choice(others))
    named = {id(case): case.fields.get("related_case") for case in found}
    return [each for each in coincidences if named[id(each.first)] == _named(each.second)]


def mark_alike(coincidences: Sequence[Coincidence]) -> list[Coincidence]:
    """Let firearms of two cases bear the number that many bear; return the coincidences that have come about."""
    found = []
    for coincidence in coincidences:
        if coincidence.kind == "common_serial":
            arms = [
                [item for item in case.items if item["category"] == "firearm" and item["quantity"] == 1]
                for case in (coincidence.first, coincidence.second)
            ]
            if not all(arms):
                continue
            for first, *_ in arms:
                first |= {"serial_state": "present", "serial_number": COMMON_SERIAL}
        found.append(coincidence)
    return found


def _named(case: Case) -> str:
    return f"{case.administration}:{case.ref}"


def _fitting(free: Sequence[Case], fits: Fits, stage: Stage) -> Iterator[tuple[Case, Case]]:
    for first in free:
        for second in free:
            if first.administration != second.administration and fits(first, second, stage):
                yield first, second


def _by_sea(*cases: Case) -> bool:
    return all(case.fields["transport_mode"] == "sea" for case in cases)


def _days(first: Case, second: Case) -> int:
    return abs((first.day - second.day).days)


def _same_day(first: Case, second: Case, stage: Stage) -> None:
    stage.move(second, first.day + timedelta(stage.rng.choice([0, 0, 1])))


def _same_vessel(first: Case, second: Case, stage: Stage) -> None:
    name = conveyance("sea", stage.rng)
    for case in (first, second):
        case.fields["conveyance"] = spelled("vessel", name, stage.office(case))


def _same_container(first: Case, second: Case, stage: Stage) -> None:
    number = consignment("sea", "in_goods", stage.rng)
    for case in (first, second):
        case.fields["consignment_ref"] = spelled("container", number, stage.office(case))


def _other_container(first: Case, second: Case, stage: Stage) -> None:
    for case in (first, second):
        number = consignment("sea", "in_goods", stage.rng)
        case.fields["consignment_ref"] = spelled("container", number, stage.office(case))


def _same_voyage(first: Case, second: Case, stage: Stage) -> None:
    _same_day(first, second, stage)
    _same_vessel(first, second, stage)
    _other_container(first, second, stage)
    source = str(first.fields["departure_country"])
    if source not in stage.office(second).administration.territories:
        second.fields |= {"departure_country": source, "origin_country": source, "transit_country": None}


def _same_route(first: Case, second: Case, stage: Stage) -> None:
    """Let goods leave the first administration and others arrive at the second, on one day."""
    _same_day(first, second, stage)
    home = str(second.fields["territory"] or second.administration)
    first.fields["destination_country"] = home
    second.fields["departure_country"] = str(first.fields["territory"] or first.administration)
    if second.fields["transit_country"] == second.fields["departure_country"]:
        second.fields["transit_country"] = None


def _same_flow(first: Case, second: Case, stage: Stage) -> None:
    _same_route(first, second, stage)
    if _by_sea(first, second):
        _other_container(first, second, stage)


def _facing(first: Case, second: Case) -> bool:
    return (first.direction, second.direction) == ("export", "import")


# What two cases must be, and what makes them alike.
KINDS: Mapping[str, tuple[Fits, Change]] = {
    "vessel_again": (
        lambda first, second, stage: (
            _by_sea(first, second) and first.theme == second.theme and _days(first, second) >= 5
        ),
        _same_vessel,
    ),
    "container_again": (
        lambda first, second, stage: _by_sea(first, second) and _days(first, second) >= 6,
        _same_container,
    ),
    "same_voyage": (
        lambda first, second, stage: (
            _by_sea(first, second) and first.direction == second.direction == "import" and first.theme != second.theme
        ),
        _same_voyage,
    ),
    "same_route": (
        lambda first, second, stage: _facing(first, second) and first.theme != second.theme,
        _same_route,
    ),
    "same_flow": (
        lambda first, second, stage: _facing(first, second) and first.theme == second.theme,
        _same_flow,
    ),
    "round_quantity": (
        lambda first, second, stage: first.theme == second.theme and first.theme in WEIGHED,
        _same_day,
    ),
    "common_serial": (
        lambda first, second, stage: first.theme == second.theme == "firearms",
        lambda first, second, stage: None,
    ),
}
