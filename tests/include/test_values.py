"""A cell becomes a value in one way only, or none."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from calypso.values import given, read_date, read_decimal, read_integer, read_time


@pytest.mark.parametrize(
    ("cell", "mark", "value"),
    [
        ("1250.5", ".", "1250.5"),
        ("1250,5", ",", "1250.5"),
        ("-3", ",", "-3"),
        (0.1, ",", "0.1"),
        (7, ",", "7"),
        (1e-7, ".", "1E-7"),
        ("0,000001", ",", "0.000001"),
        # can be read two ways, or in none
        ("1,250.5", ".", None),
        ("1.250,5", ",", None),
        ("1,250", ".", None),
        ("1.250", ",", None),
        ("1 250", ".", None),
        ("12O", ".", None),
        ("approx 5", ".", None),
        ("5 kg", ".", None),
        ("1e5", ".", None),
        (".5", ".", None),
        ("５", ".", None),
        (float("nan"), ".", None),
        (float("inf"), ".", None),
        (True, ".", None),
        ("9" * 30, ".", None),
        ("", ".", None),
        (None, ".", None),
    ],
)
def test_a_number_is_read_with_the_declared_mark_alone(cell: object, mark: str, value: str | None) -> None:
    assert read_decimal(cell, mark) == (None if value is None else Decimal(value))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cell", "order", "value"),
    [
        ("2024-11-05", "day-month-year", date(2024, 11, 5)),
        ("05/11/2024", "day-month-year", date(2024, 11, 5)),
        ("11/05/2024", "month-day-year", date(2024, 11, 5)),
        ("5.11.2024", "day-month-year", date(2024, 11, 5)),
        (datetime(2024, 11, 5), "day-month-year", date(2024, 11, 5)),
        (datetime(2024, 11, 5, 13), "day-month-year", None),
        ("31/02/2024", "day-month-year", None),
        ("25/13/2024", "day-month-year", None),
        ("13/25/2024", "day-month-year", None),
        ("05/11/24", "day-month-year", None),
        ("05/11.2024", "day-month-year", None),
        ("45601", "day-month-year", None),
        (45601, "day-month-year", None),
        ("yesterday", "day-month-year", None),
    ],
)
def test_a_date_is_iso_or_in_the_declared_order(cell: object, order: str, value: date | None) -> None:
    assert read_date(cell, order) == value  # type: ignore[arg-type]


def test_times_and_whole_numbers() -> None:
    assert read_time("14:05") == time(14, 5)
    assert read_time("14h05") == time(14, 5)
    assert read_time("25:00") is None
    assert read_time(time(7, 30)) == time(7, 30)
    assert read_integer("3") == 3
    assert read_integer(3.0) == 3
    assert read_integer("3.0") is None
    assert read_integer("1a") is None


def test_a_cell_is_given_back_as_its_sender_sees_it() -> None:
    assert given(datetime(2024, 11, 5)) == "2024-11-05"
    assert given(3.0) == "3"
    assert (given(True), given(1e-7)) == ("TRUE", "0.0000001")
    assert given("  x ") == "x"
    assert given("   ") is None
