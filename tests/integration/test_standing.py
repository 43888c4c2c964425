"""An administration is told what the marts say of its own reports, nothing of anybody else's, and only what is new."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from integration import browsing
from integration.line import Line
from paramiko import SFTPClient

from calypso import provision, warehouse
from calypso.registry import LANGUAGES, administrations
from calypso.report.standing import making, posting, stored
from calypso.report.standing.account import account
from calypso.report.standing.standing import REPORTED, Standing, ask
from calypso.report.standing.words import wording

pytestmark = pytest.mark.integration

OPERATION = "calypso-2024"
# One of each language, and one that writes as nobody else does.
TOLD = {"en": "tto", "fr": "hti", "es": "dom", "nl": "cuw"}
CODES = tuple(administrations())


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any], natural: Line, folder: Path) -> Iterator[Line]:
    made: Line
    with new_line("standings", folder / "clock.csv", like=natural) as made:
        yield made


@pytest.fixture(scope="module")
def posted(line: Line) -> posting.Posted:
    """Everybody is told once."""
    return post(line, hub(line.sftp))


@pytest.fixture(scope="module")
def standings(line: Line) -> dict[str, Standing]:
    return {code: posting.read(line.settings, OPERATION, code) for code in CODES}


def post(line: Line, by: posting.Hub) -> posting.Posted:
    told = posting.Posted()
    posting.post(line.settings, OPERATION, CODES, by, told)
    return told


def hub(sftp: SFTPClient) -> posting.Hub:
    @contextmanager
    def opened() -> Iterator[SFTPClient]:
        yield sftp

    return opened


def page(line: Line, code: str) -> str:
    return (line.trees / code / "reference" / making.page_name(OPERATION)).read_text(encoding="utf-8")


def own(line: Line, code: str, query: str) -> list[tuple[Any, ...]]:
    """Ask the marts for rows of one administration, as the analyst who sees all."""
    return line.rows(query.format(f"operation_code = '{OPERATION}' and administration_code = '{code}'"), "analyst")


def rows_of(page: str, key: str) -> dict[str, str]:
    found = re.findall(rf'<tr data-{key}="([^"]+)"[^>]*>(.*?)</tr>', page, re.DOTALL)
    return {name: unescape(row) for name, row in found}


def test_everybody_is_told_in_the_own_language(line: Line, posted: posting.Posted) -> None:
    names = [making.stored_name(OPERATION), making.page_name(OPERATION)]
    assert posted.failed == {}
    assert posted.written == [f"{code}/{name}" for code in CODES for name in names]
    for code, office in administrations().items():
        assert f'<html lang="{office.language}">' in page(line, code)
        assert wording(office.language)("simulated") in unescape(page(line, code))


@pytest.mark.parametrize("code", TOLD.values())
def test_every_figure_is_that_of_the_marts(line: Line, posted: posting.Posted, code: str) -> None:
    say = wording(administrations()[code].language)
    shown = rows_of(page(line, code), "figure")
    for figure, unit, value in own(line, code, f"""
        select figure, unit, case measure when 'cases' then count(distinct case_key) else sum(value) end
        from marts.fct_contributions join marts.dim_figures using (figure)
        where {{}} and kind = 'sum' and figure = any('{{{{{",".join(shown)}}}}}') group by figure, unit, measure
    """):  # fmt: skip
        assert shown.pop(figure).endswith(f'<td class="number now">{say.measured(value, unit)}</td>'), figure
    for unit in ("kg", "pieces", "litres"):
        of_goods = f"select sum_group, sum(quantity_{unit}) from marts.fct_items where {{}} group by 1"
        for sum_group, value in own(line, code, of_goods):
            if told := shown.pop(f"{sum_group}_{unit}", None):
                written = say("pieces", number=say.number(value)) if unit == "pieces" else say.measured(value, unit)
                assert told.endswith(f">{written}</td>"), sum_group
    assert all(row.endswith(">0</td>") for row in shown.values()), shown


@pytest.mark.parametrize("code", TOLD.values())
def test_every_day_and_file_is_that_of_the_marts(line: Line, posted: posting.Posted, code: str) -> None:
    days = rows_of(page(line, code), "day")
    known = own(line, code, "select reporting_day, status, timeliness from marts.rpt_deliveries where {}")
    assert {day for day, row in days.items() if "sign rest" not in row} == {str(day) for day, _, _ in known}
    files = own(
        line, code, "select reporting_day, file_name, rows_accepted, rows_quarantined from marts.fct_submissions "
        "where {} and reporting_day is not null",
    )  # fmt: skip
    say = wording(administrations()[code].language)
    for day, status, timeliness in known:
        assert f'<b class="sign {status}"' in days[str(day)]
        if status in REPORTED:
            assert (f">{say('late')}</small>" in days[str(day)]) == (timeliness == "late"), day
        of_day = [one for one in files if one[0] == day]
        assert days[str(day)].count("<li") == len(of_day)
        for _, name, accepted, held in of_day:
            told = [one for one in re.findall(r"<li.*?</li>", days[str(day)]) if f"<code>{name}</code>" in one]
            counts = [say("accepted", rows=accepted)] * bool(accepted) + [say("held_back", rows=held)] * bool(held)
            assert any(all(count in one for count in counts) for one in told), name


def test_what_comes_first_adds_up(line: Line, posted: posting.Posted, standings: dict[str, Standing]) -> None:
    for code in CODES:
        told, say = account(standings[code], "en"), wording("en")
        [(due, reported, in_time, accepted, held)] = own(line, code, f"""
            select count(*), count(*) filter (where status = any('{{{{{",".join(REPORTED)}}}}}')),
                count(*) filter (where status = any('{{{{{",".join(REPORTED)}}}}}') and timeliness = 'on_time'),
                coalesce(sum(rows_accepted), 0), coalesce(sum(rows_quarantined), 0)
            from marts.rpt_deliveries where {{}}
        """)  # fmt: skip
        [(cases,)] = own(line, code, "select count(*) from marts.fct_cases where {}")
        [(items,)] = own(line, code, "select count(*) from marts.fct_items where {}")
        short = {one["label"]: one["says"] for one in told["short"]}
        assert short[say("reported")].startswith(say("of_due", some=reported, all=due)), code
        assert short[say("on_time")] == say("of_all", some=in_time, all=reported)
        assert short[say("stored")] == say("stored_says", rows=accepted, cases=cases, items=items)
        assert (short[say("held")] == say("none_held")) == (held == 0)
        assert (told["to_do"] == [say("to_do_nothing")]) == (reported == due and held == 0)


def test_the_medians_are_those_of_all_and_hidden_where_few_make_them(
    line: Line, standings: dict[str, Standing]
) -> None:
    """Worked out here from the facts, not from the marts that tell them."""
    shares = line.rows(f"""
        select percentile_cont(0.5) within group (order by share) from (
            select count(*) filter (where status = any('{{{",".join(REPORTED)}}}'))::numeric / count(*) as share
            from marts.fct_deliveries where operation_code = '{OPERATION}' group by administration_code
        ) as shares
    """)  # fmt: skip
    for code, standing in standings.items():
        [(value,)] = own(line, code, "select max(own_value) from marts.rpt_standings "
                                     "where {} and measure = 'reported_share'")  # fmt: skip
        assert standing.measures["reported_share"]["own_value"] == value
        assert float(standing.measures["reported_share"]["median_value"]) == pytest.approx(shares[0][0], abs=1e-6)
        assert standing.measures["reported_share"]["administrations"] == 28
    for table, median in (("rpt_quality", "median_per_100_rows"), ("rpt_standings", "median_value")):
        [(wrong,)] = line.rows(
            f"select count(*) from marts.{table} where (administrations >= 5) <> ({median} is not null)", "analyst"
        )
        assert wrong == 0


def test_the_share_of_rows_held_back_and_the_hours_are_those_of_the_facts(
    line: Line, standings: dict[str, Standing]
) -> None:
    for code, standing in standings.items():
        [(share,)] = own(
            line, code, "select round(sum(rows_quarantined)::numeric / nullif(sum(rows_read), 0), 6) "
            "from marts.fct_submissions where {} "
            "and final_state in ('accepted', 'partly_accepted', 'rejected', 'nil')",
        )  # fmt: skip
        assert standing.measures["held_back_share"]["own_value"] == share, code
        zone = administrations()[code].zone
        [(hours,)] = own(
            line, code, "select percentile_cont(0.5) within group (order by "
            f"extract(epoch from first_received_at at time zone '{zone}' - reporting_day) / 3600) "
            "from marts.fct_deliveries where {}",
        )  # fmt: skip
        assert float(standing.measures["hours_to_receipt"]["own_value"]) == pytest.approx(hours, abs=1e-6), code


def test_nobody_is_told_of_anybody_else(line: Line, posted: posting.Posted) -> None:
    """Searched in the bytes: no reference and no file name of another."""
    refs = line.rows("select administration_code, case_ref from marts.fct_cases", "analyst")
    names = line.rows("select administration_code, file_name from marts.fct_submissions", "analyst")
    related = line.rows("select administration_code, coalesce(related_case, '') from marts.fct_cases", "analyst")
    searched = 0
    for code, office in administrations().items():
        mine = {told for whose, told in (*refs, *names) if whose == code}
        mine |= {re.split("[: ]", told, maxsplit=1)[-1] for whose, told in related if whose == code}  # that it named
        raw = (line.trees / code / "reference" / making.stored_name(OPERATION)).read_bytes()
        told = unescape(page(line, code)) + raw.decode(office.encoding if raw[:3] != b"\xef\xbb\xbf" else "utf-8")
        for whose, foreign in (*refs, *names):
            if whose != code and foreign not in mine:
                alone = rf"(?<![\w-]){re.escape(foreign)}(?![\w-])"
                assert foreign not in told or not re.search(alone, told), (code, whose, foreign)
                searched += 1
        for other in administrations().values():
            if other.code != code and other.name not in office.name:
                assert f": {other.names[office.language]}</h1>" not in told
    assert searched > 5000


def test_a_question_without_a_role_gets_nothing(line: Line) -> None:
    """What keeps foreign rows out is the role alone: the login itself may not enter the marts."""
    with warehouse.session(line.settings.warehouse("loader")) as connection:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from marts.fct_cases")
        assert ask(connection, OPERATION, "jam").cases
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from marts.fct_cases")  # the role has ended with its transaction
        with connection, connection.cursor() as cursor:
            cursor.execute(f"set local role {provision.of_administration('jam')}")
            cursor.execute("select distinct administration_code from marts_own.fct_items")
            assert cursor.fetchall() == [("jam",)]


@pytest.mark.parametrize("code", CODES)
def test_the_file_of_rows_has_every_row_and_reads_back_without_a_new_finding(
    line: Line, posted: posting.Posted, tmp_path: Path, code: str
) -> None:
    from calypso.transcript import transcribe

    [(items, cases)] = own(
        line, code, "select coalesce(sum(number_of_items), 0), count(*) filter (where number_of_items = 0) "
        "from marts.fct_cases where {}",
    )  # fmt: skip
    path = tmp_path / f"{code}_2024-11-24_seizures.csv"
    path.write_bytes((line.trees / code / "reference" / making.stored_name(OPERATION)).read_bytes())
    read = transcribe(path, code)
    office = administrations()[code]
    assert list(read.header) == [field.label[office.language] for field in stored.fields(contract())]
    assert len(read.rows) == items + cases
    assert not read.rows or [finding.rule for finding in read.findings] == []


@pytest.mark.parametrize("code", TOLD.values())
def test_what_is_stored_is_found_right_when_it_is_checked_again(
    line: Line, posted: posting.Posted, tmp_path: Path, code: str
) -> None:
    """As an officer would who gives the file of rows a day's name: no row of it would be held back."""
    from calypso.checking import check

    path = tmp_path / f"{code}_2024-11-24_seizures.csv"
    path.write_bytes((line.trees / code / "reference" / making.stored_name(OPERATION)).read_bytes())
    [checked] = check([path], code)
    assert [one for one in checked.findings if one["severity"] == "critical"] == []
    assert checked.verdict.state == "accepted"


