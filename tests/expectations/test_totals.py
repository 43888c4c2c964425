"""Stated totals are noted row by row, and compared with what stands where an archive tells it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import pytest

from calypso.contracts import contract_for, contracts, declared
from calypso.holdings import Held, Holdings
from calypso.reading import read
from calypso.registry import LANGUAGES, administrations
from calypso.submission import Submission, parse_name
from expectations import judge

NAME = "brb_2024-11-05_seizures_totals.csv"
FIELDS = ("category", "sub_type", "quantity", "unit", "currency", "cases")
HELD = Holdings(
    14,
    [
        Held("cocaine", "cocaine_hydrochloride", "kg", None, Decimal("12.50")),
        Held("cocaine", "cocaine_hydrochloride", "g", None, Decimal(300)),
        Held("cocaine", "crack", "kg", None, Decimal(2)),
        Held("currency", "banknotes", "face_value", "USD", Decimal(9000)),
        Held("currency", "banknotes", "face_value", "XCD", Decimal(500)),
        Held("gold", None, "oz_t", None, Decimal("10")),
    ],
)
Submit = Callable[..., Submission]
Told = list[tuple[str, int | None, str | None, str | None, str | None]]  # rule, row, field, given, expected


class Archive:
    """An archive that knows what stands and is asked of nothing else."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None, date | None]] = []

    def holdings(self, submission: Submission) -> Holdings:
        name = submission.name
        self.asked.append((submission.administration, submission.operation, name and name.day))
        return HELD


def judged(submit: Submit, *rows: str, archive: Archive | None = None, header: Sequence[str] = FIELDS) -> judge.Judged:
    content = "\n".join([",".join(header), *rows]).encode()
    submission = submit(NAME, content)
    return judge.judge([read(submission, content, administrations()["brb"])], archive=archive)[0]  # type: ignore[arg-type]


def told(outcome: judge.Judged) -> Told:
    return [(one.rule, one.row, one.field, one.given, one.expected) for one in outcome.findings]


def test_the_contract_of_totals_speaks_the_words_of_the_reports() -> None:
    name = parse_name(NAME)
    assert name is not None
    contract, reported = contract_for(name), contracts()["seizures"]
    assert contract is declared()["totals"]
    assert tuple(contract.fields) == FIELDS
    for field in FIELDS[:-1]:
        assert contract.spellings.get(field) == reported.spellings.get(field)
        assert contract.fields[field].label == reported.fields[field].label
        assert all(contract.fields[field].help[language] for language in LANGUAGES)


def test_totals_that_are_those_that_stand_are_noted_without_a_word(submit: Submit) -> None:
    archive = Archive()
    rows = ["cocaine,,14.5,kg,,", "Cocaine,,300,g,,", ",crack,2.0,kg,,", "currency,,9000,face_value,USD,"]
    outcome = judged(submit, *rows, "gold,,0,kg,,", ",,,,,14", archive=archive)
    # Gold was reported in troy ounces alone: a total of nothing in kilograms is right.
    assert (outcome.verdict.state, told(outcome)) == ("noted", [])
    assert archive.asked == [("brb", "calypso-2024", date(2024, 11, 5))]


@pytest.mark.parametrize(
    ("row", "field", "given", "expected"),
    [
        ("cocaine,,12.5,kg,,", "quantity", "12.5", "14.5 kg, 300 g"),
        (",cocaine_hydrochloride,12,kg,,", "quantity", "12", "12.5 kg, 300 g"),
        ("cocaine,,14.8,lb,,", "quantity", "14.8", "0 lb, 300 g, 14.5 kg"),
        ("currency,,9500,face_value,USD,", "quantity", "9500", "9000 USD, 500 XCD"),
        ("cannabis,,1,kg,,", "quantity", "1", "0 kg"),
        (",,,,,13", "cases", "13", "14"),
    ],
)
def test_a_total_that_differs_is_told_with_what_stands(
    submit: Submit, row: str, field: str, given: str, expected: str
) -> None:
    outcome = judged(submit, row, archive=Archive())
    assert told(outcome) == [("F035", 2, field, given, expected)]
    assert (outcome.verdict.state, outcome.verdict.rows_accepted) == ("noted", 1)
    assert told(judged(submit, row)) == [], "a laptop does not know what stands"


@pytest.mark.parametrize(
    ("row", "slips"),
    [
        ("gold,,1,kg,,3", [("category", None), ("quantity", None), ("unit", None)]),
        (",,,,,-1", [("cases", ">= 0")]),
        (",,,,,some", [("cases", "14")]),
        (",,1,kg,,", [("category", "gold")]),
        ("gold,,,kg,,", [("quantity", "1250")]),
        ("gold,,1,,,", [("unit", "kg")]),
        ('gold,,"1,250.5",kg,,', [("quantity", "1250")]),
        ("unobtainium,,1,kg,,", [("category", "gold")]),
        ("gold,,-1,kg,,", [("quantity", ">= 0")]),
        ("gold,crack,1,kg,,", [("category", "cocaine")]),
        ("firearm,,1,kg,,", [("unit", "piece")]),
        ("currency,,1,face_value,,", [("currency", "USD")]),
        ("gold,,1,kg,USD,", [("currency", None)]),
    ],
)
def test_a_row_that_states_no_total_is_held_back(submit: Submit, row: str, slips: list[tuple[str, str | None]]) -> None:
    archive = Archive()
    outcome = judged(submit, row, ",,,,,14", archive=archive)
    assert [(rule, number, field, expected) for rule, number, field, _, expected in told(outcome)] == [
        ("F032", 2, field, expected) for field, expected in slips
    ]
    assert (outcome.verdict.state, outcome.verdict.rows_quarantined) == ("noted", 1)


def test_a_total_stands_once(submit: Submit) -> None:
    outcome = judged(submit, "gold,,10,oz_t,,", "Gold,,11,troy oz,,", ",,,,,14", ",,,,,14", archive=Archive())
    assert told(outcome) == [("F036", 3, "quantity", "11", "2"), ("F036", 5, "cases", "14", "4")]


@pytest.mark.parametrize(
    ("header", "rows", "rule"), [(FIELDS, [], "F032"), (("category", "unit", "cases"), [",,14"], "F006")]
)
def test_a_file_without_totals_is_rejected(submit: Submit, header: Sequence[str], rows: list[str], rule: str) -> None:
    outcome = judged(submit, *rows, header=header, archive=Archive())
    assert (outcome.verdict.state, [one.rule for one in outcome.findings]) == ("rejected", [rule])


def test_totals_of_a_day_to_come_are_refused(submit: Submit) -> None:
    content = b"category,quantity,unit\ngold,1,kg\n"
    submission = submit("brb_2025-12-12_seizures_totals.csv", content)
    [outcome] = judge.judge([read(submission, content, administrations()["brb"])])
    assert [one.rule for one in outcome.findings] == ["F016"]
