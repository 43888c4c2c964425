"""A receipt answers a submission in its sender's language and folder: what was received, what became of it, and why."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from calypso import history, ledger
from calypso.contracts import contract_for
from calypso.declarations import Declared, load
from calypso.registry import Administration, Texts, administrations
from calypso.submission import Submission

if TYPE_CHECKING:
    from jinja2 import Template
    from paramiko import SFTPClient
    from psycopg2.extensions import connection as Connection

ROOM = Path(__file__).parent
SHOWN = 1000  # findings told one by one; the totals by rule are always of all
LONGEST = 120  # characters of a value given back


class Wording(Declared):
    """The words of a receipt."""

    texts: Mapping[str, Texts]
    states: Mapping[str, Texts]


@cache
def wording() -> Wording:
    """Return the words of a receipt, read once."""
    return load(ROOM / "texts.yml", Wording)


def acknowledge(
    connection: Connection, sftp: SFTPClient, submission_ids: Sequence[str], sentences: Mapping[str, Texts]
) -> list[str]:
    """Answer submissions that have their final state; return the ids that have none and stay unanswered.

    `sentences` are the rules' by code. A receipt is written once: it is recorded first and delivered then,
    so that one whose delivery was cut off is delivered again as it was.
    """
    waiting = []
    for submission in ledger.submissions(connection, submission_ids):
        with connection:
            state = ledger.final_state(connection, submission.submission_id)
            if state is None:
                waiting.append(submission.submission_id)
                continue
            body = issued(connection, submission, state, sentences)
        deliver(sftp, submission, body)
        with connection:
            ledger.reach(connection, submission.submission_id, "acknowledged")
    return waiting


def issued(connection: Connection, submission: Submission, state: str, sentences: Mapping[str, Texts]) -> str:
    """Return the JSON text of a submission's receipt, recording it where there is none yet."""
    with connection.cursor() as cursor:
        cursor.execute("select body from raw.receipts where submission_id = %s", [submission.submission_id])
        if found := cursor.fetchone():
            return str(found[0])
        now = datetime.now(UTC)
        receipt = compose(connection, submission, state, sentences, now)
        body = json.dumps(receipt, ensure_ascii=False, indent=1)
        cursor.execute(
            "insert into raw.receipts "
            "(submission_id, administration_code, file_name, language, issued_at, body, sha256) "
            "values (%s, %s, %s, %s, %s, %s, %s)",
            [
                submission.submission_id,
                submission.administration,
                f"{file_stem(submission)}.json",
                receipt["language"],
                now,
                body,
                hashlib.sha256(body.encode()).hexdigest(),
            ],
        )
    return body


def compose(
    connection: Connection, submission: Submission, state: str, sentences: Mapping[str, Texts], now: datetime
) -> dict[str, Any]:
    """Return a receipt as plain data; see docs/administrations.md for what each part says."""
    office = administrations()[submission.administration]
    counts = _counts(connection, submission.submission_id, state)
    findings, totals = _findings(connection, submission, office, sentences)
    zone = ZoneInfo(office.zone)
    return {
        "receipt": 1,
        "simulated": submission.simulated,
        "submission_id": submission.submission_id,
        "operation": submission.operation,
        "administration": {"code": office.code, "name": office.name},
        "language": office.language,
        "file_name": submission.file_name,
        "sha256": submission.sha256,
        "size_bytes": submission.size,
        "dataset": submission.name.dataset if submission.name else None,
        "reporting_day": submission.name.day.isoformat() if submission.name else None,
        "version": submission.name.version if submission.name else None,
        "received_at": submission.received_at.astimezone(zone).isoformat(timespec="seconds"),
        "answered_at": now.astimezone(zone).isoformat(timespec="seconds"),
        "state": state,
        "state_text": wording().states[state][office.language],
        "duplicate_of": submission.duplicate_of,
        "rows": {"read": counts[0], "accepted": counts[1], "quarantined": counts[2]},
        "rule_pack": counts[3],
        "findings": findings,
        "findings_left_out": sum(total["count"] for total in totals) - len(findings),
        "totals": totals,
    }


