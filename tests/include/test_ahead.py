"""What is made ahead comes in its order, while the one before it is used, and fails where it would have failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from calypso.ahead import ahead


def test_all_come_in_their_order() -> None:
    assert list(ahead(range(100))) == list(range(100))
    assert list(ahead([])) == []
    assert list(ahead([None, None])) == [None, None]


def test_the_next_is_made_while_one_is_used() -> None:
    made = [threading.Event() for _ in range(3)]

    def making() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    for number in ahead(making()):
        if number < 2:
            assert made[number + 1].wait(10)
        if number == 0:
            assert not made[2].is_set()  # one ahead and no more: each takes memory


def test_what_goes_wrong_is_raised_after_what_went_well() -> None:
    def making() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    rest = ahead(making())
    assert next(rest) == 1
    with pytest.raises(ValueError, match="the second"):
        next(rest)


def test_one_who_stops_leaves_no_thread() -> None:
    before = threading.active_count()
    for number in ahead(range(10)):
        if number == 3:
            break
    assert threading.active_count() == before
