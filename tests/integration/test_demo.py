"""The whole: both operations replayed through SFTP, Airflow, Great Expectations and dbt, and equal to the truth."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time as clock
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import answers, told
from integration import browsing
from integration.line import truth
from rich.console import Console

from calypso import warehouse
from calypso.asking import analyst
from calypso.contracts import contracts
from calypso.deadlines import reporting_days
from calypso.local import demo, site
from calypso.registry import administrations, operations, participants
from calypso.report import underway
from calypso.report.due import cut_off
from calypso.report.standing.making import page_name
from calypso.settings import REPOSITORY, Settings

pytestmark = pytest.mark.integration

SEIZURES = contracts()["seizures"]
WITHIN = 300  # seconds in which what is to be read is published after a demo
MEASURES = ("quantity_kg", "quantity_pieces", "quantity_litres", "amount", "amount_usd", "value_usd")
ITEM_FIELDS = [name for name, field in SEIZURES.fields.items() if field.of_item]
CASE_FIELDS = [name for name, field in SEIZURES.fields.items() if field.group == "case" and name != "case_ref"]


OPERATIONS = [
    pytest.param(code, marks=[pytest.mark.core] if code == "calypso-2024" else []) for code in sorted(operations())
]


@pytest.fixture(scope="module", params=OPERATIONS)
def replayed(request: pytest.FixtureRequest, stack: Settings) -> tuple[Settings, str, str]:
    """Replay an operation by `calypso demo` and give the settings, its code and what was printed.

    The files of those with which its published figures are compared come before it, and are built with its own.
    """
    published = operations()[request.param].published.values()
    for compared in sorted({one.more_than_in for one in published if one.more_than_in}):
        demo.drop(stack, compared, Console(quiet=True).print)
    console = Console(record=True, width=140)
    demo.run(stack, request.param, console)
    return stack, request.param, console.export_text()


def rows(settings: Settings, query: str, *parameters: Any) -> list[dict[str, Any]]:
    with warehouse.transaction(settings.warehouse("transformer")) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_every_day_and_the_results_are_published_within_minutes(replayed: tuple[Settings, str, str]) -> None:
    """And every administration's own page lies in its folder."""
    settings, code, printed = replayed
    operation, began = operations()[code], clock.monotonic()
    assert site.url(settings) in printed
    days = [f"{day}/1/situation.fr.{kind}" for day in reporting_days(operation) for kind in ("html", "pdf")]
    reports = [f"reports/{code}/{one}" for one in (*days, "results/results.fr.html", "results/results.fr.pdf")]
    waiting = {*reports, *(f"{one}/reference/{page_name(code)}" for one in participants(operation))}
    while waiting:
        assert clock.monotonic() - began < WITHIN, f"not published: {sorted(waiting)[:3]} and others"
        clock.sleep(1)
        home = httpx.get(f"{site.url(settings)}index.fr.html", timeout=60).text
        waiting = {
            one for one in waiting if f'href="{one}"' not in home and not (settings.home / "sftp" / one).exists()
        }
    print(f"published {clock.monotonic() - began:.0f} s after the results were printed")
    assert not underway.is_underway(settings.home / "reports", code, datetime.now(UTC))
    for report in reports:
        assert httpx.get(f"{site.url(settings)}{report}", timeout=60).status_code == 200
    known_at = rows(
        settings, "select reporting_day, known_at from raw.editions where operation_code = %s and edition = 1", code
    )
    assert {row["reporting_day"]: row["known_at"] for row in known_at} == {
        day: cut_off(operation, day) for day in reporting_days(operation)
    }
    assert len(known_at) == {"calypso-2024": 21, "calypso-2025": 19}[code]


@browsing.needs_chromium
def test_the_report_of_the_last_day_opens_from_the_home_page(replayed: tuple[Settings, str, str], browser: Any) -> None:
    settings, code, _ = replayed
    home = f"{site.url(settings)}index.fr.html"
    with browsing.opened(browser, home, "fr", browsing.WIDTHS["phone"], f"home-after-{code}") as page:
        report = f"reports/{code}/{operations()[code].ends_on}/1/situation.fr.html"
        page.locator(f'a[href="{report}"]').first.click()
        assert page.locator("html").get_attribute("lang") == "fr"
        address = page.url
    assert address == site.url(settings) + report
    with browsing.opened(browser, address, "fr", browsing.WIDTHS["phone"], f"report-after-{code}"):
        pass


def said(value: object) -> object:
    """Return a value of the warehouse as the truth file says it."""
    if isinstance(value, Decimal):
        return Decimal(value).normalize()
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def meant(value: object, kind: str) -> object:
    """Return a value of the truth file as the warehouse says it."""
    if value is None:
        return None
    if kind == "decimal":
        return Decimal(str(value)).normalize()
    if kind == "time":
        return time.fromisoformat(str(value)).isoformat()
    return value


def test_every_published_figure_holds(replayed: tuple[Settings, str, str]) -> None:
    settings, code, printed = replayed
    figures = rows(settings, "select * from marts.rpt_operation_results where operation_code = %s", code)
    published = operations()[code].published
    assert {row["figure"] for row in figures if row["published_kind"]} == set(published)
    assert [row["figure"] for row in figures if row["holds"] is False] == []
    assert {row["figure"] for row in figures if row["holds"]} == set(published)
    assert "simulated" in printed
    assert " NO " not in printed


