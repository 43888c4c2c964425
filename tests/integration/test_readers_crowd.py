"""A crowd of readers who mean harm costs 28 senders a tenth of their time at most, and builds end.

It takes half an hour on two cores, so it runs where it is asked for:
`pytest tests/integration/test_readers_crowd.py --readers -s`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Iterator

import pytest
from integration import wave
from integration.crowd import crowd
from integration.servers import whole_stack
from integration.test_hostile import MORE, at_rest, at_the_same_second
from integration.test_served import evening
from psycopg2.extensions import make_dsn

from calypso import provision
from calypso.local import airflow_api
from calypso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(5400)]

ROUNDS = 3
ROLES = (provision.of_administration("vct"), provision.PARTNER)  # beside the analyst


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest) -> Iterator[Settings]:
    if not request.config.getoption("--readers"):
        pytest.skip("takes half an hour: say --readers")
    with whole_stack() as up:
        yield up


def dsns(stack: Settings) -> list[str]:
    analyst = stack.warehouse("analyst")
    passwords = {role: (stack.home / "secrets" / f"{role}_password").read_text() for role in ROLES}
    return [analyst, *(make_dsn(analyst, user=role, password=word) for role, word in passwords.items())]


def served(stack: Settings, number: int) -> tuple[float, float]:
    """Return how long the middle one and the last of the 28 wait for their receipts, who send at once."""
    at_rest(stack)
    at_the_same_second()
    answers = wave.drop(stack, evening(number), ask=False)
    waited = sorted(answer.seconds for answer in answers.values())
    assert len(waited) == 28
    return waited[len(waited) // 2], waited[-1]


def built(stack: Settings) -> float:
    """Return the seconds of a build that is asked for."""
    at_rest(stack)
    with airflow_api.Client(stack) as client:
        run = client.trigger("build_warehouse")
        begun = time.monotonic()
        while time.monotonic() - begun < 900:
            states = {one["dag_run_id"]: one["state"] for one in client.runs("build_warehouse")}
            if states.get(run) == "success":
                return time.monotonic() - begun
            assert states.get(run) != "failed", "the build has failed"
            time.sleep(1)
    raise AssertionError("the build does not end")


def shown(figures: Iterable[float]) -> str:
    return ", ".join(f"{figure:.2f}" for figure in figures)


def test_189_readers_cost_the_28_a_tenth_at_most_and_a_build_ends(stack: Settings) -> None:
    numbers = iter(range(1, 100))
    served(stack, next(numbers))  # warms up
    before, alone, times = served(stack, next(numbers)), built(stack), []
    print("\n| round | the middle one's seconds, the last one's: before | with the crowd | after | of the normal |")
    for number in range(ROUNDS):
        with crowd(dsns(stack), stack.home) as did:
            found = served(stack, next(numbers))
            crowded = built(stack)
        after = served(stack, next(numbers))
        times.append([one * 2 / (former + latter) for one, former, latter in zip(found, before, after, strict=True)])
        print(f"| {number} | {shown(before)} | {shown(found)} | {shown(after)} | {shown(times[-1])} |")
        print(f"a build: {alone:.1f} s alone, {crowded:.1f} s with the crowd, which did {did()}")
        assert did()["connected"] >= 33
        before = after
    middle, last = map(statistics.median, zip(*times, strict=True))
    print(f"| **all** | | | | **{middle:.2f}, {last:.2f}** |")
    assert middle <= MORE
    assert last <= MORE
