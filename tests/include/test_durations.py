"""Whoever starts what takes long is told how long it took before."""

from __future__ import annotations

from pathlib import Path

from calypso.local import durations


def test_the_first_run_is_told_what_it_takes_elsewhere(tmp_path: Path) -> None:
    assert durations.expected(tmp_path / "not yet there", "demo") == "This takes about 3 minutes on two cores"


def test_later_runs_are_told_what_the_last_ones_took_here(tmp_path: Path) -> None:
    durations.keep(tmp_path, "up", 41.26)
    assert durations.expected(tmp_path, "up") == "This takes about 40 seconds: the last run here took 41 s"
    for seconds in (200, 38, 45):
        durations.keep(tmp_path, "up", seconds)
    told = "This takes about 3 minutes: the last 3 runs here took 200 s, 38 s, 45 s"
    assert durations.expected(tmp_path, "up") == told
    assert durations.expected(tmp_path, "demo") == "This takes about 3 minutes on two cores"
