"""Telling puts findings into the sender's words, as many as fit into a receipt; the totals are of all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calypso import history
from calypso.contracts import Contract, contract_for, contracts
from calypso.receipts.words import shown, words
from calypso.registry import Administration, Texts
from calypso.submission import Submission

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

SHOWN = 1000  # findings told one by one
BUDGET = 1_000_000  # bytes of findings told one by one: hostile cells could fill a thousand of them with more
LONGEST_VALUE = 1000  # characters of a value given back as data
LONGEST_NAME = 200  # characters of a sender's own column name

# The first of each rule come first, so that a rule broken once is not hidden behind one broken 250,000 times.
_FOREMOST = """
select rule_code, severity, row_number, column_letter, field, left(value_given, %(longest)s + 1) as given,
    left(value_expected, %(longest)s + 1) as expected, left(case_ref, %(longest)s + 1) as case_ref, echo, finding_no
from (
    select *, row_number() over (partition by rule_code order by finding_no) as nth
    from raw.findings where submission_id = %(submission)s
) as ranked
order by nth, finding_no limit %(shown)s
"""


def totals(connection: Connection, submission_id: str) -> list[dict[str, Any]]:
    """Return how often each rule was broken, all findings counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select rule_code, severity, count(*) from raw.findings where submission_id = %s group by 1, 2 order by 1",
            [submission_id],
        )
        return [{"rule": rule, "severity": severity, "count": count} for rule, severity, count in cursor.fetchall()]


def findings(
    connection: Connection, submission: Submission, office: Administration, sentences: Mapping[str, Texts]
) -> list[dict[str, Any]]:
    """Return the foremost findings in the order of the file, within the number and the size that fit."""
    known = submission.name is not None and submission.name.dataset in contracts()
    contract = contract_for(submission.name) if submission.name and known else None
    acknowledged = history.accepted_warnings(connection, submission)
    told: list[tuple[int, dict[str, Any]]] = []
    spent = 0
    with connection.cursor("foremost_findings") as cursor:
        cursor.itersize = 20  # a row may carry much of its sender's own
        cursor.execute(_FOREMOST, {"longest": LONGEST_VALUE, "submission": submission.submission_id, "shown": SHOWN})
        for row in cursor:
            finding = tell(row[:9], office.language, contract, sentences)
            finding["acknowledged"] = finding["severity"] == "warning" and (row[0], row[7]) in acknowledged
            spent += len(json.dumps(finding, ensure_ascii=False).encode())
            if told and spent > BUDGET:
                break
            told.append((row[9], finding))
    return [finding for _, finding in sorted(told, key=lambda pair: pair[0])]


def tell(
    row: Sequence[Any], language: str, contract: Contract | None, sentences: Mapping[str, Texts]
) -> dict[str, Any]:
    """Return one finding with its place, its values, and its sentence in a language."""
    rule, severity, number, column, field, given, expected, case_ref, echo = row
    label = contract.fields[field].label[language] if contract and field else None
    empty = words(language)["empty"]
    message = sentences[rule][language].format_map(
        {
            "field": label or "",
            "given": shown(given or "") or empty,
            "expected": shown(_labelled(expected or "", field, contract, language), LONGEST_VALUE) or empty,
        }
    )
    return {
        "rule": rule,
        "severity": severity,
        "case_ref": _cut(case_ref),
        "row": number,
        "column": column,
        "field": field,
        "label": label,
        "given": _cut(given),
        "expected": _cut(expected),
        "message": message,
        "acknowledged": False,
        "echo": {name[:LONGEST_NAME]: _cut(str(value)) for name, value in (echo or {}).items()},
    }


def _labelled(expected: str, field: str | None, contract: Contract | None, language: str) -> str:
    """Return names of columns with their labels, where that is what a finding about the whole file expects."""
    names = expected.split(", ")
    if field or contract is None or not all(name in contract.fields for name in names):
        return expected
    return ", ".join(f"{contract.fields[name].label[language]} ({name})" for name in names)


def _cut(value: str | None) -> str | None:
    return value if value is None or len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
