"""dbt builds on an empty warehouse, and tells from a handful of rows what counts now."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from calypso import building, judging, provision, warehouse
from calypso.local import postgres
from calypso.settings import Settings

pytestmark = pytest.mark.integration

Row = dict[str, Any]

CASE = {"case_type": "seizure", "event_date": date(2024, 11, 4), "direction": "import", "concealment": "baggage"}
GOLD = {**CASE, "category": "gold", "sub_type": "gold_bar", "unit": "kg"}


@pytest.fixture(scope="module")
def settings(servers: Settings) -> Iterator[Settings]:
    with empty_warehouse(servers, "dbt_models") as made:
        yield made


@contextmanager
def empty_warehouse(servers: Settings, name: str) -> Iterator[Settings]:
    """Make a warehouse in which nothing is but the registry, and drop it in the end."""
    made = dataclasses.replace(servers, home=servers.home.parent / name, warehouse_database=name)
    administrator = postgres.administrator(servers)
    provision.provision(administrator, made)
    warehouse.prepare(postgres.administrator(servers, name), judging.rules())
    try:
        yield made
    finally:
        with warehouse.session(administrator) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"drop database {name} with (force)")


def send(settings: Settings, name: str, day: int, version: int, rows: list[Row], state: str = "accepted") -> None:
    """Write into raw what loading would have written of a file about a day of November 2024."""
    with warehouse.transaction(settings.warehouse("loader")) as connection, connection.cursor() as cursor:

        def insert(table: str, row: Row) -> None:
            names, places = ", ".join(row), ", ".join(["%s"] * len(row))
            cursor.execute(f"insert into raw.{table} ({names}) values ({places})", list(row.values()))

        arrived = datetime(2024, 11, day + 1, 10, version, tzinfo=UTC)
        about = {"administration_code": "brb", "operation_code": "calypso-2024", "dataset": "seizures"}
        file = {"file_name": name, "sha256": name, "size_bytes": 1, "modified_at": arrived, "received_at": arrived}
        insert(
            "submissions",
            {
                "submission_id": name,
                **about,
                **file,
                "reporting_day": date(2024, 11, day),
                "version": version,
                "is_nil": state == "nil",
                "is_simulated": True,
            },
        )
        held = sum(row.get("verdict") == "quarantined" for row in rows)
        counts = {"rows_read": len(rows), "rows_accepted": len(rows) - held, "rows_quarantined": held}
        insert("submission_states", {"submission_id": name, "state": state, "rule_pack": "test", **counts})
        for number, row in enumerate(rows, start=2):
            insert("seizure_rows", {"submission_id": name, "row_number": number, "verdict": "accepted", **row})


def results(settings: Settings) -> dict[str, Decimal]:
    query = "select figure, value from marts.rpt_operation_results where operation_code = 'calypso-2024'"
    return dict(read(settings, query, "analyst"))


def read(settings: Settings, query: str, role: str = "transformer") -> list[tuple[Any, ...]]:
    with warehouse.transaction(settings.warehouse(role)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def test_an_empty_warehouse_builds(settings: Settings) -> None:
    building.build(settings, without=())
    found = results(settings)
    assert found["cases_reported"] == found["gold_kg"] == 0
    assert found["gold_baggage_share"] is None


def test_what_counts_now(settings: Settings) -> None:
    send_two_days(settings)
    building.build(settings)
    items = read(settings, "select case_ref, item_no, quantity_kg, amount_usd from marts.fct_items order by 1, 2")
    assert items == [
        ("cash", 1, None, Decimal("100.00")),
        ("corrected", 1, Decimal("3.000000"), None),
        ("corrected", 2, Decimal("0.311035"), None),
    ]
    assert read(settings, "select case_ref, number_of_items from marts.fct_cases order by 1") == [
        ("cash", 1),
        ("corrected", 2),
        ("emptied", 0),
        ("without goods", 0),
    ]
    standing = dict(read(settings, "select submission_id, standing from marts.fct_submissions"))
    assert standing == {
        "fourth": "superseded",
        "fourth again": "current",
        "fourth refused": "not_counted",
        "fifth": "current",
        "fifth nil": "superseded",
    }
    found = results(settings)
    assert (found["cases_reported"], found["seizures"]) == (4, 4)
    assert (found["gold_kg"], found["currency_usd"]) == (Decimal("3.311035"), 100)


def send_two_days(settings: Settings) -> None:
    """Send two days: the first replaced and once refused, the second correcting and cancelling."""
    ounces = {**GOLD, "case_ref": "corrected", "item_no": 2, "quantity": 10, "unit": "oz_t"}
    send(settings, "fourth", 4, 1, [{**GOLD, "case_ref": "forgotten", "quantity": 50}])
    send(
        settings,
        "fourth again",
        4,
        2,
        [
            {**GOLD, "case_ref": "corrected", "item_no": 1, "quantity": 30},
            ounces,
            {**GOLD, "case_ref": "cancelled", "quantity": 7},
            {**GOLD, "case_ref": "emptied", "quantity": 8},
            {**GOLD, "case_ref": "held", "quantity": 9, "verdict": "quarantined"},
        ],
        "partly_accepted",
    )
    send(settings, "fourth refused", 4, 3, [], "rejected")
    send(settings, "fifth nil", 5, 0, [], "nil")
    cash = {**CASE, "category": "currency", "quantity": 270, "unit": "face_value", "currency": "XCD"}
    send(
        settings,
        "fifth",
        5,
        1,
        [
            {**GOLD, "case_ref": "corrected", "item_no": 1, "quantity": 3, "action": "correct"},
            {"case_ref": "cancelled", "action": "cancel"},
            {"case_ref": "emptied", "item_no": 1, "action": "cancel"},
            {**cash, "case_ref": "cash"},
            {**CASE, "case_ref": "without goods"},
        ],
    )


def test_built_again_the_tables_are_the_same(settings: Settings) -> None:
    query = "select md5(string_agg(t::text, ' ' order by t::text)) from marts.{} as t"
    tables = ("fct_items", "fct_cases", "fct_submissions", "rpt_operation_results")
    before = [read(settings, query.format(table)) for table in tables]
    building.build(settings)
    assert [read(settings, query.format(table)) for table in tables] == before
