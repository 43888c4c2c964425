"""The examples of the rule catalogue are true: the right one keeps its rule, the wrong one breaks it and no other."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from calypso.contracts import contracts
from calypso.reading import read
from calypso.reference.wording import wording
from calypso.registry import administrations
from calypso.submission import Submission
from expectations import judge
from expectations.rules import rule_book

# A whole report, of which an example says only what matters.
ROW = {
    "case_ref": "BB-1",
    "case_type": "seizure",
    "event_date": "2024-11-05",
    "direction": "import",
    "category": "gold",
    "quantity": "2.5",
    "unit": "kg",
}
FILE = {"file_name": "brb_2024-11-05_seizures.csv", "header": ",".join(ROW), "row": ",".join(ROW.values())}
UNTRIED = {"F004", "F005", "F010", "F018"}  # said in words: content, encoding, size, sheets
KINDS = ("right", "wrong")

Submit = Callable[..., Submission]
Tried = Mapping[tuple[str, str], judge.Judged]


def report(rule: str, kind: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the file that an example describes."""
    example = getattr(rule_book().rules[rule], kind)
    if rule.startswith("F"):
        told = FILE | dict(example[0])
        return told["file_name"], f"{told['header']}\n{told['row']}\n".encode()
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, contracts()["seizures"].fields)
    writer.writeheader()
    writer.writerows(ROW | dict(row) for row in example)
    return FILE["file_name"], file.getvalue().encode()


@pytest.fixture(scope="module")
def tried(submit: Submit) -> Tried:
    readings = {}
    for code, rule in rule_book().rules.items():
        if not rule.right or code in UNTRIED:
            continue
        for number, kind in enumerate(KINDS):
            name, content = report(code, kind)
            later = f"brb-{code}-{number}"
            received = datetime(2024, 11, 26, 12, tzinfo=UTC)
            submission = submit(name, content, received=received)
            submission = Submission(**{**vars(submission), "submission_id": later})
            readings[code, kind] = read(submission, content, administrations()["brb"])
    return dict(zip(readings, judge.judge(list(readings.values())), strict=True))


def test_only_rules_about_the_file_may_lack_an_example() -> None:
    rules = rule_book().rules.items()  # what was received before stands in no example
    lacking = {code for code, rule in rules if not (rule.right and rule.wrong) and not rule.needs_history}
    assert {code for code in lacking if not code.startswith("F")} == set()


def test_an_example_speaks_of_known_fields_and_differs() -> None:
    for code, rule in rule_book().rules.items():
        known = set(wording().parts) if code.startswith("F") else set(contracts()["seizures"].fields)
        assert {name for row in (*rule.right, *rule.wrong) for name in row} <= known, code
        assert rule.right != rule.wrong or not rule.right, code


def test_every_example_keeps_or_breaks_its_rule_and_no_other(tried: Tried) -> None:
    found = {key: {finding.rule for finding in judged.findings} for key, judged in tried.items()}
    expected = {(code, kind): {code} if kind == "wrong" else set() for code, kind in tried}
    assert {key: rules for key, rules in found.items() if rules != expected[key]} == {}
    assert len(tried) >= 2 * len([code for code in rule_book().rules if code.startswith("S")])
