"""The judge reads submissions, lets the suite try them, gives each its verdict, and keeps it ready to be loaded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import landing, plain, verdict, warehouse
from calypso.body import Body
from calypso.contracts import contracts
from calypso.reading import Reading, read
from calypso.registry import administrations
from calypso.sheet import MAX_BYTES
from calypso.submission import Submission
from calypso.verdict import State, Verdict
from expectations import findings, seizures, trial
from expectations.findings import Findings
from expectations.rules import rule_pack
from expectations.trial import JudgementError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Judged", "JudgementError", "judge", "keep", "validate"]

SUITES = {"seizures": seizures}
LARGE = 16 * 1024 * 1024  # bytes from which on a submission is judged alone, so that memory is bounded
BLOCK = 50_000  # rows written at a time

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judged:
    """A reading with its verdict, and its findings in the order of the file."""

    reading: Reading
    verdict: Verdict
    findings: Findings
    body: Body | None  # of all readings judged together; None where there is no row

    @property
    def quarantined(self) -> frozenset[int]:
        """Return the physical numbers of the rows that are quarantined."""
        return frozenset(self.findings.quarantined)


def validate(submissions: Sequence[Submission], landing_store: Path) -> dict[str, Exception]:
    """Read and judge submissions and keep their verdicts; return what went wrong by submission id.

    They are judged in one pass, large ones apart; where that fails each is judged alone, so that one cannot hold
    the others.
    """
    small = [submission for submission in submissions if submission.size < LARGE]
    failed = _validate(small, landing_store) if small else {}
    for submission in submissions:
        if submission.size >= LARGE:
            failed.update(_validate([submission], landing_store))
    return failed


def _validate(submissions: Sequence[Submission], landing_store: Path) -> dict[str, Exception]:
    try:
        for judged in judge([_reading(submission, landing_store) for submission in submissions]):
            keep(landing_store, judged)
        return {}
    except Exception as error:
        if len(submissions) == 1:
            log.exception("%s cannot be judged", submissions[0].submission_id)
            return {submissions[0].submission_id: error}
        failed: dict[str, Exception] = {}
        for submission in submissions:
            failed.update(_validate([submission], landing_store))
        return failed


def _reading(submission: Submission, landing_store: Path) -> Reading:
    """Read a submission from the landing store; what is too large, or known already, is not opened."""
    office = administrations()[submission.administration]
    if submission.duplicate_of or submission.size > MAX_BYTES:
        return read(submission, b"", office)
    if submission.size >= plain.LARGE:
        return read(submission, landing.path(landing_store, submission.sha256), office)
    return read(submission, landing.content(landing_store, submission.sha256), office)


def judge(readings: Sequence[Reading], dataset: str = "seizures") -> list[Judged]:
    """Judge readings of one dataset together, in one pass of the suite; in the order given."""
    with_rows = [reading for reading in readings if reading.rows]
    if not with_rows:
        return [_conclude(reading, Findings(reading), None) for reading in readings]
    body = Body(with_rows, contracts()[dataset])
    told: Mapping[int, Findings] = dict(
        zip(map(id, with_rows), findings.tell(body, trial.broken(body, SUITES[dataset])), strict=True)
    )
    return [_conclude(reading, told.get(id(reading), Findings(reading)), body) for reading in readings]


def _conclude(reading: Reading, found: Findings, body: Body | None) -> Judged:
    read, held = len(reading.rows), len(found.quarantined)
    name = reading.submission.name
    outcome = Verdict(
        submission_id=reading.submission.submission_id,
        state=_state(reading, read, held),
        rows_read=read,
        rows_accepted=read - held,
        rows_quarantined=held,
        rule_pack=rule_pack(),
        dataset=name.dataset if name and name.dataset in SUITES else None,
    )
    return Judged(reading, outcome, found, body if reading.rows else None)


def _state(reading: Reading, read: int, held: int) -> State:
    if reading.submission.duplicate_of:
        return "duplicate"
    if reading.refused:
        return "rejected"
    if read == 0:
        return "nil"
    if held == read:
        return "rejected"
    return "partly_accepted" if held else "accepted"


def keep(store: Path, judged: Judged, dataset: str = "seizures") -> Verdict:
    """Keep a judgement in the columns of raw, ready to be loaded."""
    names = [name for name, _ in warehouse.columns(contracts()[dataset])]
    found = judged.findings.table(judged.verdict.submission_id)
    verdict.keep(store, judged.verdict, names, _rows(judged, names), found)
    return judged.verdict


def _rows(judged: Judged, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a judgement in the columns of raw, a block at a time."""
    import polars as pl

    body = judged.body
    if body is None:
        return
    start = sum(len(reading.rows) for reading in body.readings[: body.readings.index(judged.reading)])
    for offset in range(0, len(judged.reading.rows), BLOCK):
        block = body.frame.slice(start + offset, min(BLOCK, len(judged.reading.rows) - offset))
        columns = [
            block["row"].alias("row_number"),
            pl.repeat(judged.verdict.submission_id, block.height, eager=True).alias("submission_id"),
            block.select(
                pl.when(pl.col("row").is_in(judged.findings.quarantined.implode()))
                .then(pl.lit("quarantined"))
                .otherwise(pl.lit("accepted"))
                .alias("verdict")
            ).to_series(),
        ]
        for field in body.contract.fields.values():
            columns.append(body.written(field.name, block))
            if warehouse.as_given(field):
                columns.append(body.given(field.name, block))
        yield pl.DataFrame(columns).select(names)