def readable(body: str) -> str:
    """Return a receipt's JSON as a text to read, in its own language."""
    from babel.dates import format_datetime

    receipt = json.loads(body)
    language = receipt["language"]
    for name in ("received", "answered"):
        moment = datetime.fromisoformat(receipt[f"{name}_at"])
        receipt[f"{name}_text"] = f"{format_datetime(moment, 'long', tzinfo=moment.tzinfo, locale=language)}"
    text = {name: texts[language] for name, texts in wording().texts.items()}
    return _template().render(receipt=receipt, text=text)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(  # noqa: S701  (a plain text, no markup)
        loader=FileSystemLoader(ROOM), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("receipt.txt.j2")


def deliver(sftp: SFTPClient, submission: Submission, body: str) -> None:
    """Put a receipt into its sender's folder, as JSON and as a text; a reader sees all of it or nothing."""
    folder, stem = f"/{submission.administration}/receipts", file_stem(submission)
    # A byte order mark lets the text open with its accents on an office's machine.
    for name, content in ((f"{stem}.json", body.encode()), (f"{stem}.txt", readable(body).encode("utf-8-sig"))):
        draft = f"{folder}/.{name}.tmp"
        with sftp.open(draft, "wb") as file:
            file.set_pipelined(True)
            file.write(content)
        sftp.posix_rename(draft, f"{folder}/{name}")


def file_stem(submission: Submission) -> str:
    """Return the name of a receipt without its ending: of letters, digits and marks that no system minds."""
    shown = str(submission.name).rsplit(".", 1)[0] if submission.name else submission.administration
    return f"{shown}_receipt_{submission.submission_id.split('-', 1)[1].removeprefix(_day(submission))}"


def _day(submission: Submission) -> str:
    return f"{submission.name.day}-" if submission.name else "unnamed-"


def _counts(connection: Connection, submission_id: str, state: str) -> tuple[int, int, int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select rows_read, rows_accepted, rows_quarantined, rule_pack from raw.submission_states "
            "where submission_id = %s and state = %s",
            [submission_id, state],
        )
        read, accepted, quarantined, rule_pack = cursor.fetchone() or (0, 0, 0, "")
    return read, accepted, quarantined, rule_pack


def _findings(
    connection: Connection, submission: Submission, office: Administration, sentences: Mapping[str, Texts]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the first findings as the receipt tells them, and the totals of all by rule."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select rule_code, severity, row_number, column_letter, field, value_given, value_expected, case_ref, echo "
            "from raw.findings where submission_id = %s order by finding_no limit %s",
            [submission.submission_id, SHOWN],
        )
        findings = [_told(row, office, submission, sentences) for row in cursor.fetchall()]
        accepted = history.accepted_warnings(connection, submission)
        for finding in findings:
            warning = finding["severity"] == "warning"
            finding["acknowledged"] = warning and (finding["rule"], finding["case_ref"]) in accepted
        cursor.execute(
            "select rule_code, severity, count(*) from raw.findings where submission_id = %s group by 1, 2 order by 1",
            [submission.submission_id],
        )
        counts: Counter[tuple[str, str]] = Counter({(row[0], row[1]): row[2] for row in cursor.fetchall()})
    totals = [{"rule": rule, "severity": severity, "count": count} for (rule, severity), count in counts.items()]
    return findings, totals


def _told(
    row: Sequence[Any], office: Administration, submission: Submission, sentences: Mapping[str, Texts]
) -> dict[str, Any]:
    rule, severity, number, column, field, given, expected, case_ref, echo = row
    language = office.language
    label = contract_for(submission.name).fields[field].label[language] if field and submission.name else ""
    empty = wording().texts["empty"][language]
    message = sentences[rule][language].format_map(
        {"field": label, "given": _shown(given) or empty, "expected": _shown(expected) or empty}
    )
    return {
        "rule": rule,
        "severity": severity,
        "row": number,
        "column": column,
        "field": field,
        "label": label or None,
        "given": given,
        "expected": expected,
        "case_ref": case_ref,
        "echo": echo or {},
        "message": message,
    }


def _shown(value: str | None) -> str | None:
    """Return a value as it can stand in a sentence: on one line, printable, not too long."""
    if value is None:
        return None
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
