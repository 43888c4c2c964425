"""Who brings much goes behind; who brings little, or the usual, does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from calypso import courtesy
from calypso.courtesy import MANY, MUCH, TRICKLE, Pace


@pytest.mark.parametrize(
    ("sizes", "niceness"),
    [([], 0), ([5000], 0), ([MUCH], 0), ([1] * MANY, 0), ([MUCH + 1], 10), ([1] * (MANY + 1), 10)],
)
def test_many_or_large_files_give_way(sizes: list[int], niceness: int) -> None:
    told = f"import os; from calypso.courtesy import give_way; print(give_way({sizes}), os.nice(0))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(niceness > 0), str(os.nice(0) + niceness)]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that only a wait moves; its hands are the one number in the list."""
    hands = [100.0]
    monkeypatch.setattr(courtesy.time, "monotonic", lambda: hands[0])
    monkeypatch.setattr(courtesy.time, "sleep", lambda seconds: hands.append(hands.pop() + seconds))
    return hands


def test_a_large_file_trickles(clock: list[float]) -> None:
    wait, step = Pace().of_one_file(), 1024**2
    for had in range(step, MUCH + 1, step):
        wait(had, 2 * MUCH)
    assert clock == [100.0]
    for had in range(MUCH + step, 2 * MUCH + 1, step):
        wait(had, 2 * MUCH)
    assert clock == [pytest.approx(100 + MUCH / TRICKLE)]


def test_files_of_one_pull_share_its_pace(clock: list[float]) -> None:
    pace = Pace()
    for _ in range(4):
        pace.of_one_file()(MUCH // 2, MUCH // 2)
    assert clock == [pytest.approx(100 + MUCH / TRICKLE)]


def test_who_waited_for_the_server_does_not_wait_again(clock: list[float]) -> None:
    wait = Pace().of_one_file()
    wait(MUCH, 3 * MUCH)
    clock[0] += 1000
    wait(MUCH + TRICKLE, 3 * MUCH)
    assert clock == [pytest.approx(1101)]
