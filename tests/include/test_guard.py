"""A file that kills its reader is refused, and the next one is read."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from calypso.guard import guarded, read_safely
from calypso.sheet import Unreadable


def test_what_the_child_reads_comes_back() -> None:
    assert read_safely(lambda: (os.getpid(), "read"))[1] == "read"
    assert read_safely(os.getpid) != os.getpid()


def test_a_refusal_in_the_child_is_the_parents_refusal() -> None:
    def refuse() -> None:
        raise Unreadable("F007", "2", "3", 5, "C")

    with pytest.raises(Unreadable) as refused:
        read_safely(refuse)
    assert (refused.value.rule, refused.value.row, refused.value.column) == ("F007", 5, "C")


def test_a_reader_that_dies_twice_gives_a_refusal(tmp_path: Path) -> None:
    def die() -> None:
        (tmp_path / str(os.getpid())).touch()
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(Unreadable) as refused:
        read_safely(die)
    assert refused.value.rule == "F023"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_reader_that_dies_once_is_given_a_second_try(tmp_path: Path) -> None:
    def die_once() -> str:
        if not any(tmp_path.iterdir()):
            (tmp_path / "died").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "read"

    assert read_safely(die_once) == "read"


def test_a_reader_that_takes_too_long_or_too_much_is_stopped() -> None:
    def spin() -> None:
        while True:
            pass

    with pytest.raises(Unreadable) as refused:
        read_safely(spin, seconds=1)
    assert (refused.value.rule, refused.value.given) == ("F023", "time")
    with pytest.raises(Unreadable) as refused:
        read_safely(lambda: bytearray(4 << 30) and None, memory=1 << 30)
    assert (refused.value.rule, refused.value.given) == ("F023", "memory")


def test_a_defect_in_the_reader_is_no_fault_of_the_file() -> None:
    with pytest.raises(ZeroDivisionError):
        read_safely(lambda: 1 / 0)


def test_small_files_are_read_in_this_process() -> None:
    assert guarded(b"a,b", os.getpid) == os.getpid()
    assert guarded(b"PK\x03\x04" + b"x" * 300_000, os.getpid) != os.getpid()
