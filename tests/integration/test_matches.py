"""Cases that tell one event are found in both operations as they were replayed, and counted once."""

from __future__ import annotations

from typing import Any

import pytest
from integration.line import truth
from rich.console import Console

from calypso import warehouse
from calypso.local import demo, matches
from calypso.local.matches import Measured
from calypso.registry import operations
from calypso.settings import Settings

pytestmark = pytest.mark.integration

REASONS = "select reasons from marts.fct_case_matches where operation_code = %s"
DISTINCT = "select value from marts.rpt_operation_results where figure = 'distinct_cases' and operation_code = %s"


@pytest.fixture(scope="module")
def replayed(stack: Settings) -> Settings:
    """Replay both operations, unless another test has."""
    for code in operations():
        demo.run(stack, code, Console(record=True))
    return stack


@pytest.fixture(scope="module")
def measured(replayed: Settings) -> dict[str, Measured]:
    return {code: matches.published(replayed, operation) for code, operation in operations().items()}


def read(settings: Settings, query: str, code: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction(settings.warehouse("analyst")) as connection, connection.cursor() as cursor:
        cursor.execute(query, [code])
        return cursor.fetchall()


def test_the_published_operations_reach_the_aims(measured: dict[str, Measured]) -> None:
    whole = matches.together(list(measured.values()))
    print(matches.lines([*measured.values(), whole]))
    assert len(whole.planted) >= 30
    assert whole.precision >= matches.PRECISION, sorted(map(sorted, whole.found - whole.planted))
    assert whole.recall >= matches.RECALL, sorted(map(sorted, whole.planted - whole.found))


def test_near_misses_are_not_taken_for_pairs(measured: dict[str, Measured]) -> None:
    for one in measured.values():
        assert len(one.near_misses) >= 14
        assert not one.near_misses & one.found


@pytest.mark.parametrize("code", operations())
def test_distinct_cases_are_those_that_the_pairs_leave(replayed: Settings, code: str) -> None:
    """Where every pair is found and no other, there are as many as in the truth; each one missed is one more."""
    [(value,)] = read(replayed, DISTINCT, code)
    one = matches.published(replayed, operations()[code])
    expected = truth(replayed.home / "simulation" / code)["distinct_cases"]
    missed, wrong = len(one.planted - one.found), len(one.found - one.planted)
    assert expected - wrong <= value <= expected + missed


@pytest.mark.parametrize("code", operations())
def test_every_pair_has_its_reasons(replayed: Settings, code: str) -> None:
    told = read(replayed, REASONS, code)
    assert told
    assert all(reasons for (reasons,) in told)
