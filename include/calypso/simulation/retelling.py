"""Retelling lets cases of several administrations tell one event, each in its own words and as far as it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from calypso.simulation.cases import Case, Stage
from calypso.simulation.circumstances import (
    CONSIGNMENTS,
    CONVEYANCES,
    as_told,
    consignment,
    conveyance,
    ends,
    findings,
    modes,
    place,
)
from calypso.simulation.editions import Travel, routes
from calypso.simulation.spelling import mistyped
from calypso.values import Value

Event = Sequence[Case]  # the cases that tell it, in the order in which the goods passed

SHARE = 0.07  # pairs of cases that tell one event, of all cases
THIRD = 0.12  # events told by a third administration
UNTOLD = ("cash",)  # a courier is stopped once
AHEAD = {"export": ("import", "transit"), "transit": ("import",)}  # what the goods may be where they go next
TOLD = {"sea": 0.75, "air": 0.7, "mail": 0.9}  # that a consignment's number is told
HOURS = {"sea": (6, 80), "air": (2, 30), "mail": (12, 90)}  # until the goods are found elsewhere


@dataclass(frozen=True)
class Journey:
    """What really moved, and from where to where; spelled plainly."""

    mode: str
    hidden: str
    conveyance: str | None
    consignment: str | None
    source: str
    market: str
    homes: Sequence[str]  # of the administrations that tell of it, on the way
    begun: datetime


def retell(found: Sequence[Case], stage: Stage) -> list[Event]:
    """Choose cases that tell the same events, and let them; return the events told more than once."""
    events = list(_chosen(found, stage))
    for event in events:
        journey = _journey(event, stage)
        at = journey.begun
        for place_no, case in enumerate(event):
            at = at if place_no == 0 else at + _until(journey.mode, stage.rng)
            _tell(case, event, journey, at, stage)
    return events


def pairs(event: Event) -> list[tuple[Case, Case]]:
    """Return every two cases that tell an event."""
    return [(one, other) for number, one in enumerate(event) for other in event[number + 1 :]]


def _chosen(found: Sequence[Case], stage: Stage) -> list[Event]:
    """Return events, as many as make up the share of pairs: cases of one theme, exported here and imported there."""
    wanted, events, used = round(len(found) * SHARE), list[Event](), set[int]()
    sources = [case for case in found if case.direction in AHEAD and case.theme not in UNTOLD]
    for first in stage.rng.sample(sources, len(sources)):
        if id(first) in used or sum(len(pairs(event)) for event in events) >= wanted:
            continue
        event = [first]
        while ahead := [case for case in found if id(case) not in used and _follows(case, event, stage)]:
            event.append(stage.rng.choice(ahead))
            if stage.rng.random() >= THIRD or len(event) == 3:
                break
        if len(event) > 1:
            used |= {id(case) for case in event}
            events.append(event)
    return events


def _follows(case: Case, event: Event, stage: Stage) -> bool:
    """Tell whether a case can tell what the last of an event tells; a movement in the short form says nothing of it."""
    told = (*event, case)
    return (
        case.theme == event[-1].theme
        and case.direction in AHEAD.get(event[-1].direction, ())
        and len({each.administration for each in told}) == len(told)
        and not (case.theme == "movement" and any(stage.office(each).short for each in told))
    )


def _journey(event: Event, stage: Stage) -> Journey:
    first, rng = event[0], stage.rng
    travel = routes().themes[first.theme]
    mode = rng.choice(modes(travel, [case.direction for case in event]))
    hidden = rng.choice(travel.hidden[mode])
    homes = [_home(case, mode, stage) for case in event]
    own = [country for case in event for country in stage.office(case).administration.territories]
    source, market = ends(travel, own, rng)
    begun = datetime.combine(first.day, time(rng.choice([0, 0, 1, 2, *range(3, 16)]), rng.randrange(60)))
    return Journey(
        mode,
        hidden,
        conveyance(mode, rng),
        consignment(mode, hidden, rng),
        source=homes[0] if first.direction == "export" else source,
        market=homes[-1] if event[-1].direction == "import" else market,
        homes=homes,
        begun=begun.replace(tzinfo=ZoneInfo(stage.office(first).administration.zone)),
    )


def _home(case: Case, mode: str, stage: Stage) -> str:
    """Return the territory of a case, at a place that suits the mode; the place stands in the case from now on."""
    office = stage.office(case)
    where = place(mode, office, stage.rng)
    case.fields |= {} if office.short else where
    return str(where["territory"] or office.code)


def _until(mode: str, rng: Random) -> timedelta:
    """Return how long after one administration the next came upon the goods; often they acted together."""
    together = rng.random() < 0.5
    return timedelta(minutes=rng.randint(-30, 30)) if together else timedelta(hours=rng.uniform(*HOURS[mode]))


def _tell(case: Case, event: Event, journey: Journey, at: datetime, stage: Stage) -> None:
    """Let a case tell the event, in local time."""
    office, rng = stage.office(case), stage.rng
    local = at.astimezone(ZoneInfo(office.administration.zone))
    stage.move(case, local.date(), local.time())
    if office.short:
        return
    other_ship = journey.mode == "sea" and at - journey.begun > timedelta(hours=24) and rng.random() < 0.1
    ship = conveyance("sea", rng) if other_ship else journey.conveyance
    mode = journey.mode
    case.fields |= {
        "event_time": local.time().replace(second=0, microsecond=0) if rng.random() < 0.85 else None,
        **_place(case, event, stage),
        "transport_mode": mode,
        "conveyance": as_told(CONVEYANCES, mode, ship, 0.85, office, rng),
        "consignment_ref": as_told(CONSIGNMENTS, mode, _number(journey, rng), TOLD[mode], office, rng),
        "concealment": journey.hidden if rng.random() < 0.8 else rng.choice(_hidden(case, mode)),
        **_route(case, event, journey, rng),
        **findings(office, rng),
    }


def _hidden(case: Case, mode: str) -> Sequence[str]:
    travel: Travel = routes().themes[case.theme]
    return travel.hidden[mode]


def _number(journey: Journey, rng: Random) -> str | None:
    """Return the consignment's number, seldom with a slip in it."""
    number = journey.consignment
    return mistyped(number, rng) if number is not None and rng.random() < 0.05 else number


