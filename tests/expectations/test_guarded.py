"""A file that kills its reader twice is set aside and answered, and the next file is served."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus.books import nothing, opened

from calypso import guard, landing
from calypso.checking import check
from calypso.submission import Submission
from calypso.verdict import kept
from expectations import judge

KILLER = "brb_2024-11-05_seizures.xlsx"
DEADLY = opened(nothing, [["case_ref"]])
HONEST = b"case_ref,case_type,event_date,direction,category,quantity,unit\nBB-1,seizure,2024-11-06,import,gold,5,kg\n"


@pytest.fixture(autouse=True)
def deadly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the one workbook kill whoever reads it."""
    read = guard.read

    def die(submission: Submission, *others: object) -> object:
        if submission.file_name == KILLER:
            os.kill(os.getpid(), 9)
        return read(submission, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(guard, "read", die)


def test_a_killer_is_refused_and_the_next_file_is_judged(submit: Callable[..., Submission], tmp_path: Path) -> None:
    killer, honest = submit(KILLER, DEADLY), submit("brb_2024-11-06_seizures.csv", HONEST)
    landing.keep(tmp_path, lambda draft: draft.write(DEADLY))
    landing.keep(tmp_path, lambda draft: draft.write(HONEST))
    assert judge.validate([killer, honest], tmp_path) == {}
    states = {one.file_name: kept(tmp_path, one.submission_id)[0].state for one in (killer, honest)}
    assert states == {"brb_2024-11-05_seizures.xlsx": "rejected", "brb_2024-11-06_seizures.csv": "accepted"}
    assert "F023" in kept(tmp_path, killer.submission_id)[2].read_text()


def test_a_laptop_that_checks_a_killer_lives_and_tells_the_same(tmp_path: Path) -> None:
    killer, honest = tmp_path / KILLER, tmp_path / "brb_2024-11-06_seizures.csv"
    killer.write_bytes(DEADLY)
    honest.write_bytes(HONEST)
    told = [
        (checked.verdict.state, [found["rule"] for found in checked.findings]) for checked in check([killer, honest])
    ]
    assert told == [("rejected", ["F023"]), ("accepted", [])]
