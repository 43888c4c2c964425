"""A case is one event as one administration tells it: who, when, where, on which route; goods are added by `items`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from random import Random

from calypso.registry import Operation
from calypso.simulation.circumstances import circumstances
from calypso.simulation.editions import Edition, edition, routes
from calypso.simulation.offices import Office
from calypso.values import Value

LONG_FORM_ONLY = ("cash", "gold")  # their figures need what a short form does not say
EVENING = 16  # hour from which on an event is told no sooner than the day after


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

    @property
    def direction(self) -> str:
        """Return the direction of the goods, seen from the administration."""
        return str(self.fields["direction"])


@dataclass(frozen=True)
class Stage:
    """Where cases come about: the operation, its offices, the days on which some stay silent, and chance."""

    operation: Operation
    offices: Mapping[str, Office]
    silent: frozenset[tuple[str, date]]
    rng: Random

    def office(self, case: Case) -> Office:
        """Return the office that tells a case."""
        return self.offices[case.administration]

    def move(self, case: Case, day: date, at: time | None = None) -> None:
        """Let a case happen on a day, at the latest on the last of the operation, and be told on a day that suits."""
        event = min(max(day, self.operation.starts_on), self.operation.ends_on)
        case.fields["event_date"] = event
        late = timedelta(1) if at is not None and at.hour >= EVENING else timedelta(0)
        case.reporting_day = self.reported(event + late, case.administration)

    def reported(self, event: date, code: str) -> date:
        """Return the reporting day of an event: the day itself, sometimes a later one, never one that stayed silent."""
        day = event + timedelta(self.rng.choices([0, 1, 2], [88, 9, 3])[0])
        while (code, day) in self.silent:
            day += timedelta(1)
        return min(day, self.operation.ends_on)


def cases(stage: Stage) -> list[Case]:
    """Return every case of the operation, without reference and goods."""
    busy = {code: _busy_days(stage.operation, stage.rng) for code in stage.offices}
    found = []
    for theme, kind, direction in _kinds(edition(stage.operation.code), stage.rng):
        office = _finder(theme, stage)
        event = stage.rng.choice(busy[office.code])
        reported = stage.reported(event, office.code)
        fields: dict[str, Value] = {"case_type": kind, "event_date": event, "direction": direction}
        told = circumstances(theme, direction, office, stage.rng)
        found.append(Case(theme, office.code, reported, fields | told))
    return found


def number(found: list[Case], stage: Stage) -> None:
    """Bring cases into the order of administrations and days, and give each its reference."""
    found.sort(key=lambda case: (list(stage.offices).index(case.administration), case.reporting_day, case.day))
    for case, ref in zip(found, _references(found, stage.operation), strict=True):
        case.fields = {"case_ref": ref, **case.fields}
        if not stage.office(case).short and case.reporting_day > case.day:
            case.fields["discovered_date"] = case.reporting_day if stage.rng.random() < 0.5 else None


def _kinds(said: Edition, rng: Random) -> Iterator[tuple[str, str, str]]:
    """Yield theme, type and direction of every case of an edition."""
    with_goods = [
        (theme, direction)
        for theme, of_theme in said.themes.items()
        for direction, count in of_theme.cases.items()
        for _ in range(count)
    ]
    detained = set(rng.sample(range(len(with_goods)), said.detentions))
    for place, (theme, direction) in enumerate(with_goods):
        yield theme, "detention" if place in detained else "seizure", direction
    for _ in range(said.suspicious_movements):
        yield "movement", "suspicious_movement", rng.choice(["import", "export", "transit", "transit"])


def _busy_days(operation: Operation, rng: Random) -> list[date]:
    """Return the days of the operation, some of them several times: finds come in bunches."""
    days = [operation.starts_on + timedelta(n) for n in range((operation.ends_on - operation.starts_on).days + 1)]
    return [day for day in days for _ in range(rng.choice([0, 0, 1, 1, 4, 8]))] or days


def _finder(theme: str, stage: Stage) -> Office:
    homes = routes().administrations
    able = [office for office in stage.offices.values() if not (office.short and theme in LONG_FORM_ONLY)]
    return stage.rng.choices(able, [homes[office.code].weight for office in able])[0]


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
