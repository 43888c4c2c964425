"""A watch tells of a file when it stands still, once, and again where it is left lying."""

from __future__ import annotations

from calypso.folder import Drop
from calypso.watch import AGAIN_AFTER, Watch

NAME = b"brb_2024-11-05_seizures.csv"


def test_a_file_that_grows_is_not_told_of() -> None:
    watch = Watch()
    assert [watch.look([Drop(NAME, size, 1)], size) for size in range(4)] == [False] * 4
    assert watch.look([Drop(NAME, 3, 1)], 5)


def test_a_file_is_told_of_once_and_again_where_it_is_left() -> None:
    watch, drop = Watch(), Drop(NAME, 7, 1)
    assert [watch.look([drop], now) for now in (0, 1, 2, 3)] == [False, True, False, False]
    assert [watch.look([drop], 1 + AGAIN_AFTER + now) for now in (-1, 0, 1)] == [False, True, False]


def test_another_file_under_its_name_is_told_of_anew() -> None:
    watch = Watch()
    for now, size in enumerate((7, 7, 9, 9)):
        told = watch.look([Drop(NAME, size, 1)], now)
    assert told
    assert len(watch.told) == 1


def test_a_file_that_came_beside_one_told_of_is_told_of() -> None:
    watch, first, second = Watch(), Drop(NAME, 7, 1), Drop(b"brb_2024-11-06_seizures.csv", 7, 1)
    looks = [[first], [first], [first, second], [first, second], []]
    assert [watch.look(drops, now) for now, drops in enumerate(looks)] == [False, True, False, True, False]
    assert watch.told == {}


def test_what_is_still_being_written_by_its_name_is_passed_over() -> None:
    watch, part = Watch(), Drop(NAME + b".part", 7, 1)
    assert [watch.look([part], now) for now in range(3)] == [False] * 3
