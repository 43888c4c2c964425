"""Matches are measured by the pairs that a simulation has planted: how many are found, what else is taken for one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calypso import warehouse
from calypso.local import variation
from calypso.local.machine import CannotServe
from calypso.registry import Operation, operations
from calypso.settings import Settings

PRECISION, RECALL = 0.98, 0.95  # aimed at

Side = tuple[str, str]  # administration and case reference
Pair = frozenset[Side]

MATCHES = """
    select administration_code, case_ref, other_administration_code, other_case_ref
    from marts.fct_case_matches
    where operation_code = %s and is_match
"""


@dataclass(frozen=True)
class Measured:
    """What the matching makes of simulated operations: pairs of cases, as planted and as found."""

    name: str
    cases: int
    planted: frozenset[Pair]
    found: frozenset[Pair]
    near_misses: frozenset[Pair]

    @property
    def right(self) -> frozenset[Pair]:
        """Return what was planted and found."""
        return self.planted & self.found

    @property
    def precision(self) -> float:
        """Return the share of right pairs among those found, 0 to 1; nothing found is nothing wrong."""
        return len(self.right) / len(self.found) if self.found else 1.0

    @property
    def recall(self) -> float:
        """Return the share of right pairs among those planted, 0 to 1."""
        return len(self.right) / len(self.planted) if self.planted else 1.0

    @property
    def holds(self) -> bool:
        """Tell whether both aims are reached."""
        return self.precision >= PRECISION and self.recall >= RECALL


def published(settings: Settings, operation: Operation) -> Measured:
    """Measure an operation as it was replayed; raises CannotServe where it was not."""
    truth = settings.home / "simulation" / operation.code / "truth.json"
    if not truth.exists():
        raise CannotServe(f"{operation.code} is not replayed here: run `calypso demo {operation.code}`.")
    return _measured(operation.code, settings, operation, truth)


def of_seed(settings: Settings, operation: Operation, seed: int) -> Measured:
    """Measure a variation of an operation, in a warehouse that is made for it and dropped after."""
    with variation.loaded(settings, operation, seed) as (made, truth):
        return _measured(f"{operation.code}, seed {seed}", made, operation, truth)


def together(measured: Sequence[Measured]) -> Measured:
    """Return several measurements as one."""
    return Measured(
        "together",
        sum(one.cases for one in measured),
        *(
            frozenset(_marked(one.name, pair) for one in measured for pair in getattr(one, kind))
            for kind in ("planted", "found", "near_misses")
        ),
    )


def chosen(code: str | None) -> list[Operation]:
    """Return the operation of a code, or all; raises CannotServe where there is none of that code."""
    known = operations()
    if code is not None and code not in known:
        raise CannotServe(f"There is no operation {code}; there are {', '.join(known)}.")
    return [known[code]] if code else list(known.values())


def lines(measured: Iterable[Measured]) -> list[tuple[str, ...]]:
    """Return one line each: name, cases, pairs planted, found and right, near misses taken, precision, recall."""
    return [
        (
            one.name,
            *(str(number) for number in (one.cases, len(one.planted), len(one.found), len(one.right))),
            f"{len(one.near_misses & one.found)} of {len(one.near_misses)}",
            f"{one.precision:.3f}",
            f"{one.recall:.3f}",
        )
        for one in measured
    ]


def _measured(name: str, settings: Settings, operation: Operation, truth: Path) -> Measured:
    told = json.loads(truth.read_text(encoding="utf-8"))
    with warehouse.transaction(settings.warehouse("analyst")) as connection, connection.cursor() as cursor:
        cursor.execute(MATCHES, [operation.code])
        found = frozenset(frozenset(((one, ref), (other, other_ref))) for one, ref, other, other_ref in cursor)
    return Measured(name, len(told["cases"]), _pairs(told["pairs"]), found, _pairs(told["near_misses"]))


def _pairs(told: Sequence[Mapping[str, Mapping[str, Any]]]) -> frozenset[Pair]:
    return frozenset(
        frozenset((two[side]["administration"], two[side]["case_ref"]) for side in ("first", "second")) for two in told
    )


def _marked(name: str, pair: Pair) -> Pair:
    """Return a pair that is another one in every operation."""
    return frozenset((administration, f"{name}: {ref}") for administration, ref in pair)
