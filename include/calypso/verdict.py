"""A verdict is what became of a submission: its final state, each row accepted or quarantined, and the findings.

It is kept as files beside the landing store, ready to be loaded as they are: rows.csv and findings.csv in the
columns of raw, and verdict.json. They can be made again from the bytes at any time.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    import polars as pl

# tested: a trial, judged and never loaded; noted: a statement about reports.
State = Literal["accepted", "partly_accepted", "rejected", "nil", "duplicate", "tested", "noted"]
FINAL_STATES: tuple[State, ...] = get_args(State)
COUNTING: tuple[State, ...] = ("accepted", "partly_accepted", "nil")  # of a file that says something about its day

FINDING_COLUMNS = (
    "submission_id", "finding_no", "rule_code", "severity", "row_number", "column_letter", "field",
    "value_given", "value_expected", "case_ref", "echo",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """The outcome of one submission, in numbers of rows."""

    submission_id: str
    state: State
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rule_pack: str
    dataset: str | None  # None where the file cannot be said to be of any


def keep(
    store: Path,
    verdict: Verdict,
    columns: Sequence[str],
    rows: Iterable[pl.DataFrame],
    findings: pl.DataFrame,
) -> None:
    """Write a verdict with its rows, in blocks, and its findings; a reader sees all of it or nothing."""
    folder = _folder(store, verdict.submission_id)
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _write(draft / "rows.csv", columns, rows)
    _write(draft / "findings.csv", FINDING_COLUMNS, [findings])
    (draft / "verdict.json").write_text(json.dumps(asdict(verdict)))
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)


def kept(store: Path, submission_id: str) -> tuple[Verdict, Path, Path]:
    """Return a kept verdict with the paths of its rows and its findings."""
    folder = _folder(store, submission_id)
    verdict = Verdict(**json.loads((folder / "verdict.json").read_text()))
    return verdict, folder / "rows.csv", folder / "findings.csv"


def _folder(store: Path, submission_id: str) -> Path:
    return store / "verdicts" / submission_id


def _write(path: Path, columns: Sequence[str], blocks: Iterable[pl.DataFrame]) -> None:
    with path.open("wb") as file:
        file.write((",".join(columns) + "\n").encode())
        for block in blocks:
            block.select(columns).write_csv(file, include_header=False)
