"""Every rule on rows has a row that breaks exactly it, and one that nearly does."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta

import pytest
from conftest import RECEIVED

from calypso.contracts import contracts
from calypso.finding import column_letter
from calypso.history import Filed, Said
from calypso.reading import read
from calypso.registry import administrations
from calypso.submission import Submission
from expectations import judge
from expectations.rules import rule_book

FIELDS = list(contracts()["seizures"].fields)
GOLD = {
    "case_ref": "BB-1",
    "case_type": "seizure",
    "event_date": "05/11/2024",
    "direction": "import",
    "category": "gold",
    "quantity": "2.5",
    "unit": "kg",
}
PISTOL = {**GOLD, "category": "firearm", "sub_type": "semi_automatic_pistol", "quantity": "1", "unit": "piece"}
CASH = {**GOLD, "category": "currency", "quantity": "5000", "unit": "face_value", "currency": "USD"}
HINT = {name: GOLD[name] for name in ("case_ref", "event_date", "direction")} | {"case_type": "suspicious_movement"}

Rows = list[dict[str, str]]


def row(base: dict[str, str], **changes: str) -> Rows:
    return [{**base, **changes}]


# rule: (rows that break it and nothing else, the field pointed at, rows that nearly break it)
CASES: dict[str, tuple[Rows, str, Rows]] = {
    "S001": (row(GOLD, case_ref=" "), "case_ref", row(GOLD, case_ref="0")),
    "S002": (row(GOLD, case_type=""), "case_type", row(GOLD, case_type="DÉTENTION".replace("É", "E"))),
    "S003": (row(GOLD, event_date=""), "event_date", row(GOLD, event_date="2024-11-05")),
    "S004": (row(GOLD, direction=""), "direction", row(GOLD, direction="Doorvoer")),
    "S005": (row(GOLD, category=""), "category", row(HINT)),
    "S006": (row(GOLD, quantity=""), "quantity", row(GOLD, action="cancel", quantity="", unit="", category="")),
    "S007": (row(GOLD, unit=""), "unit", row(GOLD, unit="Kilogramme")),
    "S008": (row(GOLD, direction="sideways"), "direction", row(GOLD, direction="IMPORTACIÓN")),
    "S009": (
        row(GOLD, concealment="hat"),
        "concealment",
        row(GOLD, concealment="Équipage".replace("Équipage", "Equipaje")),
    ),
    "S010": (row(GOLD, event_date="31/02/2024"), "event_date", row(GOLD, event_date="4-11-2024")),
    "S011": (row(GOLD, event_time="25:00"), "event_time", row(GOLD, event_time="0:00")),
    "S012": (row(GOLD, quantity="1,250.5"), "quantity", row(GOLD, quantity="1250.5")),
    "S013": (row(GOLD, persons_detained="two"), "persons_detained", row(GOLD, persons_detained="2")),
    "S014": (row(GOLD, place="#REF!"), "place", row(GOLD, place="#1 berth")),
    "S015": (row(GOLD, place="a" * 121), "place", row(GOLD, place="a" * 120)),
    "S016": (row(GOLD, quantity="-2"), "quantity", row(GOLD, quantity="0.001")),
    "S017": (row(GOLD, quantity="0"), "quantity", row(GOLD, quantity="0.000001")),
    "S018": (row(PISTOL, unit="kg"), "unit", row(GOLD, unit="troy oz")),
    "S019": (row(GOLD, sub_type="revolver", unit="piece", quantity="1"), "sub_type", row(PISTOL, sub_type="revolver")),
    "S020": (row(GOLD, quantity="10001"), "quantity", row(GOLD, quantity="10000")),
    "S021": (row(PISTOL, quantity="1.5"), "quantity", row(PISTOL, quantity="2.0")),
    "S022": (row(CASH, currency=""), "currency", row(CASH, currency="xcd")),
    "S023": (row(CASH, currency="XCG"), "currency", row(CASH, currency="ANG")),
    "S024": (row(GOLD, value="100"), "currency", row(GOLD, value="100", currency="BBD")),
    "S025": (row(GOLD, value="-1", currency="BBD"), "value", row(GOLD, value="0", currency="BBD")),
    "S026": (row(GOLD, event_date="06/11/2024"), "event_date", row(GOLD, event_date="05/11/2024")),
    "S027": (row(GOLD, event_date="03/11/2024"), "event_date", row(GOLD, event_date="04/11/2024")),
    "S028": (row(GOLD, discovered_date="04/11/2024"), "discovered_date", row(GOLD, discovered_date="05/11/2024")),
    "S029": (row(GOLD, territory="tto"), "territory", row(GOLD, territory="Barbade")),
    "S030": (row(GOLD, destination_country="Jamaica"), "destination_country", row(GOLD, destination_country="BB")),
    "S031": (
        row(GOLD, direction="export", departure_country="Jamaica"),
        "departure_country",
        row(GOLD, departure_country="Jamaica"),
    ),
    "S032": (row(GOLD, unlocode="BRIDGE"), "unlocode", row(GOLD, unlocode="BB BGI")),
    "S033": (
        row(PISTOL, serial_state="present"),
        "serial_number",
        row(PISTOL, serial_state="present", serial_number="X1"),
    ),
    "S034": (row(PISTOL, serial_state="none", serial_number="X1"), "serial_number", row(PISTOL, serial_state="none")),
    "S035": (row(PISTOL, quantity="2", serial_number="X1"), "quantity", row(PISTOL, serial_number="X1")),
    "S036": (row(GOLD, calibre="9mm"), "serial_state", row(PISTOL, calibre="9mm")),
    "S037": (
        [*row(GOLD, item_no="1"), *row(GOLD, item_no="1")],
        "item_no",
        [*row(GOLD, item_no="1"), *row(GOLD, item_no="2")],
    ),
    "S038": (row(GOLD, item_no="0"), "item_no", row(GOLD, item_no="1")),
    "S039": (
        [*row(GOLD, item_no="1"), *row(GOLD, item_no="2", direction="transit")],
        "direction",
        [*row(GOLD, item_no="1"), *row(GOLD, case_ref="BB-2", direction="transit")],
    ),
    "S040": (row(GOLD, related_case="TT-0012"), "related_case", row(GOLD, related_case="tto:TT-0012")),
    "S041": (row(GOLD, hs_code="71081"), "hs_code", row(GOLD, hs_code="7108.12")),
    "S042": (row(HINT, case_type="seizure"), "case_type", row(HINT, case_type="detention")),
    "S043": (row(GOLD, persons_detained="101"), "persons_detained", row(GOLD, persons_detained="100")),
    "S045": (row(GOLD, action="correct", case_ref="BB-4"), "case_ref", row(GOLD, action="correct", case_ref="BB-9")),
    "S046": (row(GOLD, case_ref="BB-9"), "case_ref", row(GOLD, case_ref="BB-8")),
    "S044": (row(GOLD, remarks="carried by Mr Doe"), "remarks", row(GOLD, remarks="carried in MR-2 bags")),
}


class Before:
    """An archive of one file about the day before: it reported BB-9 as new, and corrected BB-8."""

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        assert administrations == {"brb"}
        return [Filed("before", "brb", "seizures", date(2024, 11, 4), 1, RECEIVED - timedelta(1), "aa")]

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        return [Said("before", ref, new=ref == "BB-9") for ref in ("BB-8", "BB-9") if ref in case_refs]


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

    room = Path(calypso.sheet.__file__ or "").parent
    read = [
        *room.glob("*.py"),
        *(room.parent / f"{name}.py" for name in ("reading", "header", "table", "totals", "guard")),
        *(Path(module.__file__ or "") for module in (expectations.earlier, expectations.statements)),
    ]
    source = "".join(path.read_text() for path in read)
    used = set(re.findall(r'"(F\d{3})"', source))
    assert used == {code for code in rule_book().rules if code.startswith("F")}
