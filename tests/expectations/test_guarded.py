"""A file that kills its reader twice is set aside and answered, and the next file is served."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from calypso import guard, landing
from calypso.submission import Submission
from calypso.verdict import kept
from expectations import judge


def test_a_killer_is_refused_and_the_next_file_is_judged(
    submit: Callable[..., Submission], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["case_ref"])
    file = io.BytesIO()
    book.save(file)
    killer = submit("brb_2024-11-05_seizures.xlsx", file.getvalue())
    header = b"case_ref,case_type,event_date,direction,category,quantity,unit\n"
    honest = submit("brb_2024-11-06_seizures.csv", header + b"BB-1,seizure,2024-11-06,import,gold,5,kg\n")
    landing.keep(tmp_path, lambda draft: draft.write(file.getvalue()))
    landing.keep(tmp_path, lambda draft: draft.write(header + b"BB-1,seizure,2024-11-06,import,gold,5,kg\n"))
    read = judge.read

    def deadly(submission: Submission, *others: object) -> object:
        if submission is killer:
            os.kill(os.getpid(), 9)
        return read(submission, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(guard, "GUARDED_WORKBOOK", 0)
    monkeypatch.setattr(judge, "read", deadly)
    assert judge.validate([killer, honest], tmp_path) == {}
    states = {one.file_name: kept(tmp_path, one.submission_id)[0].state for one in (killer, honest)}
    assert states == {"brb_2024-11-05_seizures.xlsx": "rejected", "brb_2024-11-06_seizures.csv": "accepted"}
    assert "F023" in kept(tmp_path, killer.submission_id)[2].read_text()
