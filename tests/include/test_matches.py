"""What the matching is measured by: pairs planted and found, of one operation and of several together."""

from __future__ import annotations

import pytest

from calypso.local import matches
from calypso.local.machine import CannotServe
from calypso.local.matches import Measured
from calypso.settings import read


def pair(one: str, other: str) -> frozenset[tuple[str, str]]:
    return frozenset({("brb", one), ("tto", other)})


def measured(name: str, planted: str, found: str, near: str = "") -> Measured:
    planted_pairs, found_pairs, near_pairs = (
        frozenset(pair(letter, letter) for letter in letters) for letters in (planted, found, near)
    )
    return Measured(name, 10, planted_pairs, found_pairs, near_pairs)


def test_precision_is_of_what_was_found_and_recall_of_what_was_planted() -> None:
    one = measured("one", planted="abcd", found="abx")
    assert one.precision == pytest.approx(2 / 3)
    assert one.recall == pytest.approx(2 / 4)
    assert not one.holds


def test_nothing_found_is_nothing_wrong_but_everything_missed() -> None:
    one = measured("one", planted="ab", found="")
    assert (one.precision, one.recall) == (1, 0)
    assert not one.holds


def test_equal_references_of_two_operations_are_two_pairs() -> None:
    both = matches.together([measured("one", planted="ab", found="ab"), measured("other", planted="ab", found="a")])
    assert (both.cases, len(both.planted), len(both.found)) == (20, 4, 3)
    assert (both.precision, both.recall) == (1, 0.75)


def test_a_line_tells_the_near_misses_that_were_taken_for_pairs() -> None:
    [line] = matches.lines([measured("one", planted="a", found="ax", near="xy")])
    assert line == ("one", "10", "1", "2", "1", "1 of 2", "0.500", "1.000")


def test_what_cannot_be_measured_is_told(tmp_path) -> None:
    with pytest.raises(CannotServe, match="no operation calypso-1999"):
        matches.chosen("calypso-1999")
    [operation] = matches.chosen("calypso-2024")
    with pytest.raises(CannotServe, match="not replayed here"):
        matches.published(read({"CALYPSO_HOME": str(tmp_path)}), operation)
