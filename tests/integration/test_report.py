"""A report says what the marts say, its editions are rebuilt byte for byte, and Chromium has nothing to complain of."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from integration import browsing, prepared
from integration.line import Line, files_by_arrival

from calypso import building, warehouse
from calypso.landing import content
from calypso.registry import LANGUAGES, administrations
from calypso.report.daily import edition as editions
from calypso.report.daily import publishing
from calypso.report.daily.making import FORMATS, make, name
from calypso.report.daily.situation import Moment, Situation, ask
from calypso.report.daily.words import wording, words

pytestmark = pytest.mark.integration

OPERATION, DAY = "calypso-2024", date(2024, 11, 15)
CUT_OFF = prepared.STAGES["until_a_cut_off"]
DAY_BEFORE = timedelta(days=1)
SECONDS = 3  # of processor time, in which all languages are made; two where the machine has a good hour


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any], replayed: Callable[[str], Path], folder: Path) -> Iterator[Line]:
    """A line that has what had come by the cut-off, with two published days; nothing later has arrived."""
    made: Line
    with new_line("reports", folder / "clock.csv", like=replayed("until_a_cut_off")) as made:
        for day, known_at in ((DAY - DAY_BEFORE, CUT_OFF - DAY_BEFORE), (DAY, CUT_OFF)):
            assert publishing.publish(made.settings, Moment(OPERATION, day, known_at))
        yield made


@pytest.fixture(scope="module")
def later(line: Line, folder: Path) -> Line:
    """The same line with all that came later, more than a week of it, and a further edition."""
    line.replay(files_by_arrival(folder, after=CUT_OFF))
    query = (
        "select count(*) from marts.fct_submissions where operation_code = 'calypso-2024' "
        f"and received_at > '{CUT_OFF}' and (is_late or version > 1)"
    )
    [[count]] = line.rows(query)
    assert count >= 50
    assert publishing.publish(line.settings, Moment(OPERATION, DAY, CUT_OFF + timedelta(days=8)))
    return line


def published(line: Line, day: date = DAY, number: int = 1) -> dict[tuple[str, str], bytes]:
    """Return the files of an edition as they are kept."""
    with warehouse.session(line.settings.warehouse("loader")) as raw:
        found = editions.find(raw, OPERATION, day, number)
        assert found
        kept = editions.files(raw, found)
    return {key: content(line.settings.home / "reports" / ".kept", sha256) for key, sha256 in kept.items()}


def situation(line: Line, day: date = DAY, known_at: datetime = CUT_OFF, since: Moment | None = None) -> Situation:
    with warehouse.session(line.settings.warehouse("analyst")) as marts:
        return ask(marts, Moment(OPERATION, day, known_at), since)


def test_a_person_finds_every_file_of_an_edition(line: Line) -> None:
    found = line.settings.home / "reports" / OPERATION / "2024-11-15" / "1"
    files = published(line)
    assert {path.name for path in found.iterdir()} == {name(*key) for key in files}
    assert set(files) == {(language, kind) for language in LANGUAGES for kind in FORMATS}
    assert all((found / name(*key)).read_bytes() == one for key, one in files.items())


def test_what_has_not_changed_is_not_published_again(line: Line) -> None:
    [before] = line.rows("select count(*) from raw.editions")
    assert publishing.publish(line.settings, Moment(OPERATION, DAY, CUT_OFF)) is None
    assert publishing.publish(line.settings, Moment(OPERATION, DAY, CUT_OFF - timedelta(hours=1))) is None
    assert line.rows("select count(*) from raw.editions") == [before]


def test_what_a_person_has_lost_is_laid_out_again(line: Line) -> None:
    found = line.settings.home / "reports" / OPERATION / "2024-11-15" / "1" / "situation.nl.pdf"
    was = found.read_bytes()
    found.unlink()
    publishing.publish(line.settings, Moment(OPERATION, DAY, CUT_OFF))
    assert found.read_bytes() == was


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_on_the_page_is_that_of_the_marts(line: Line, language: str) -> None:
    page, say = published(line)[language, "html"].decode(), wording(language)
    shown = rows_of(page, "figures")
    known = {
        row[0]: row[1:]
        for row in line.rows(
            "select figure, unit, value, running_value from "
            f"marts.daily_situation('{OPERATION}', '{CUT_OFF}') where reporting_day = '{DAY}'"
        )
    }
    told = [figure for group in words().groups.values() for figure in group.figures]
    for figure in told:
        unit, value, running = known[figure]
        assert shown.pop(figure) == (say.measured(value, unit), say.measured(running, unit)), figure
    of_goods = (
        f"from marts.items('{OPERATION}', '{CUT_OFF}') where reported_on <= '{DAY}' "
        "and category in ('cannabis', 'cocaine', 'other_drug') group by sum_group"
    )
    for unit in ("kg", "pieces", "litres"):
        of_day = f"coalesce(sum(quantity_{unit}) filter (where reported_on = '{DAY}'), 0)"
        for sum_group, value, running in line.rows(f"select sum_group, {of_day}, sum(quantity_{unit}) {of_goods}"):
            if running:
                written = [say.measured(one, unit) for one in (value, running)]
                if unit == "pieces":
                    written = [say("pieces", number=one) for one in written]
                assert shown.pop(f"{sum_group}_{unit}") == tuple(written), sum_group
    assert shown == {}
    answered = page.partition(f"<dt>{say('found')}</dt><dd>")[2].partition("</dd>")[0].split("; ")
    for one, said in zip([one for one in words().headline if known[one][1]], answered, strict=True):
        assert said.endswith(say.measured(known[one][1], known[one][0]))


def rows_of(page: str, table: str) -> dict[str, tuple[str, ...]]:
    """Return the numbers of each row of a table of figures."""
    from html import unescape

    part = page.partition(f'<table class="{table}">')[2].partition("</table>")[0]
    rows = re.findall(r'<tr data-figure="([^"]+)">(.*?)</tr>', part, re.DOTALL)
    return {
        figure: tuple(map(unescape, re.findall(r'<td class="number[^"]*">(.*?)</td>', row))) for figure, row in rows
    }


def test_who_has_reported_is_what_the_marts_say(line: Line) -> None:
    page = published(line)["en", "html"].decode()
    statuses = dict(
        line.rows(
            "select administration_code, status from "
            f"marts.deliveries('{OPERATION}', '{CUT_OFF}') where reporting_day = '{DAY}'"
        )
    )
    cases = dict(
        line.rows(
            "select administration_code, count(*) from "
            f"marts.cases('{OPERATION}', '{CUT_OFF}') where reported_on = '{DAY}' group by 1"
        )
    )
    assert set(statuses) == set(administrations())
    for code, status in statuses.items():
        [row] = re.findall(rf"<tr class=\"is-\w+\"><th scope=\"row\">[^<]+<small>{code.upper()}</small>.*?</tr>", page)
        assert f'<b class="sign {status}"' in row, code
        if status in ("accepted", "partly_accepted", "nil"):
            assert f'<td class="number">{cases.get(code, 0)}</td>' in row, code
    reported = sum(status in ("accepted", "partly_accepted", "nil") for status in statuses.values())
    assert f"<dd>{reported} of 28</dd>" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_says_what_the_marts_say(line: Line, language: str) -> None:
    from html import unescape

    say = wording(language)
    says = [
        unescape(one)
        for one in re.findall(r'<svg [^>]*aria-label="([^"]*)"', published(line)[language, "html"].decode())
    ]
    for figure in words().trends:
        days = line.rows(
            f"select unit, value, running_value, reporting_day, label_{language} "
            f"from marts.daily_situation('{OPERATION}', '{CUT_OFF}') "
            f"where figure = '{figure}' and reporting_day <= '{DAY}' order by reporting_day"
        )
        unit, today, until, _, label = days[-1]
        highest = max(days, key=lambda one: one[1])
        assert (
            say(
                "trend_says",
                figure=label,
                today=say.measured(today, unit),
                until=say.measured(until, unit),
                highest=say.measured(highest[1], unit),
                day=say.day(highest[3]),
            )
            in says
        )
    for column, code_list in (("concealment", "concealment"), ("detection_method", "detection_method")):
        rows = line.rows(
            f"select {column}, count(*), count(*) filter (where case_type = 'seizure') "
            f"from marts.cases('{OPERATION}', '{CUT_OFF}') where reported_on <= '{DAY}' group by 1"
        )
        told = {f"{say.code(code_list, code)} {say('of_all', some=hits, all=cases)}" for code, cases, hits in rows}
        assert told in [set(one.partition(": ")[2].split("; ")) for one in says]


def test_every_route_is_that_of_the_marts(line: Line) -> None:
    from html import unescape

    page, say = published(line)["en", "html"].decode(), wording("en")
    for direction in ("import", "export", "transit"):
        part = page.partition(f"<figcaption>{say.code('direction', direction)}</figcaption>")[2].partition("</figure>")[
            0
        ]
        shown = re.findall(r'<tr><td>(.*?)</td><td>(.*?)</td><td class="number">(\d+)</td></tr>', part)
        known = line.rows(
            f"select departure_country, destination_country, count(*) from marts.cases('{OPERATION}', '{CUT_OFF}') "
            f"where reported_on <= '{DAY}' and direction = '{direction}' "
            "and departure_country is not null and destination_country is not null group by 1, 2"
        )
        told = {(unescape(one), unescape(other), int(cases)) for one, other, cases in shown}
        assert told == {(say.country(one), say.country(other), cases) for one, other, cases in known}
        assert len(told) == len(shown)


def test_every_notable_case_has_the_goods_that_the_marts_have(line: Line) -> None:
    page, limits = published(line)["en", "html"].decode(), words().notable
    added = line.rows(
        f"select case_ref, figure, sum(k.value) from marts.contributions('{OPERATION}', '{CUT_OFF}') as k "
        f"join marts.cases('{OPERATION}', '{CUT_OFF}') as c using (case_key) "
        f"where k.reported_on = '{DAY}' group by case_key, case_ref, figure"
    )
    notable = {ref for ref, figure, value in added if value >= limits.get(figure, value + 1)}
    shown = re.findall(r"<li><h3>[^<]+<code>(.*?)</code></h3>\s*<p class=\"goods\">(.*?)</p>", page)
    assert {ref for ref, _ in shown} == notable
    for ref, goods in shown:
        pieces = line.rows(
            f"select sum(quantity_pieces) from marts.items('{OPERATION}', '{CUT_OFF}') "
            f"where case_ref = '{ref}' and reported_on = '{DAY}'"
        )
        assert sum(Decimal(one) for one in re.findall(r" (\d+)(?:;|$)", goods)) == pieces[0][0]


def test_rows_in_doubt_and_rows_held_back_are_those_of_the_marts(line: Line) -> None:
    told = situation(line)
    held = line.rows(
        f"select coalesce(sum(rows_quarantined) filter (where reporting_day = '{DAY}'), 0), "
        "coalesce(sum(rows_quarantined), 0) "
        f"from marts.deliveries('{OPERATION}', '{CUT_OFF}') where reporting_day <= '{DAY}'"
    )
    assert [told.quarantined] == held
    [[doubts]] = line.rows(
        f"select count(distinct (submission_id, row_number)) from marts.contributions('{OPERATION}', '{CUT_OFF}') "
        "join marts.fct_findings using (submission_id, row_number) "
        f"where figure = 'seizures' and reported_on <= '{DAY}' and severity = 'warning' "
        "and field in ('case_ref', 'case_type') and decision is null"
    )
    assert sum(row["rows"] for row in told.doubts if row["figure"] == "seizures") >= doubts > 0


def test_at_the_end_of_an_operation_the_report_is_its_result(later: Line) -> None:
    end = datetime(2024, 11, 30, tzinfo=UTC)
    told = situation(later, date(2024, 11, 24), end)
    results = later.rows(
        f"select figure, value from marts.operation_results('{OPERATION}', '{end}') "
        "where figure <> 'most_frequent_firearm'"
    )
    assert {figure: told.today(figure).running_value for figure, _ in results} == dict(results)
    methods = later.rows(
        f"select method_kind, method, cases, seizures from marts.methods('{OPERATION}', '{end}') "
        "where category = 'all' and method_kind <> 'transport'"
    )
    assert {(row["kind"], row["method"] or "not_stated", row["cases"], row["seizures"]) for row in told.methods} == set(
        methods
    )
    drugs = later.rows(f"select sum_group, sum(quantity_kg) from marts.drug_flows('{OPERATION}', '{end}') group by 1")
    assert {row["sum_group"]: row["running_kg"] for row in told.drugs} == {one: kg or 0 for one, kg in drugs}


def test_an_edition_is_the_same_bytes_after_a_week_of_late_and_corrected_files(later: Line) -> None:
    for day in (DAY - DAY_BEFORE, DAY):
        with warehouse.session(later.settings.warehouse("loader")) as raw:
            found = editions.find(raw, OPERATION, day, 1)
        assert found
        for language in LANGUAGES:
            again = publishing.rebuild(later.settings, found, language)
            for kind in FORMATS:
                assert again[kind] == published(later, day)[language, kind], (day, language, kind)


def test_a_further_edition_names_every_figure_that_has_changed_and_the_file_that_did_it(later: Line) -> None:
    page, say = published(later, DAY, 2)["en", "html"].decode(), wording("en")
    shown = rows_of(page, "changes")
    then, now = CUT_OFF, CUT_OFF + timedelta(days=8)
    changed = later.rows(
        "select figure, was.unit, was.running_value, has.running_value "
        f"from marts.daily_situation('{OPERATION}', '{then}') as was "
        f"join marts.daily_situation('{OPERATION}', '{now}') as has using (figure, reporting_day) "
        f"where reporting_day = '{DAY}' and was.running_value is distinct from has.running_value"
    )
    assert changed
    assert shown == {one: (say.measured(was, unit), say.measured(has, unit)) for one, unit, was, has in changed}
    named = set(re.findall(r"<small><code>([^<]+)</code>", page))
    known = {file for (file,) in later.rows(
        "select file_name from marts.fct_submissions where operation_code = 'calypso-2024' "
        f"and known_from > '{then}' and known_from <= '{now}'"
    )}  # fmt: skip
    assert named
    assert named <= known


def test_a_report_in_every_language_is_made_in_seconds(later: Line) -> None:
    make(situation(later), 1, None)  # what is imported and read once
    began = time.process_time()
    make(situation(later, date(2024, 11, 24), datetime(2024, 11, 30, tzinfo=UTC)), 1, None)
    took = time.process_time() - began
    print(f"a report in every language: {took:.2f} s")
    assert took < SECONDS


def test_what_is_not_known_for_certain_is_refused(line: Line) -> None:
    import psycopg2

    with pytest.raises(psycopg2.DataError, match="Nothing is known for certain"):
        situation(line, known_at=datetime(2100, 1, 1, tzinfo=UTC))


def test_what_is_due_is_built_and_published_once(later: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at the cut-off of an operation that runs: the build comes first, and then every day that has no edition."""
    from calypso.registry import operations

    real = operations()[OPERATION].model_copy(update={"ends_on": date(2024, 11, 5)})
    monkeypatch.setattr(publishing, "due", lambda now: iter([(real, date(2024, 11, 4)), (real, date(2024, 11, 5))]))
    built: list[object] = []
    monkeypatch.setattr(publishing, "cut_off", lambda operation, day: datetime(2024, 11, 6, 10, tzinfo=UTC))
    monkeypatch.setattr(building, "build", lambda *said: built.append(said))
    made = publishing.publish_due(later.settings, datetime.now(UTC))
    assert [(one.moment.day, one.number) for one in made] == [(date(2024, 11, 4), 1), (date(2024, 11, 5), 1)]
    assert publishing.publish_due(later.settings, datetime.now(UTC)) == []
    assert built == []  # the cut of the last build lies after these cut-offs
    monkeypatch.setattr(publishing, "cut_off", lambda operation, day: datetime(2100, 1, 1, tzinfo=UTC))
    publishing.publish_due(later.settings, datetime.now(UTC))
    assert built == [(later.settings,)]


@browsing.needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", browsing.WIDTHS.values(), ids=browsing.WIDTHS)
def test_the_page_stands_in_a_browser_and_everybody_can_use_it(
    line: Line, browser: Any, language: str, width: int
) -> None:
    found = line.settings.home / "reports" / OPERATION / "2024-11-15" / "1" / name(language, "html")
    with browsing.opened(browser, found.as_uri(), language, width, "situation") as page:
        assert page.locator("details").count() > 0
        assert page.locator("svg[role=img]").count() == 8 + 1 + 3 + 2
