"""The judge reads submissions, lets the suite try them, gives each its verdict, and keeps it ready to be loaded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import history, landing, replaying, verdict, warehouse
from calypso.ahead import ahead
from calypso.body import Body
from calypso.contracts import Contract, contract_for, contracts
from calypso.guard import read_file
from calypso.history import Archive
from calypso.reading import Reading, read
from calypso.registry import administrations
from calypso.settings import Settings
from calypso.sheet import MAX_BYTES
from calypso.submission import Submission
from calypso.verdict import State, Verdict
from expectations import earlier, findings, seizures, statements, trial
from expectations.findings import Findings
from expectations.rules import rule_pack
from expectations.trial import JudgementError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Judged", "JudgementError", "judge", "keep", "today", "validate"]

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


def validate(
    submissions: Sequence[Submission], landing_store: Path, archive: Archive | None = None
) -> dict[str, Exception]:
    """Read and judge submissions and keep their verdicts; return what went wrong by submission id.

    The archive tells what was received before; without it the rules that need to know that are left out.
    They are judged in one pass, large ones apart, and totals when what they add up is judged; where that fails, without
    those that fail alone, so that one cannot hold the others. Raises what keeps the archive from answering.
    """
    totals = [one for one in submissions if one.name and one.name.purpose == "totals"]
    others = [one for one in submissions if one not in totals]
    small = [one for one in others if one.size < LARGE]
    failed: dict[str, Exception] = {}
    for together in (small, *([one] for one in others if one.size >= LARGE), totals):
        failed.update(_validate(together, landing_store, archive) if together else {})
    return failed


def today(settings: Settings) -> Callable[[Sequence[Submission]], list[replaying.Judged]]:
    """Return a judge of past submissions by today's rules, which keeps nothing; large ones are judged apart."""
    archive = history.Warehouse(settings.warehouse("loader"), settings.landing)

    def judged(submissions: Sequence[Submission]) -> list[replaying.Judged]:
        found = {}
        small = [one for one in submissions if one.size < LARGE]
        for together in (small, *([one] for one in submissions if one.size >= LARGE)):
            for one in judge([_reading(each, settings.landing) for each in together], archive=archive):
                key = one.verdict.submission_id
                found[key] = one.verdict.state, one.quarantined, one.verdict.rule_pack
        return [replaying.Judged(one, *found[one.submission_id]) for one in submissions]

    return judged


def _validate(submissions: Sequence[Submission], landing_store: Path, archive: Archive | None) -> dict[str, Exception]:
    try:
        for judged in _judged(submissions, landing_store, archive):
            keep(landing_store, judged)
        return {}
    except Exception as error:
        if warehouse.is_away(error):
            raise  # nothing is wrong with any of them, and what is judged later must know of what came before it
        if len(submissions) == 1:
            log.exception("%s cannot be judged", submissions[0].submission_id)
            return {submissions[0].submission_id: error}
    # Those that fail alone are set apart, and the others judged together again: each must know of those before it.
    faults = {one.submission_id: _fault(one, landing_store, archive) for one in submissions}
    failed = {submission_id: fault for submission_id, fault in faults.items() if fault}
    others = [one for one in submissions if one.submission_id not in failed]
    for together in [others] if failed else [[one] for one in others]:
        failed.update(_validate(together, landing_store, archive) if together else {})
    return failed


def _fault(submission: Submission, landing_store: Path, archive: Archive | None) -> Exception | None:
    """Return what keeps a submission from being judged alone."""
    try:
        _judged([submission], landing_store, archive)
    except Exception as error:
        if warehouse.is_away(error):
            raise
        log.exception("%s cannot be judged", submission.submission_id)
        return error
    return None


def _judged(submissions: Sequence[Submission], landing_store: Path, archive: Archive | None) -> list[Judged]:
    return judge([_reading(one, landing_store) for one in submissions], archive=archive)


def _reading(submission: Submission, landing_store: Path) -> Reading:
    """Read a submission from the landing store; what is known already, or too large, is not opened."""
    office = administrations()[submission.administration]
    if submission.duplicate_of or submission.size > MAX_BYTES or not submission.is_fetched:
        return read(submission, b"", office)
    return read_file(submission, landing.path(landing_store, submission.sha256), office)


def judge(readings: Sequence[Reading], dataset: str = "seizures", archive: Archive | None = None) -> list[Judged]:
    """Judge readings of one dataset together, in one pass of the suite; in the order given."""
    with_rows = [reading for reading in readings if reading.rows and not statements.made_by(reading)]
    told: dict[int, Findings] = {}
    body = Body(with_rows, contracts()[dataset]) if with_rows else None
    if body is not None:
        broken = trial.broken(body, SUITES[dataset], archive=archive)
        told = dict(zip(map(id, with_rows), findings.tell(body, broken), strict=True))
    judged = [_conclude(reading, told.get(id(reading)), body, archive) for reading in readings]
    ahead = earlier.sequence([(one.reading.submission, one.verdict.state) for one in judged], archive)
    return [
        replace(one, findings=one.findings.led_by(ahead[one.verdict.submission_id]))
        if one.verdict.submission_id in ahead
        else one
        for one in judged
    ]


def _conclude(reading: Reading, found: Findings | None, body: Body | None, archive: Archive | None) -> Judged:
    contract = _contract(reading.submission)
    if statements.made_by(reading):
        found = Findings.listed(reading, statements.findings(reading, archive))
        body = Body([reading], contract) if reading.rows and contract else None
    found = Findings(reading) if found is None else found
    read, held = len(reading.rows), len(found.quarantined)
    outcome = Verdict(
        submission_id=reading.submission.submission_id,
        state=_state(reading, read, held),
        rows_read=read,
        rows_accepted=read - held,
        rows_quarantined=held,
        rule_pack=rule_pack(),
        dataset=contract.dataset if contract else None,
    )
    return Judged(reading, outcome, found, body if reading.rows else None)


def _contract(submission: Submission) -> Contract | None:
    name = submission.name
    return contract_for(name) if name and name.dataset in SUITES else None


def _state(reading: Reading, read: int, held: int) -> State:
    if reading.submission.duplicate_of:
        return "duplicate"
    if reading.submission.name and reading.submission.name.purpose == "test":
        return "tested"
    if statements.made_by(reading):
        return "noted" if read > held else "rejected"
    if reading.refused:
        return "rejected"
    if read == 0:
        return "nil"
    if held == read:
        return "rejected"
    return "partly_accepted" if held else "accepted"


def keep(store: Path, judged: Judged) -> Verdict:
    """Keep a judgement in the columns of raw, ready to be loaded."""
    contract = _contract(judged.reading.submission) or contracts()["seizures"]
    names = [name for name, _ in warehouse.columns(contract)]
    found = judged.findings.table(judged.verdict.submission_id)
    verdict.keep(store, judged.verdict, names, ahead(_rows(judged, names)), found)
    return judged.verdict


def _rows(judged: Judged, names: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of a judgement in the columns of raw, a block at a time."""
    import polars as pl

    body = judged.body
    if body is None:
        return
    place = next(place for place, reading in enumerate(body.readings) if reading is judged.reading)
    start = sum(len(reading.rows) for reading in body.readings[:place])
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
        yield statements.name_report(pl.DataFrame(columns), judged.reading).select(names)
