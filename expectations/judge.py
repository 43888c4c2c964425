"""The judge runs the suite over readings and gives each its verdict; Great Expectations' own types stop here."""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import great_expectations as gx
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

from calypso import landing, values, verdict, warehouse
from calypso.contracts import Contract, contract_for, contracts
from calypso.finding import Finding, column_letter
from calypso.guard import guarded
from calypso.history import Archive
from calypso.reading import Reading, read, refused
from calypso.registry import administrations
from calypso.sheet import MAX_BYTES, Row, Unreadable
from calypso.sheet.archive import is_archive
from calypso.submission import Submission
from calypso.verdict import State, Verdict
from expectations import context, earlier, seizures, statements
from expectations.rules import rule_book, rule_pack
from expectations.seizures import Check

if TYPE_CHECKING:
    import pandas

SUITES = {"seizures": seizures}
SPOILED = "S014"  # a cell that holds no value at all: what else it breaks goes without saying

log = logging.getLogger(__name__)
logging.getLogger("great_expectations").setLevel(logging.WARNING)


class JudgementError(RuntimeError):
    """Great Expectations did not answer in full; nothing of its answer may be used."""


@dataclass(frozen=True)
class Judged:
    """A reading with its verdict, its findings in the order of the file, and the verdict of each row."""

    reading: Reading
    verdict: Verdict
    findings: Sequence[Finding]
    quarantined: frozenset[int]  # physical row numbers


def validate(
    submissions: Sequence[Submission], landing_store: Path, archive: Archive | None = None
) -> dict[str, Exception]:
    """Read and judge submissions and keep their verdicts; return what went wrong by submission id.

    The archive tells what was received before; without it the rules that need to know that are left out.
    They are judged in one pass; where that fails each is judged alone, so that one cannot hold the others.
    """
    try:
        for judged in judge([_reading(one, landing_store) for one in submissions], archive=archive):
            keep(landing_store, judged)
        return {}
    except Exception as error:
        if len(submissions) == 1:
            log.exception("%s cannot be judged", submissions[0].submission_id)
            return {submissions[0].submission_id: error}
        failed: dict[str, Exception] = {}
        for submission in submissions:
            failed.update(validate([submission], landing_store, archive))
        return failed


def _reading(submission: Submission, landing_store: Path) -> Reading:
    """Read a submission from the landing store; what is too large, or known already, is not opened."""
    if submission.duplicate_of or submission.size > MAX_BYTES:
        content = b""
    else:
        content = landing.content(landing_store, submission.sha256)
    office = administrations()[submission.administration]
    if not is_archive(content):
        return read(submission, content, office)  # a text asks for no more than its bytes
    try:
        return guarded(content, lambda: read(submission, content, office))
    except Unreadable as killed:
        return refused(submission, killed)


def judge(readings: Sequence[Reading], dataset: str = "seizures", archive: Archive | None = None) -> list[Judged]:
    """Judge readings of one dataset together, in one pass of the suite; in the order given."""
    import pandas

    contract = contracts()[dataset]
    with_rows = [reading for reading in readings if reading.rows and not statements.made_by(reading)]
    found: dict[str, list[Finding]] = defaultdict(list)
    if with_rows:
        frames = [
            values.frame(reading, contract, administrations()[reading.submission.administration])
            for reading in with_rows
        ]
        whole = pandas.concat(frames, ignore_index=True)
        context.add(whole, with_rows, contract)
        earlier.add(whole, with_rows, archive)
        found = _findings(whole, {reading.submission.submission_id: reading for reading in with_rows}, dataset)
    judged = [_conclude(reading, found.get(reading.submission.submission_id, [])) for reading in readings]
    told = earlier.sequence([(one.reading.submission, one.verdict.state) for one in judged], archive)
    return [
        replace(one, findings=[*told.get(one.verdict.submission_id, []), *one.findings]) if told else one
        for one in judged
    ]


def keep(store: Path, judged: Judged) -> Verdict:
    """Keep a judgement in the columns of raw, ready to be loaded."""
    contract = _contract(judged.reading.submission) or contracts()["seizures"]
    names = [name for name, _ in warehouse.columns(contract)]
    rows: Iterable[Sequence[Any]] = ()
    if judged.reading.rows:
        frame = values.frame(judged.reading, contract, administrations()[judged.reading.submission.administration])
        statements.name_report(frame, judged.reading)
        frame["verdict"] = ["quarantined" if row in judged.quarantined else "accepted" for row in frame["row_number"]]
        rows = zip(*(frame[name] for name in names), strict=True)
    verdict.keep(store, judged.verdict, names, rows, _finding_rows(judged))
    return judged.verdict


def _contract(submission: Submission) -> Contract | None:
    name = submission.name
    return contract_for(name) if name and name.dataset in SUITES else None


