"""Exports hold what the marts hold, cell for cell, as other libraries read them; the same question, the same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from integration.line import Line

from calypso import exporting
from calypso.asking import analyst
from calypso.exporting import Answer, CannotExport, Format, Question
from calypso.settings import Settings

pytestmark = pytest.mark.integration

REPORTS = (
    *("rpt_operation_results", "rpt_daily_situation", "rpt_firearms", "rpt_drug_flows", "rpt_drug_roles", "rpt_cash"),
    *("rpt_gold", "rpt_methods", "rpt_deliveries", "rpt_quality", "rpt_standings", "rpt_roadmap"),
)
OPERATION = "calypso-2024"
MOMENTS = (None, datetime.fromisoformat("2024-11-15T12:00+00:00"))


@pytest.fixture(scope="module")
def settings(new_line: Callable[..., Any], natural: Line, folder: Path) -> Iterator[Settings]:
    made: Line
    with new_line("exports", folder / "clock.csv", like=natural) as made:
        yield made.settings


def asked(settings: Settings, table: str, known_at: datetime | None = None) -> Answer:
    with analyst(settings) as cursor:
        return exporting.answer(cursor, Question(table, OPERATION, known_at))


def plain(value: Any) -> Any:
    """Return a value of PostgreSQL as every format must give it back: lists as JSON, moments without their zone."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    if isinstance(value, datetime):
        return value.astimezone(tz=None).timestamp()
    return value


def in_csv(path: Path) -> list[list[Any]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def in_xlsx(path: Path) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path)["data"]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    return [[cell.value for cell in line] for line in sheet.iter_rows()]


def in_parquet(path: Path) -> list[list[Any]]:
    found = duckdb.connect(":memory:").execute("select * from read_parquet(?)", [str(path)])
    names = [column[0] for column in found.description or ()]
    return [names, *map(list, found.fetchall())]


def test_every_report_has_its_function_and_rows(settings: Settings) -> None:
    for table in REPORTS:
        now, then = (asked(settings, table, moment) for moment in MOMENTS)
        assert now.columns[: len(then.columns)] == then.columns or set(then.columns) == set(now.columns), table
        assert now.rows, table
        assert ("simulated", "These data are simulated.") in now.notes
        assert "is_simulated" in now.columns


@pytest.mark.parametrize("table", REPORTS)
def test_the_formats_say_the_same_as_the_marts(settings: Settings, table: str, tmp_path: Path) -> None:
    answered = asked(settings, table)
    for kind in Format:
        exporting.write(answered, kind, tmp_path / f"table.{kind.value}")
    texts, cells, values = (
        in_csv(tmp_path / "table.csv"),
        in_xlsx(tmp_path / "table.xlsx"),
        in_parquet(tmp_path / "table.parquet"),
    )
    assert texts[0] == cells[0] == values[0] == list(answered.columns)
    assert len(texts) == len(cells) == len(values) == len(answered.rows) + 1
    for row, text, cell, value in zip(answered.rows, texts[1:], cells[1:], values[1:], strict=True):
        for place, meant in enumerate(map(plain, row)):
            column = answered.columns[place]
            assert same(meant, value[place]), (table, column, meant, value[place])
            assert same(meant, cell[place]), (table, column, meant, cell[place])
            assert (meant is None) == (text[place] == ""), (table, column, meant, text[place])
            if isinstance(meant, str) and meant[:1] not in tuple("=+-@\t\r"):
                assert text[place] == meant
            elif isinstance(meant, Decimal | int) and not isinstance(meant, bool):
                assert Decimal(text[place]) == meant


def same(meant: Any, found: Any) -> bool:
    """Tell whether a reader gives a value back; a workbook holds numbers as doubles and moments without a zone."""
    if isinstance(found, datetime):
        from datetime import UTC

        told = found if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(meant, date):
            return told.date() == meant
        return abs(told.timestamp() - float(meant)) < 1
    if isinstance(meant, bool) or isinstance(found, bool):
        return meant is found
    if isinstance(meant, Decimal | int):
        return found is not None and float(meant) == pytest.approx(float(found), rel=1e-12)
    if isinstance(meant, time):
        return str(meant) == str(found)
    return bool(meant == found)


@pytest.mark.parametrize("kind", Format)
def test_the_same_question_gives_the_same_bytes(settings: Settings, kind: Format, tmp_path: Path) -> None:
    for name in ("one", "two"):
        exporting.write(asked(settings, "rpt_operation_results", MOMENTS[1]), kind, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_cannot_be_exported_is_said_in_one_sentence(settings: Settings) -> None:
    with analyst(settings) as cursor, pytest.raises(CannotExport, match="use one of rpt_"):
        exporting.answer(cursor, Question("rpt_nothing"))
    with analyst(settings) as cursor, pytest.raises(CannotExport, match="--operation"):
        exporting.answer(cursor, Question("rpt_cash", None, MOMENTS[1]))
    with analyst(settings) as cursor, pytest.raises(CannotExport, match="no table"):
        exporting.answer(cursor, Question('rpt_cash" cross join raw.submissions --'))
