"""The agenda is what each administration says on each reporting day, with the mistakes it later puts right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from calypso.registry import Operation
from calypso.simulation.damage import KINDS, TWICE, Scene, spoil, twin_of
from calypso.simulation.offices import Office
from calypso.simulation.statement import Statement, statements
from calypso.simulation.truth import Truth
from calypso.values import Value

Key = tuple[str, date]


@dataclass
class Agenda:
    """The rows of every file by administration and day, and how often each kind of damage was done."""

    operation: Operation
    offices: Mapping[str, Office]
    silent: frozenset[Key]
    rng: Random
    rows: dict[Key, list[Statement]] = field(default_factory=dict)
    tally: Counter[str] = field(default_factory=Counter)
    phantoms: Counter[str] = field(default_factory=Counter)

    def days(self) -> Iterable[Key]:
        """Yield every administration and day on which something is sent, day by day."""
        for number in range((self.operation.ends_on - self.operation.starts_on).days + 1):
            for code in self.offices:
                key = (code, self.operation.starts_on + timedelta(number))
                if key not in self.silent:
                    yield key

    def busiest(self, used: Iterable[Key] = ()) -> list[Key]:
        """Return the days with rows, roughly those with most of them first, without those already used."""
        free = [key for key in self.rows if self.rows[key] and key not in set(used)]
        return sorted(free, key=lambda key: -len(self.rows[key]) * self.rng.uniform(0.4, 1))

    def later(self, key: Key) -> Key | None:
        """Return a day up to four days after `key` on which the same administration sends a file."""
        code, day = key
        days = [(code, day + timedelta(n)) for n in range(1, 5) if day + timedelta(n) <= self.operation.ends_on]
        return self.rng.choice(free) if (free := [later for later in days if later not in self.silent]) else None

    def add(self, key: Key, row: Statement) -> None:
        """Let a row stand at the end of a day's file."""
        self.rows.setdefault(key, []).append(row)

    def damaged(self, key: Key, rows: Sequence[Statement], wanted: int) -> list[Statement]:
        """Return the rows of a file, up to `wanted` of them spoiled by the kinds seen least; one row stays good."""
        found = list(rows)
        for _ in range(wanted):
            if sum(row.damage is None for row in found) < 2 or not self._spoil_one(key, found):
                break
        return found

    def _spoil_one(self, key: Key, rows: list[Statement]) -> bool:
        scene = Scene(self.offices[key[0]], key[1], rows, self.rng)
        good = sum(row.damage is None for row in rows)
        for kind in sorted(KINDS, key=lambda kind: (self.tally[kind], self.rng.random())):
            for place in self.rng.sample(range(len(rows)), len(rows)):
                spoiled = spoil(rows[place], kind, scene) if kind != TWICE or good > 2 else None
                if spoiled is None:
                    continue
                if kind == TWICE and (twin := twin_of(rows[place], rows)):
                    rows[rows.index(twin)] = twin.with_(damage=TWICE, settled=True)
                    self.tally[TWICE] += 1
                rows[place] = spoiled
                self.tally[kind] += 1
                return True
        return False


def agenda(operation: Operation, truth: Truth, offices: Mapping[str, Office], seed: int) -> Agenda:
    """Return an agenda on which every true row stands once, on the reporting day of its case."""
    found = Agenda(operation, offices, truth.silent, Random(f"{operation.code}/{seed}/agenda"))
    for case in truth.cases:
        for row in statements(case, offices[case.administration]):
            found.add((case.administration, case.reporting_day), row)
    return found


def mistaken(row: Statement, rng: Random) -> Statement:
    """Return `row` with a value that is wrong and yet breaks no rule."""
    number, quantity = row.fields.get("serial_number"), row.fields.get("quantity")
    wrong: Value
    if isinstance(number, str):
        return row.saying(serial_number=number[:-2] + str((int(number[-2:]) + rng.randint(1, 98)) % 100).zfill(2))
    if isinstance(quantity, Decimal):
        wrong = quantity + rng.choice([1, 2, 10])
        return row.saying(quantity=wrong)
    return row.saying(case_type="detention")
