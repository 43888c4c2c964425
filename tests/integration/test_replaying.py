"""Past files are judged again by other rules: what would change is seen first, then counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from integration.line import TABLES_ALONE, Line
from integration.test_statements import Sender, gold, report

from calypso import building, replaying, warehouse
from calypso.replaying import Choice
from expectations import judge
from expectations.rules import rule_book

pytestmark = pytest.mark.integration


@contextmanager
def yesterday(**severities: str) -> Iterator[None]:
    """Judge by rules some of which were more or less severe."""
    rules = {code: rule_book().rules[code] for code in severities}
    today = {code: rule.severity for code, rule in rules.items()}
    try:
        for code, rule in rules.items():
            object.__setattr__(rule, "severity", severities[code])
        yield
    finally:
        for code, rule in rules.items():
            object.__setattr__(rule, "severity", today[code])


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any]) -> Iterator[Line]:
    with new_line("replaying", None) as made:
        yield made


def counts(line: Line) -> tuple[int, Decimal]:
    [[cases, kilograms]] = line.rows(
        "select (select count(*) from marts.fct_cases), (select coalesce(sum(quantity_kg), 0) from marts.fct_items)"
    )
    return cases, kilograms


def test_a_replay_is_seen_first_then_done_once_and_leaves_the_past_known(line: Line) -> None:
    sender = Sender(line, "brb")
    with yesterday(S020="critical", S026="warning"):
        first = sender.send("05_seizures.csv", report(gold("BB-1", 5), gold("BB-2", 5, 20000), gold("BB-3", 6, 1)))
        refused = sender.send("06_seizures.csv", report(gold("BB-4", 6, 30000)))
        kept = sender.send("07_seizures.csv", report(gold("BB-5", 7)))
        gone = sender.send("08_seizures.csv", report(gold("BB-6", 9)))
    states = [one["state"] for one in (first, refused, kept, gone)]
    assert states == ["partly_accepted", "rejected", "accepted", "accepted"]
    building.build(line.settings, without=TABLES_ALONE)
    before = counts(line)
    assert before == (4, Decimal("8.5"))
    [[cut]] = line.rows("select max(cut_at) from marts.dim_builds")

    settings = line.settings
    with warehouse.session(settings.warehouse("loader")) as connection:
        submissions = replaying.chosen(connection, Choice(["brb"]))
        changes = {one.file_name: one for one in replaying.preview(connection, submissions, judge.today(settings))}
    assert {name: (one.state_today, one.rows_failing, one.rows_passing) for name, one in changes.items()} == {
        "brb_2024-11-05_seizures.csv": ("partly_accepted", (4,), (3,)),
        "brb_2024-11-06_seizures.csv": ("accepted", (), (2,)),
        "brb_2024-11-08_seizures.csv": ("rejected", (2,), ()),
    }
    assert [name for name, one in changes.items() if one.is_refused] == ["brb_2024-11-08_seizures.csv"]
    assert line.rows("select count(*) from raw.submissions") == [(4,)]

    def replay() -> list[str]:
        with warehouse.session(settings.warehouse("loader")) as connection:
            chosen = replaying.chosen(connection, Choice(["brb"]))
            return replaying.replay(connection, chosen, judge.today(settings))

    recorded = replay()
    assert recorded == [f"{first['submission_id']}-r001", f"{refused['submission_id']}-r001"]
    assert replay() == []  # stopped before they were judged, and started again
    receipts = set(sender.folder.glob("receipts/*.json"))
    assert sorted(line.ingest(["brb"])) == sorted(recorded)
    assert len(set(sender.folder.glob("receipts/*.json")) - receipts) == 2
    assert replay() == []

    building.build(settings, without=TABLES_ALONE)
    assert counts(line) == (5, Decimal("50007.5"))
    standing = dict(line.rows("select submission_id, standing from marts.fct_submissions"))
    assert standing[first["submission_id"]] == "superseded"
    assert standing[recorded[0]] == standing[recorded[1]] == standing[kept["submission_id"]] == "current"
    then = line.rows(f"select sum(quantity_kg) from marts.items('calypso-2024', '{cut}')")
    assert then == [(before[1],)]


def test_a_choice_is_of_senders_and_days(line: Line) -> None:
    from datetime import date

    with warehouse.session(line.settings.warehouse("loader")) as connection:
        assert replaying.chosen(connection, Choice(["tto"])) == []
        [one] = replaying.chosen(connection, Choice(first_day=date(2024, 11, 7), last_day=date(2024, 11, 7)))
        assert one.file_name == "brb_2024-11-07_seizures.csv"