def test_the_figures_are_those_of_the_truth(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    figures = rows(settings, "select * from marts.rpt_operation_results where operation_code = %s", code)
    expected = truth(settings.home / "simulation" / code)["figures"]
    by_name = {row["figure"]: row for row in figures}
    assert set(expected) <= set(by_name)
    for name, value in expected.items():
        row = by_name[name]
        if row["value"] is None:
            assert row["value_code"] == value, name
        else:
            assert round(row["value"] - Decimal(str(value)), 6) == 0, name  # shares have six decimals


def test_every_item_is_the_one_of_the_truth(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    found = {
        (row["administration_code"], row["case_ref"], row["item_no"]): row
        for row in rows(settings, "select * from marts.fct_items where operation_code = %s", code)
    }
    expected = {
        (item["administration"], item["case_ref"], item["item_no"]): item
        for item in truth(settings.home / "simulation" / code)["items"]
    }
    assert set(found) == set(expected)
    assert len(expected) > 500
    kinds = {name: SEIZURES.fields[name].type for name in ITEM_FIELDS} | dict.fromkeys(MEASURES, "decimal")
    for key, item in expected.items():
        for name, kind in kinds.items():
            assert said(found[key][name]) == meant(item.get(name), kind), (key, name)


def test_every_case_is_the_one_of_the_truth(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    found = {
        (row["administration_code"], row["case_ref"]): row
        for row in rows(settings, "select * from marts.fct_cases where operation_code = %s", code)
    }
    expected = {
        (case["administration"], case["case_ref"]): case for case in truth(settings.home / "simulation" / code)["cases"]
    }
    assert set(found) == set(expected)
    for key, case in expected.items():
        for name in CASE_FIELDS:
            assert said(found[key][name]) == meant(case.get(name), SEIZURES.fields[name].type), (key, name)


def test_every_file_ends_as_the_truth_says(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    files = truth(settings.home / "simulation" / code)["submissions"]["files"]
    found = {
        (row["administration_code"], row["file_name"]): (row["final_state"], row["rows_quarantined"])
        for row in rows(settings, "select * from marts.fct_submissions")
    }
    for file in files:
        key = (file["administration"], file["file_name"])
        assert found[key] == (file["state"], file["quarantined"] if file["state"] != "duplicate" else 0), key


def test_every_file_has_its_receipt_in_its_senders_folder(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    files = truth(settings.home / "simulation" / code)["submissions"]["files"]
    answered = {}
    for administration in administrations().values():
        folder: Path = settings.home / "sftp" / administration.code / "receipts"
        for path in folder.glob("*.json"):
            receipt = json.loads(path.read_text(encoding="utf-8"))
            assert receipt["administration"]["code"] == administration.code
            assert receipt["language"] == administration.language
            assert receipt["simulated"] is True
            assert f'lang="{administration.language}"' in path.with_suffix(".html").read_text(encoding="utf-8")
            assert path.with_name(f"{path.name}.sig").exists()
            assert path.with_suffix(".xlsx").exists() == bool(receipt["findings"])
            key = (administration.code, receipt["file_name"])
            assert key not in answered
            answered[key] = receipt
    assert {(file["administration"], file["file_name"]) for file in files} <= set(answered)
    for file in files:
        receipt = answered[file["administration"], file["file_name"]]
        assert receipt["state"] == file["state"]
        assert receipt["rows"]["read"] == receipt["rows"]["accepted"] + receipt["rows"]["quarantined"]


def test_replaying_again_starts_from_where_it_is(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    before = rows(settings, "select count(*) from raw.submissions")
    console = Console(record=True, width=140)
    demo.run(settings, code, console)
    assert rows(settings, "select count(*) from raw.submissions") == before
    assert " 0 files uploaded" in console.export_text()


@pytest.mark.parametrize("guide", ["README.md", "docs/analysts.md"])
def test_the_commands_of_the_guides_run(replayed: tuple[Settings, str, str], guide: str, tmp_path: Path) -> None:
    """Every command of a guide that reads the warehouse is run as it is written, and answers."""
    settings, _, _ = replayed
    text = (REPOSITORY / guide).read_text(encoding="utf-8")
    commands = re.findall(r"\.venv/bin/(calypso (?:sql (?:--csv )?\"[^\"]+\"|(?:export|catalogue) [^\n`]+))", text)
    assert commands
    for command in commands:
        done = subprocess.run(
            f"{sys.prefix}/bin/{command}",
            shell=True,
            cwd=tmp_path,
            env={**os.environ, "CALYPSO_HOME": str(settings.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        assert len(done.stdout.splitlines()) > 3 or any(tmp_path.iterdir()), command


def test_every_question_of_the_guide_has_its_answer(replayed: tuple[Settings, str, str]) -> None:
    settings, code, _ = replayed
    if code != max(operations()):
        pytest.skip("asked when all operations are there")
    guide = (REPOSITORY / "docs" / "analysts.md").read_text(encoding="utf-8")
    questions = list(answers(guide))
    assert len(questions) >= 20
    with analyst(settings) as cursor:
        for query, answer in questions:
            cursor.execute(query)
            assert told([column.name for column in cursor.description or ()], cursor.fetchall()) == answer, query