def _conclude(reading: Reading, found: Sequence[Finding]) -> Judged:
    found = statements.findings(reading) if statements.made_by(reading) else found
    findings = [] if reading.submission.duplicate_of else [*reading.findings, *_in_order(found)]
    rules = rule_book().rules
    quarantined = frozenset(
        finding.row for finding in found if finding.row is not None and rules[finding.rule].severity == "critical"
    )
    read, held = len(reading.rows), len(quarantined)
    contract = _contract(reading.submission)
    outcome = Verdict(
        submission_id=reading.submission.submission_id,
        state=_state(reading, read, held),
        rows_read=read,
        rows_accepted=read - held,
        rows_quarantined=held,
        rule_pack=rule_pack(),
        dataset=contract.dataset if contract else None,
    )
    return Judged(reading, outcome, findings, quarantined)


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


def _findings(frame: pandas.DataFrame, readings: Mapping[str, Reading], dataset: str) -> dict[str, list[Finding]]:
    """Run the suites over the frame and point out every cell that breaks a rule, by submission."""
    suite = SUITES[dataset]
    cells = context.cells(frame, contracts()[dataset])
    rows = {key: {row.number: row for row in reading.rows} for key, reading in readings.items()}
    records = frame.to_dict("records")
    found: dict[str, list[Finding]] = defaultdict(list)
    spoiled: set[tuple[int, str]] = set()
    broken = chain(
        ((check, cells.loc[index].to_dict()) for check, index in _broken(cells, suite.cell_checks())),
        ((check, {**records[index], "field": check.field}) for check, index in _broken(frame, suite.row_checks())),
    )
    for check, place in broken:
        if (cell := (place["_row"], place["field"])) in spoiled:
            continue
        if check.rule == SPOILED:
            spoiled.add(cell)
        record = records[place["_row"]]
        reading = readings[record["submission_id"]]
        row = rows[record["submission_id"]][record["row_number"]]
        expected = check.expected(place) if callable(check.expected) else check.expected
        found[record["submission_id"]].append(_finding(check.rule, place["field"], expected, record, reading, row))
    return found


def _finding(
    rule: str, field: str, expected: str | None, record: Mapping[str, Any], reading: Reading, row: Row
) -> Finding:
    position = reading.columns.fields.get(field)
    return Finding(
        rule=rule,
        row=row.number,
        column=None if position is None else column_letter(position),
        field=field,
        given=record[f"{field}_given"],
        expected=expected,
        case_ref=record["case_ref"],
        echo=reading.echo(row),
    )


def _broken(frame: pandas.DataFrame, checks: Sequence[Check]) -> Iterator[tuple[Check, int]]:
    """Yield each check with the position of each row of `frame` that breaks it."""
    for check, positions in zip(checks, _unexpected(frame, checks), strict=True):
        for position in positions:
            yield check, position


def _unexpected(frame: pandas.DataFrame, checks: Sequence[Check]) -> Iterator[list[int]]:
    """Yield for each check the positions of the rows that break it; as many as Great Expectations counted."""
    # Without its documentation site, for which every session would leave a folder behind.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    session = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores))
    session.variables.progress_bars = {"globally": False}
    batch = (
        session.data_sources.add_pandas("submissions")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
        .get_batch(batch_parameters={"dataframe": frame})
    )
    told = gx.ExpectationSuite("submissions")
    for number, check in enumerate(checks):
        expectation = check.expectation.copy(update={"id": None, "meta": {"check": number}})
        told.expectations.append(expectation)
    answer = batch.validate(told, result_format={"result_format": "COMPLETE"})
    results = {result.expectation_config.meta["check"]: result for result in answer.results}
    for number, check in enumerate(checks):
        yield _rows_of(results[number], check)


def _rows_of(result: Any, check: Check) -> list[int]:
    if "unexpected_count" not in result.result:
        raise JudgementError(f"rule {check.rule} on {check.field} was not judged: {result.exception_info}")
    indexes = [int(index) for index in result.result.get("unexpected_index_list") or []]
    if len(indexes) != result.result["unexpected_count"]:
        raise JudgementError(
            f"rule {check.rule} on {check.field}: {result.result['unexpected_count']} rows counted, "
            f"{len(indexes)} pointed out"
        )
    return indexes


def _in_order(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda found: (found.row or 0, len(found.column or ""), found.column or "", found.rule))


def _finding_rows(judged: Judged) -> Iterator[Sequence[Any]]:
    rules = rule_book().rules
    for number, finding in enumerate(judged.findings, start=1):
        yield (
            judged.verdict.submission_id,
            number,
            finding.rule,
            rules[finding.rule].severity,
            finding.row,
            finding.column,
            finding.field,
            finding.given,
            finding.expected,
            finding.case_ref,
            json.dumps(dict(finding.echo), ensure_ascii=False) if finding.echo else None,
        )
