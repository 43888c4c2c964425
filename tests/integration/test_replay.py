"""Invariants 1, 2 and 3: nothing is lost, twice is once, and the order of arrival does not matter."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from integration.line import CURRENT, Line, files_by_arrival

from calypso import history
from calypso.holdings import Held
from calypso.registry import administrations, operations
from calypso.submission import submitted

pytestmark = pytest.mark.integration

NewLine = Callable[..., Line]


@pytest.fixture(scope="module")
def again(new_line: NewLine, natural: Line, folder: Path) -> Iterator[Line]:
    """A line like it, to which everything is given again."""
    with ExitStack() as held:
        yield held.enter_context(new_line("replay_again", folder / "clock.csv", like=natural))


def test_every_file_is_answered_and_no_row_is_lost(natural: Line, folder: Path) -> None:
    states = natural.rows(
        """
        select s.submission_id, t.rows_read, t.rows_accepted, t.rows_quarantined, r.submission_id is not null,
            (select count(*) from raw.seizure_rows as w where w.submission_id = s.submission_id),
            (select count(*) from raw.seizure_rows as w
             where w.submission_id = s.submission_id and w.verdict = 'accepted')
        from raw.submissions as s
        join raw.submission_states as t on t.submission_id = s.submission_id
            and t.state in ('accepted', 'partly_accepted', 'rejected', 'nil', 'duplicate')
        left join raw.receipts as r on r.submission_id = s.submission_id
        """
    )
    assert len(states) == len(files_by_arrival(folder))
    for submission_id, read, accepted, quarantined, answered, stored, stored_accepted in states:
        assert read == accepted + quarantined == stored, submission_id
        assert accepted == stored_accepted, submission_id
        assert answered, submission_id
    assert not [path for path in natural.trees.glob("*/inbox/*") if path.is_file()]


def test_a_quarantined_row_has_a_critical_finding_and_an_accepted_one_has_none(natural: Line) -> None:
    [[wrong]] = natural.rows(
        """
        select count(*) from raw.seizure_rows as w
        where (w.verdict = 'quarantined') <> exists (
            select from raw.findings as f
            where f.submission_id = w.submission_id and f.row_number = w.row_number and f.severity = 'critical'
        )
        """
    )
    assert wrong == 0


def test_every_finding_points_at_the_offending_cell(natural: Line, folder: Path) -> None:
    """The value given stands in the stored row under the field that the finding names."""
    found = natural.rows(
        """
        select f.rule_code, f.field, f.value_given, to_jsonb(w) as row
        from raw.findings as f
        join raw.seizure_rows as w using (submission_id, row_number)
        """
    )
    assert len(found) > 200
    for rule, field, given, row in found:
        assert row.get(f"{field}_given", row[field]) == given, (rule, field)


def test_what_stands_in_raw_is_what_stands_in_the_marts(natural: Line) -> None:
    """Totals are compared with what one question to raw adds up: dbt's models say the same, in their own way."""
    operation = operations()["calypso-2024"]
    archive = history.Warehouse(natural.settings.warehouse("loader"), natural.settings.landing)
    compared = 0
    for code in administrations():
        name = f"{code}_{operation.ends_on}_seizures_totals.csv"
        held = archive.holdings(submitted(code, name, b"", datetime.now(UTC)))
        there = f"where administration_code = '{code}' and operation_code = '{operation.code}'"
        assert natural.rows(f"select count(*) from marts.fct_cases {there}") == [(held.cases,)]
        goods = natural.rows(
            "select category, sub_type, unit, case when unit = 'face_value' then currency end, sum(quantity) "
            f"from marts.fct_items {there} group by 1, 2, 3, 4"
        )
        assert sorted(map(str, map(Held._make, goods))) == sorted(map(str, held.goods))
        compared += len(goods)
    assert compared > 200


def test_twice_is_once(again: Line, folder: Path) -> None:
    before = again.tables()
    [[submissions]] = again.rows("select count(*) from raw.submissions")
    again.replay(files_by_arrival(folder), steps=1)
    assert again.tables() == before
    assert again.rows("select count(*) from raw.submissions")[0][0] == 2 * submissions
    [[loaded_again]] = again.rows(
        """
        select count(*) from raw.submissions as s join raw.submission_states as t using (submission_id)
        where s.duplicate_of is not null and (t.rows_read > 0 or t.state in ('accepted', 'partly_accepted', 'nil'))
        """
    )
    assert loaded_again == 0


def test_a_run_again_changes_nothing(again: Line) -> None:
    before = again.tables()
    assert again.ingest(path.name for path in again.trees.iterdir() if path.is_dir()) == []
    assert again.tables() == before


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_arrival_does_not_matter(natural: Line, new_line: NewLine, folder: Path, seed: int) -> None:
    files = files_by_arrival(folder)
    random.Random(seed).shuffle(files)
    # The third order is a true one: the simulation's clock is left out, so files arrive as they are dropped.
    # When something became known is the one thing that may differ: a copy that overtakes is the first to tell it.
    clock = folder / "clock.csv" if seed < 3 else None
    with new_line(f"replay_shuffled_{seed}", clock) as shuffled:
        shuffled.replay(files)
        mine, others = (made.tables(without="known_from") for made in (natural, shuffled))
        for table in CURRENT:
            assert mine[table] == others[table], table
