"""A watch tells of a file when it stands still, and once."""

from __future__ import annotations

import pytest

from calypso import courtesy
from calypso.courtesy import BEGINNING, CROWD, MUCH
from calypso.folder import Drop
from calypso.watch import Watch

NAME = b"brb_2024-11-05_seizures.csv"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still on a machine where nobody waits; its hands are the one number in the list."""
    hands = [100.0]
    monkeypatch.setattr(courtesy.time, "monotonic", lambda: hands[0])
    monkeypatch.setattr(courtesy, "is_busy", lambda: False)
    return hands


def test_a_file_that_grows_is_not_told_of() -> None:
    watch = Watch()
    assert [watch.look([Drop(NAME, size, 1)]) for size in range(4)] == [False] * 4
    assert watch.look([Drop(NAME, 3, 1)])


def test_a_file_is_told_of_once() -> None:
    watch, drop = Watch(), Drop(NAME, 7, 1)
    assert [watch.look([drop]) for _ in range(4)] == [False, True, False, False]


def test_another_file_under_its_name_is_told_of_anew() -> None:
    watch = Watch()
    for size in (7, 7, 9, 9):
        told = watch.look([Drop(NAME, size, 1)])
    assert told
    assert len(watch.told) == 1


def test_a_file_that_came_beside_one_told_of_is_told_of() -> None:
    watch, first, second = Watch(), Drop(NAME, 7, 1), Drop(b"brb_2024-11-06_seizures.csv", 7, 1)
    looks = [[first], [first], [first, second], [first, second], []]
    assert [watch.look(drops) for drops in looks] == [False, True, False, True, False]
    assert not watch.told


def test_what_is_still_being_written_by_its_name_is_passed_over() -> None:
    watch, part = Watch(), Drop(NAME + b".part", 7, 1)
    assert [watch.look([part]) for _ in range(3)] == [False] * 3


def test_a_crowded_inbox_is_looked_at_less_often_and_told_of_when_nobody_waits(clock: list[float]) -> None:
    watch = Watch()
    crowd = [Drop(b"brb_2024-11-05_seizures_v%d.csv" % version, 7, 1) for version in range(3 * CROWD)]
    assert watch.due()
    watch.look(crowd)
    assert not watch.due()
    clock[0] += 3
    assert watch.due()
    assert not watch.look(crowd)
    clock[0] += BEGINNING
    assert watch.look(crowd)
    watch.look(crowd[:1])
    assert watch.due(), "the crowd is gone"


def test_a_large_file_is_told_of_when_others_have_gone_and_once(clock: list[float]) -> None:
    watch, large = Watch(), Drop(NAME, MUCH + 1, 1)
    assert [watch.look([large]) for _ in range(3)] == [False] * 3
    clock[0] += BEGINNING
    assert [watch.look([large]) for _ in range(3)] == [True, False, False]