def _place(case: Case, event: Event, stage: Stage) -> dict[str, Value]:
    """Return the place of a case; who was told by papers tells the place where the goods were found first."""
    first = event[0]
    if case is first or stage.office(first).short or stage.rng.random() >= 0.12:
        return {}
    return {name: first.fields[name] for name in ("place", "place_type", "unlocode")}


def _route(case: Case, event: Event, journey: Journey, rng: Random) -> dict[str, Value]:
    """Return the route as it looks from one place on it: what lies far off is told less often, and less truly."""
    place_no = next(number for number, each in enumerate(event) if each is case)
    home, before = journey.homes[place_no], journey.homes[:place_no]
    departure: str | None = journey.source
    if before and rng.random() < 0.25:
        departure = before[-1]  # the last port, for where the goods came from
    elif case.direction != "export" and rng.random() < 0.1:
        departure = None
    destination: str | None = journey.market
    if case.direction != "import" and rng.random() < 0.15:
        destination = None
    transit = home if case.direction == "transit" else None
    if case.direction == "import" and before and before[-1] != departure and rng.random() < 0.75:
        transit = before[-1]
    elif case.direction == "export" and _onward(event) and rng.random() < 0.5:
        transit = journey.homes[1]
    return {
        "departure_country": departure,
        "transit_country": transit,
        "destination_country": destination,
        "origin_country": journey.source if rng.random() < 0.7 else None,
    }


def _onward(event: Event) -> bool:
    """Tell whether goods that were exported pass through the next administration."""
    return event[1].direction == "transit"
