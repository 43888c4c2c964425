"""The foremost findings are those a receipt tells one by one, as many as fit; the totals are of all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from calypso import history, telling
from calypso.contracts import contract_for, contracts
from calypso.finding import Finding
from calypso.registry import Administration, Texts
from calypso.submission import Submission

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

SHOWN = 1000  # findings told one by one
BUDGET = 1_000_000  # bytes of findings told one by one: hostile cells could fill a thousand of them with more

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
        cursor.execute(
            _FOREMOST, {"longest": telling.LONGEST_VALUE, "submission": submission.submission_id, "shown": SHOWN}
        )
        for row in cursor:
            rule, severity, number, column, field, given, expected, case_ref, echo, finding_no = row
            found = Finding(rule, number, column, field, given, expected, case_ref, echo or {})
            finding = telling.tell(found, severity, sentences[rule], office.language, contract)
            finding["acknowledged"] = severity == "warning" and (rule, case_ref) in acknowledged
            spent += len(json.dumps(finding, ensure_ascii=False).encode())
            if told and spent > BUDGET:
                break
            told.append((finding_no, finding))
    return [finding for _, finding in sorted(told, key=lambda pair: pair[0])]