def test_a_second_time_nothing_is_written(line: Line, posted: posting.Posted) -> None:
    again = post(line, hub(line.sftp))
    assert (again.written, again.failed) == ([], {})


def test_what_was_lost_or_changed_is_written_again(line: Line, posted: posting.Posted) -> None:
    there = line.trees / "brb" / "reference" / making.page_name(OPERATION)
    rows = line.trees / "vct" / "reference" / making.stored_name(OPERATION)
    before = rows.read_bytes()
    there.unlink()
    rows.write_bytes(before + b"x")
    assert post(line, hub(line.sftp)).written == [f"brb/{there.name}", f"vct/{rows.name}"]
    assert rows.read_bytes() == before


def test_a_folder_that_cannot_be_written_keeps_nobody_from_theirs(line: Line, posted: posting.Posted) -> None:
    hidden = line.trees / "jam" / "hidden"
    (line.trees / "jam" / "reference").rename(hidden)
    for code in ("atg", "tca"):  # before it and after it
        (line.trees / code / "reference" / making.page_name(OPERATION)).unlink()
    try:
        again = post(line, hub(line.sftp))
    finally:
        hidden.rename(line.trees / "jam" / "reference")
    assert set(again.failed) == {"jam"}
    assert again.written == [f"{code}/{making.page_name(OPERATION)}" for code in CODES if code in ("atg", "tca")]


def test_only_operations_that_run_or_have_ended_lately_are_told(line: Line, posted: posting.Posted) -> None:
    from datetime import UTC, datetime

    def never() -> Any:
        raise AssertionError("nobody is to be told")

    assert posting.post_due(line.settings, datetime(2024, 12, 24, tzinfo=UTC), never).written == []
    there = line.trees / "aia" / "reference" / making.page_name(OPERATION)
    there.unlink()
    told = posting.post_due(line.settings, datetime(2024, 12, 1, tzinfo=UTC), hub(line.sftp))
    assert told.written == [f"aia/{there.name}"]


@browsing.needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", browsing.WIDTHS.values(), ids=browsing.WIDTHS)
def test_the_page_stands_in_a_browser_and_everybody_can_use_it(
    line: Line, posted: posting.Posted, browser: Any, language: str, width: int
) -> None:
    found = line.trees / TOLD[language] / "reference" / making.page_name(OPERATION)
    with browsing.opened(browser, found.as_uri(), language, width, "standing") as page:
        assert page.locator("svg[role=img]").count() >= 3
        assert page.locator(f"a[href='{making.stored_name(OPERATION)}']").count() == 1


def contract() -> Any:
    from calypso.contracts import contracts

    return contracts()["seizures"]
