"""Checking judges a file before it is sent, by the platform's own reader and judge: no server, account or settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calypso import judging, telling
from calypso.contracts import contract_for, contracts
from calypso.guard import read_file
from calypso.reading import Reading
from calypso.registry import LANGUAGES, Administration, administrations, operation_of
from calypso.submission import Submission, identify, parse_name
from calypso.verdict import Verdict

SHOWN = 1000  # findings told one by one, as on a receipt; --json tells all


class CannotCheck(ValueError):
    """What was asked for cannot be checked at all; the message is one sentence."""


@dataclass(frozen=True)
class Checked:
    """What the platform would answer to a file if it came in now."""

    file_name: str
    verdict: Verdict
    language: str
    findings: Sequence[Mapping[str, Any]]  # as the receipt tells them

    @property
    def passes(self) -> bool:
        """Tell whether nothing in the file must be corrected."""
        return not any(finding["severity"] == "critical" for finding in self.findings)


def check(paths: Iterable[Path], code: str | None = None, language: str | None = None) -> list[Checked]:
    """Read and judge files together; `code` stands for the folder they would be dropped in.

    Without it each file is taken for one of the administration that its name says.
    """
    if language is not None and language not in LANGUAGES:
        raise CannotCheck(f"There is no language {language}: use one of {', '.join(LANGUAGES)}.")
    offices, readings = [], []
    for number, path in enumerate(paths, start=1):
        office = _office(path, code)
        offices.append(office)
        readings.append(_reading(path, office, number))
    book = judging.rules().rules
    checked = []
    for office, reading, judged in zip(offices, readings, judging.judge(readings), strict=True):
        tongue = language or office.language
        name = reading.submission.name
        contract = contract_for(name) if name and name.dataset in contracts() else None
        told = [
            telling.tell(finding, book[finding.rule].severity, book[finding.rule].sentence, tongue, contract)
            for finding in judged.findings
        ]
        checked.append(Checked(reading.submission.file_name, judged.verdict, tongue, told))
    return checked


def _office(path: Path, code: str | None) -> Administration:
    name = parse_name(path.name)
    wanted = (code or (name.code if name else "")).lower()
    if wanted in administrations():
        return administrations()[wanted]
    if code:
        raise CannotCheck(f"There is no administration {code}: its three-letter code stands in your file names.")
    raise CannotCheck(f"{path.name} does not say whose file it is: say --administration CODE.")


def _reading(path: Path, office: Administration, number: int) -> Reading:
    """Read a file as the platform would receive it at this moment.

    Its number keeps it apart from another copy of it that is checked in the same run.
    """
    try:
        return read_file(_submission(path, office, number), path, office)
    except OSError as error:
        raise CannotCheck(f"{path} cannot be opened: {error.strerror}.") from error


def _submission(path: Path, office: Administration, number: int) -> Submission:
    found = path.stat()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    name = parse_name(path.name)
    operation = operation_of(office.code, name.day) if name else None
    return Submission(
        submission_id=f"{identify(office.code, path.name, sha256)}-{number}",
        administration=office.code,
        file_name=path.name,
        name=name,
        operation=operation.code if operation else None,
        sha256=sha256,
        size=found.st_size,
        modified_at=datetime.fromtimestamp(found.st_mtime, UTC),
        received_at=datetime.now(UTC),
        simulated=False,
    )


def as_data(checked: Checked) -> dict[str, Any]:
    """Return a checked file as plain data; its findings are those of a receipt."""
    verdict = checked.verdict
    rows = {"read": verdict.rows_read, "accepted": verdict.rows_accepted, "quarantined": verdict.rows_quarantined}
    return {
        "file_name": checked.file_name,
        "language": checked.language,
        "state": verdict.state,
        "rule_pack": verdict.rule_pack,
        "rows": rows,
        "findings": list(checked.findings),
    }


def as_text(checked: Checked) -> Iterator[str]:
    """Yield the lines that a terminal shows of a checked file."""
    words, states = telling.wording().texts, telling.wording().states
    text = {name: texts[checked.language] for name, texts in words.items()}
    rows = as_data(checked)["rows"]
    yield f"{telling.shown(checked.file_name)}: {states[checked.verdict.state][checked.language]}"
    yield f"  {text['rows'].format(**rows)}"
    for finding in checked.findings[:SHOWN]:
        place = [f"{text['row']} {finding['row']}"] if finding["row"] else [text["file"]]
        if finding["column"]:
            place.append(f"{text['column']} {finding['column']}")
        yield f"  {', '.join(place)} · {finding['rule']} · {text[finding['severity']]}"
        yield f"    {finding['message']}"
        yield from (f"    {telling.shown(f'{name}: {value}')}" for name, value in finding["echo"].items())
    if len(checked.findings) > SHOWN:
        yield f"  {text['more'].format(count=len(checked.findings) - SHOWN)}"
    if not checked.findings:
        yield f"  {text['none']}"
