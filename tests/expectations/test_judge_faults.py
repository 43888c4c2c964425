"""What one file does to its judge is its own affair; what the warehouse does is nobody's, and is tried again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg2
import pytest

from calypso import landing
from calypso.reading import Reading
from calypso.submission import Submission
from calypso.verdict import kept
from expectations import judge

pytestmark = pytest.mark.slow

HEAD = b"case_ref,case_type,event_date,direction,category,quantity,unit\n"
FILES = [HEAD + b"BB-%d,seizure,2024-11-05,import,gold,5,kg\n" % number for number in range(4)]

Judge = Callable[..., list[judge.Judged]]


@pytest.fixture
def submissions(submit: Callable[..., Submission], tmp_path: Path) -> list[Submission]:
    for content in FILES:
        landing.keep(tmp_path, lambda draft, content=content: draft.write(content))
    return [submit(f"brb_2024-11-05_seizures_v{no + 1}.csv", content) for no, content in enumerate(FILES)]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note which files are judged together."""
    together: list[list[str]] = []
    real: Judge = judge.judge

    def noted(readings: Sequence[Reading], **known: object) -> list[judge.Judged]:
        together.append([reading.submission.file_name.partition("_v")[2] for reading in readings])
        return real(readings, **known)

    monkeypatch.setattr(judge, "judge", noted)
    return together


def test_one_that_cannot_be_judged_is_set_apart_and_the_others_are_judged_together(
    submissions: list[Submission], asked: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: Judge = judge.judge

    def poisoned(readings: Sequence[Reading], **known: object) -> list[judge.Judged]:
        judged = noted(readings, **known)
        if any(reading.submission == submissions[1] for reading in readings):
            raise ValueError("a bug")
        return judged

    monkeypatch.setattr(judge, "judge", poisoned)
    failed = judge.validate(submissions, tmp_path)
    assert list(failed) == [submissions[1].submission_id]
    assert asked == [
        ["1.csv", "2.csv", "3.csv", "4.csv"], ["1.csv"], ["2.csv"], ["3.csv"], ["4.csv"],
        ["1.csv", "3.csv", "4.csv"],
    ]  # fmt: skip
    states = [kept(tmp_path, one.submission_id)[0].state for one in submissions if one.submission_id not in failed]
    assert states == ["accepted"] * 3


def test_while_the_warehouse_is_away_none_is_judged(submissions: list[Submission], tmp_path: Path) -> None:
    """Else one that is judged when it is back would not know of those before it."""

    class Away:
        """An archive that answers again after its first question."""

        asked = 0

        def __getattr__(self, name: str) -> Callable[..., list[object]]:
            def answer(*_: object) -> list[object]:
                self.asked += 1
                if self.asked == 1:
                    raise psycopg2.OperationalError("server closed the connection unexpectedly")
                return []

            return answer

    with pytest.raises(psycopg2.OperationalError):
        judge.validate(submissions, tmp_path, Away())  # type: ignore[arg-type]
    for one in submissions:
        with pytest.raises(FileNotFoundError):
            kept(tmp_path, one.submission_id)
