"""The truth is what really happened in a simulated operation: every case, and every item with its measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from calypso.registry import Operation
from calypso.simulation.cases import Case, Stage, cases, number
from calypso.simulation.coincidence import Coincidence, coincide, mark_alike, relate
from calypso.simulation.editions import edition
from calypso.simulation.items import fill
from calypso.simulation.measures import in_usd, measure, normalised
from calypso.simulation.oddities import add_oddities
from calypso.simulation.offices import Office
from calypso.simulation.retelling import Event, retell
from calypso.values import Value


@dataclass(frozen=True)
class Truth:
    """What really happened, and on which days an administration stayed silent.

    Each case is one that is reported: an event told by two administrations is two cases. `events` are those told more
    than once, `coincidences` cases of different events that have something in common.
    """

    cases: Sequence[Case]
    silent: frozenset[tuple[str, date]]
    events: Sequence[Event]
    coincidences: Sequence[Coincidence]

    @property
    def distinct(self) -> int:
        """Return how many events the cases tell of."""
        return len(self.cases) - sum(len(event) - 1 for event in self.events)

    def items(self) -> Iterator[tuple[Case, Mapping[str, Value]]]:
        """Yield every item with its case."""
        for case in self.cases:
            for item in case.items:
                yield case, item


def make(operation: Operation, offices: Mapping[str, Office], seed: int) -> Truth:
    """Return the truth of an operation; the same seed gives the same."""
    rng = Random(f"{operation.code}/{seed}/truth")
    stage = Stage(operation, offices, _silent(operation, offices, rng), rng)
    found = cases(stage)
    events = retell(found, stage)
    coincidences = coincide(found, events, stage)
    number(found, stage)
    coincidences += relate(found, events, stage)
    fill(operation, found, (events, coincidences), offices, rng)
    add_oddities(found, rng)
    return Truth(found, stage.silent, events, mark_alike(coincidences))


def _silent(operation: Operation, offices: Mapping[str, Office], rng: Random) -> frozenset[tuple[str, date]]:
    """Return the days on which an administration sends nothing; never the last one."""
    count = (operation.ends_on - operation.starts_on).days
    all_days = [(code, operation.starts_on + timedelta(n)) for code in offices for n in range(count)]
    return frozenset(rng.sample(all_days, edition(operation.code).silent_days))


def measures_of(case: Case, item: Mapping[str, Value]) -> dict[str, Decimal]:
    """Return an item's normalised quantity under its name, and its money in US dollars."""
    quantity, unit, currency = item["quantity"], str(item["unit"]), item.get("currency")
    assert isinstance(quantity, Decimal)
    if item["category"] == "currency":
        return {"amount": quantity, "amount_usd": in_usd(quantity, str(currency), case.day)}
    found = {measure(unit): normalised(quantity, unit)}
    value = item.get("value")
    return found | ({"value_usd": in_usd(value, str(currency), case.day)} if isinstance(value, Decimal) else {})
