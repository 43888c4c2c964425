"""Who brings much goes behind; who brings little, or the usual, does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calypso import courtesy
from calypso.courtesy import BEGINNING, CROWD, MANY, MUCH, PATIENCE, TRICKLE, Pace, Turn


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


@pytest.fixture
def pressure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """What the kernel tells of its processors: that they are wanted, until a test says otherwise."""
    file = tmp_path / "cpu"
    file.write_text("some avg10=90.68 avg60=72.00 avg300=59.68 total=41356992999\nfull avg10=0.00\n")
    monkeypatch.setattr(courtesy, "PRESSURE", file)
    return file


def calm(pressure: Path) -> None:
    pressure.write_text("some avg10=3.10 avg60=72.00 avg300=59.68 total=41356992999\nfull avg10=0.00\n")


def test_the_kernel_tells_who_waits(pressure: Path) -> None:
    assert courtesy.is_busy()
    calm(pressure)
    assert not courtesy.is_busy()
    pressure.unlink()
    assert not courtesy.is_busy()


@pytest.mark.parametrize("sizes", [[], [5000], [MUCH], [1] * CROWD])
def test_the_turn_of_who_brings_the_usual_comes_at_once(pressure: Path, sizes: list[int]) -> None:
    assert Turn().has_come(sizes)


@pytest.mark.parametrize("sizes", [[MUCH + 1], [1] * (CROWD + 1)])
def test_others_are_let_pass_but_not_for_ever(clock: list[float], pressure: Path, sizes: list[int]) -> None:
    turn = Turn()
    assert not turn.has_come(sizes)
    clock[0] += PATIENCE - 1
    assert not turn.has_come(sizes)
    clock[0] += 1
    assert turn.has_come(sizes)
    assert not turn.has_come(sizes)  # what comes later waits anew


def test_the_turn_comes_when_nobody_else_is_there(clock: list[float], pressure: Path) -> None:
    calm(pressure)
    turn = Turn()
    assert not turn.has_come([MUCH + 1])  # those who come at the same time are not seen yet
    clock[0] += BEGINNING
    assert turn.has_come([MUCH + 1])


def test_a_large_file_trickles_while_others_wait(clock: list[float], pressure: Path) -> None:
    wait, step = Pace().of_one_file(), 1024**2
    for had in range(step, MUCH + 1, step):
        wait(had)
    assert clock == [100.0]
    for had in range(MUCH + step, 2 * MUCH + 1, step):
        wait(had)
    assert clock == [pytest.approx(100 + MUCH / TRICKLE)]
    calm(pressure)
    wait(3 * MUCH)
    assert clock == [pytest.approx(100 + MUCH / TRICKLE)]


def test_files_of_one_pull_share_its_pace(clock: list[float], pressure: Path) -> None:
    pace = Pace()
    for _ in range(4):
        pace.of_one_file()(MUCH // 2)
    assert clock == [pytest.approx(100 + MUCH / TRICKLE)]


def test_who_waited_for_the_server_does_not_wait_again(clock: list[float], pressure: Path) -> None:
    wait = Pace().of_one_file()
    wait(MUCH)
    clock[0] += 1000
    wait(MUCH + TRICKLE)
    assert clock == [pytest.approx(1101)]
