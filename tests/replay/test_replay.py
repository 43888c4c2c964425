"""The replay itself, on histories small enough to be told by hand."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.invented import Habits, History
from replay.measuring import measured, rounded
from replay.replay import Replay
from replay.submission import Excuse, Row, Submission

from calypso.registry import administrations, operations

OPERATION = operations()["calypso-2024"]
ZONES = {code: office.zone for code, office in administrations().items()}
GOLD = {"case_type": "seizure", "event_date": date(2024, 11, 4), "direction": "import", "concealment": "baggage",
        "category": "gold", "sub_type": "gold_bar", "quantity": Decimal(2), "unit": "kg"}  # fmt: skip
FOREVER = datetime(2025, 1, 1, tzinfo=UTC)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2024, 11, day, hour, tzinfo=UTC)


def file(name: str, day: int, came: datetime, *rows: Row, **more: Any) -> Submission:
    numbered = tuple({"row_number": n, "verdict": "accepted", **row} for n, row in enumerate(rows, start=2))
    said = {"version": 1, "sha256": name, "final_state": "accepted", "known_from": came, **more}
    about = {"operation": OPERATION.code, "administration": "brb", "dataset": "seizures", "day": date(2024, 11, day)}
    told = {
        "submission_id": name,
        "file_name": f"{name}.csv",
        "received_at": came,
        "recorded_at": came,
        "rows": numbered,
    }
    return Submission(**{**about, **told, **said})


def replay(*files: Submission) -> Replay:
    return Replay(files, {OPERATION.code: OPERATION}, ZONES)


def items(told: Replay, moment: datetime = FOREVER) -> dict[tuple[str, int], tuple[Any, ...]]:
    rows = told.items(OPERATION.code, moment)
    return {
        (row["case_ref"], row["item_no"]): (row["submission_id"], row["quantity"], row["reported_on"]) for row in rows
    }


def cases(told: Replay, moment: datetime = FOREVER) -> dict[str, tuple[str, int, int]]:
    rows = told.cases(OPERATION.code, moment)
    return {row["case_ref"]: (row["submission_id"], row["row_number"], row["number_of_items"]) for row in rows}


def delivery(told: Replay, day: int, moment: datetime) -> tuple[str, str, int]:
    [row] = [
        row
        for row in told.delivery_statuses(OPERATION.code, moment)
        if (row["administration_code"], row["reporting_day"]) == ("brb", date(2024, 11, day))
    ]
    return row["status"], row["timeliness"], row["files_received"]


def test_the_highest_version_known_counts_and_nil_gives_way() -> None:
    told = replay(
        file("nil", 5, at(6, 9), version=0, final_state="nil"),
        file("second", 5, at(7), {**GOLD, "case_ref": "second"}, version=2),
        file("first", 5, at(8), {**GOLD, "case_ref": "first"}),
        file("empty", 5, at(9), version=3, final_state="nil"),
        file("refused", 5, at(10), version=4, final_state="rejected"),
    )
    assert delivery(told, 5, at(6)) == ("nil", "on_time", 1)
    assert list(cases(told, at(7))) == ["second"]
    assert list(cases(told)) == ["second"]
    assert delivery(told, 5, FOREVER) == ("accepted", "on_time", 5)
    assert told.days() == {"nil": (at(6, 9), at(7), None, "second"), "second": (at(7), None, "nil", None)}


def test_statements_stand_in_the_order_of_their_days_not_of_arrival() -> None:
    correction = {**GOLD, "case_ref": "a", "quantity": Decimal(5), "action": "correct"}
    told = replay(file("later", 6, at(7), correction), file("late", 5, at(9), {**GOLD, "case_ref": "a"}))
    assert items(told, at(8)) == {("a", 1): ("later", 5, date(2024, 11, 6))}
    assert items(told) == {("a", 1): ("later", 5, date(2024, 11, 5))}
    began = [(period[7], period[8]) for period in told.periods() if period[3] == 1]
    assert began == [(at(7), at(9)), (at(9), None)]


def test_cancellations_take_away_an_item_or_a_case_which_may_be_brought_back() -> None:
    two = ({**GOLD, "case_ref": "a"}, {**GOLD, "case_ref": "a", "item_no": 2}, {**GOLD, "case_ref": "b"})
    gone = ({"case_ref": "a", "item_no": 2, "action": "cancel"}, {"case_ref": "b", "action": "cancel"})
    back = {**GOLD, "case_ref": "b", "item_no": 3}
    told = replay(file("one", 5, at(6), *two), file("two", 6, at(7), *gone), file("three", 7, at(8), back))
    assert items(told, at(7)) == {("a", 1): ("one", 2, date(2024, 11, 5))}
    assert cases(told, at(7)) == {"a": ("one", 2, 1)}
    assert items(told)["b", 3] == ("three", 2, date(2024, 11, 7))
    ended = {period[2:4]: causes[1] for period, causes in told.periods().items() if period[8] == at(7)}
    assert ended == {("a", 2): {"two"}, ("b", None): {"two"}, ("b", 1): {"two"}}


def test_the_latest_file_describes_a_case_by_its_first_row() -> None:
    first = {**GOLD, "case_ref": "a", "direction": "export"}
    second = {**GOLD, "case_ref": "a", "item_no": 2}
    told = replay(file("one", 5, at(6), second), file("two", 6, at(7), first, second))
    assert cases(told) == {"a": ("two", 2, 2)}
    [case] = told.cases(OPERATION.code, FOREVER)
    assert (case["direction"], case["reported_on"], case["known_from"]) == ("export", date(2024, 11, 5), at(7))


def test_a_delivery_says_what_was_known_of_it() -> None:
    deadline = at(6, 10)
    excuse = file("excused", 5, at(6, 8), file_name="x_excused.csv", final_state="noted")
    excuse = Submission(**{**vars(excuse), "excuses": (Excuse(2, date(2024, 11, 7)),)})
    report = file("report", 5, at(7), recorded_at=at(7, 13), known_from=at(7, 15))
    told = replay(excuse, report)
    assert delivery(told, 5, at(6, 7)) == ("expected", "on_time", 0)
    assert delivery(told, 5, at(6, 8)) == ("excused", "on_time", 0)
    assert delivery(told, 5, at(7, 13)) == ("received", "late", 1)
    assert delivery(told, 5, at(7, 15)) == ("accepted", "late", 1)
    alone = replay(excuse)
    assert delivery(alone, 5, datetime(2024, 11, 8, 3, 59, tzinfo=UTC)) == ("excused", "on_time", 0)
    assert delivery(alone, 5, at(8, 4)) == ("missing", "late", 0)
    assert delivery(replay(), 5, deadline) == ("expected", "on_time", 0)
    assert delivery(replay(), 5, deadline + timedelta(microseconds=1)) == ("missing", "late", 0)


def test_figures_are_added_of_what_stands() -> None:
    export = {**GOLD, "case_ref": "b", "concealment": None, "quantity": Decimal("10"), "unit": "oz_t"}
    cash = {**GOLD, "case_ref": "c", "category": "currency", "sub_type": None, "unit": "face_value",
            "quantity": Decimal(270), "currency": "XCD", "persons_detained": 2}  # fmt: skip
    told = replay(file("one", 5, at(6), {**GOLD, "case_ref": "a"}, export, cash))
    figures = {row["figure"]: row for row in told.operation_results(OPERATION.code, FOREVER)}
    assert figures["gold_kg"]["value"] == Decimal("2.311035")
    assert figures["gold_baggage_share"]["value"] == Decimal("0.865413")
    assert (figures["currency_usd"]["value"], figures["currencies"]["value"]) == (100, 1)
    assert (figures["persons_detained"]["value"], figures["persons_detained"]["cases"]) == (2, 3)
    assert figures["gold_kg"]["holds"] is False
    assert figures["cocaine_export_share"]["value"] is None


@pytest.mark.parametrize(("number", "told"), [("0.0000005", "0.000001"), ("-0.0000005", "-0.000001"), ("1", "1")])
def test_a_half_goes_away_from_zero(number: str, told: str) -> None:
    assert rounded(Fraction(number), 6) == Decimal(told)


def test_a_rate_holds_on_its_days_alone() -> None:
    money = {**GOLD, "unit": "face_value", "quantity": Decimal(179), "currency": "ANG"}
    assert measured({**money, "event_date": date(2025, 6, 30)})["amount_usd"] == 100
    assert measured({**money, "event_date": date(2025, 7, 1)})["amount_usd"] is None


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0, max_value=10**6))
def test_the_order_in_which_files_are_given_does_not_matter(seed: int) -> None:
    cuts = [at(8), at(18)]
    filings = History(OPERATION, "brb", ZONES["brb"], seed).file(Habits(0.5, in_order=False), cuts)
    files = [filing.known(cuts) for filing in filings]
    mixed = random.Random(seed).sample(files, len(files))
    for moment in (at(7), *cuts):
        told, again = replay(*files), replay(*mixed)
        assert items(told, moment) == items(again, moment)
        assert told.periods() == again.periods()
        assert told.delivery_statuses(OPERATION.code, moment) == again.delivery_statuses(OPERATION.code, moment)
