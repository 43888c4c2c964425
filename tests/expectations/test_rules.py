"""Every rule on rows has a row that breaks exactly it, and one that nearly does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from conftest import RECEIVED
from corpus.cases import CASES, FIELDS

from calypso.finding import column_letter
from calypso.history import SIGHTED, Filed, Said, Sighting, Usual
from calypso.reading import read
from calypso.registry import administrations
from calypso.submission import Submission
from expectations import judge
from expectations.rules import rule_book


class Before:
    """An archive of one file about the day before: it reported BB-9 as new, and corrected BB-8.

    Usual are 2.5 kg of gold, as much as BB-6 was of, found on the Salt Heron.
    """

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        assert administrations == {"brb"}
        return [Filed("before", "calypso-2024", "brb", "seizures", date(2024, 11, 4), 1, RECEIVED - timedelta(1), "aa")]

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        return [Said("before", ref, new=ref == "BB-9") for ref in ("BB-8", "BB-9") if ref in case_refs]

    def usual(self, files: Collection[str], least: int) -> Sequence[Usual]:
        assert list(files) == ["before"]
        return [Usual("brb", "gold", "kg", None, Decimal("2.5"))]

    def sightings(self, files: Collection[str], days: Collection[str], texts: Collection[str]) -> Sequence[Sighting]:
        assert (list(files), list(days), list(texts)) == (["before"], ["2024-11-05"], ["Salt Heron"])
        seen = {
            "event_date": "2024-11-05",
            "conveyance": "Salt Heron",
            "category": "gold",
            "quantity": 2.5,
            "unit": "kg",
        }
        return [("before", "BB-6", *(seen.get(name) for name in SIGHTED))]


@pytest.fixture(scope="module")
def judged(submit: Callable[..., Submission]) -> dict[tuple[str, str], judge.Judged]:
    """Judge every case in one pass, each as a submission of its own; what needs history alone, after a file."""
    readings = {}
    for rule, (broken, _, near) in CASES.items():
        for kind, rows in (("broken", broken), ("near", near)):
            file = io.StringIO(newline="")
            writer = csv.DictWriter(file, ["x_rule", *FIELDS])
            writer.writeheader()
            writer.writerows({"x_rule": f"{rule} {kind}", **fields} for fields in rows)
            content = file.getvalue().encode()
            submission = submit("brb_2024-11-05_seizures.csv", content)
            readings[rule, kind] = read(submission, content, administrations()["brb"])
    outcomes = dict(zip(readings, judge.judge(list(readings.values())), strict=True))
    for (rule, kind), reading in readings.items():
        if rule_book().rules[rule].needs_history:
            assert list(outcomes[rule, kind].findings) == []
            [outcomes[rule, kind]] = judge.judge([reading], archive=Before())
    return outcomes


def test_there_is_a_case_for_every_rule_on_rows() -> None:
    assert set(CASES) == {code for code in rule_book().rules if code.startswith("S")}


@pytest.mark.parametrize("rule", CASES)
def test_a_broken_row_breaks_its_rule_and_no_other(judged: dict[tuple[str, str], judge.Judged], rule: str) -> None:
    outcome = judged[rule, "broken"]
    field = CASES[rule][1]
    assert {finding.rule for finding in outcome.findings} == {rule}
    for finding in outcome.findings:
        assert finding.field == field
        assert finding.column == column_letter(1 + FIELDS.index(field))
        assert finding.echo == {"x_rule": f"{rule} broken"}
        assert outcome.reading.rows[(finding.row or 0) - 2].number == finding.row
    critical = rule_book().rules[rule].severity == "critical"
    assert bool(outcome.quarantined) == critical
    assert outcome.verdict.rows_read == outcome.verdict.rows_accepted + outcome.verdict.rows_quarantined


@pytest.mark.parametrize("rule", CASES)
def test_a_row_that_nearly_breaks_a_rule_does_not(judged: dict[tuple[str, str], judge.Judged], rule: str) -> None:
    outcome = judged[rule, "near"]
    assert [finding.rule for finding in outcome.findings] == []
    assert outcome.verdict.state == "accepted"


def test_a_spoiled_cell_is_told_once(submit: Callable[..., Submission]) -> None:
    content = (
        b"case_ref,case_type,event_date,direction,category,quantity,unit\nBB-1,seizure,#N/A,import,gold,#REF!,kg\n"
    )
    submission = submit("brb_2024-11-05_seizures.csv", content)
    [outcome] = judge.judge([read(submission, content, administrations()["brb"])])
    assert [(finding.rule, finding.field) for finding in outcome.findings] == [
        ("S014", "event_date"),
        ("S014", "quantity"),
    ]


def test_every_sentence_has_the_same_places_in_four_languages() -> None:
    import re

    from calypso.registry import LANGUAGES

    for code, rule in rule_book().rules.items():
        places = {lang: set(re.findall(r"{(\w+)}", rule.sentence[lang])) for lang in LANGUAGES}
        assert len(set(map(frozenset, places.values()))) == 1, (code, places)
        assert set().union(*places.values()) <= {"given", "expected", "field"}


def test_every_rule_that_reading_may_break_is_in_the_book() -> None:
    import re
    from pathlib import Path

    import calypso.sheet
    import expectations.earlier
    import expectations.statements
    import expectations.totals

    room = Path(calypso.sheet.__file__ or "").parent
    read = [
        *room.glob("*.py"),
        *(room.parent / f"{name}.py" for name in ("reading", "header", "table", "totals", "guard")),
        *(
            Path(module.__file__ or "")
            for module in (expectations.earlier, expectations.statements, expectations.totals)
        ),
    ]
    source = "".join(path.read_text() for path in read)
    used = set(re.findall(r'"(F\d{3})"', source))
    assert used == {code for code in rule_book().rules if code.startswith("F")}
