"""The results say what the marts say, are the same for ever as known at a moment, and lie where a person finds them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from integration import browsing
from integration.line import Line, files_by_arrival

from calypso import building, warehouse
from calypso.registry import LANGUAGES, operations
from calypso.report.due import cut_off
from calypso.report.results import publishing
from calypso.report.results.making import FORMATS, make, name
from calypso.report.results.results import NoSuchOperation, Results, ask
from calypso.report.results.words import wording, words

pytestmark = pytest.mark.integration

OPERATION, OTHER = "calypso-2024", "calypso-2025"
END = cut_off(operations()[OPERATION], operations()[OPERATION].ends_on)
LATER = END + timedelta(days=30)
SECONDS = 5  # of the clock, in which one language is asked for and made
REPORTED = "status in ('accepted', 'partly_accepted', 'nil')"


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any], replayed: Callable[[str], Path], folder: Path) -> Iterator[Line]:
    """A line that has what had come by the last cut-off, with its results published; nothing later has arrived."""
    made: Line
    with new_line("results", folder / "clock.csv", like=replayed("until_the_end")) as made:
        assert publishing.publish(made.settings, OPERATION, END)
        yield made


@pytest.fixture(scope="module")
def before(line: Line) -> dict[str, bytes]:
    """The files as they lay there before anything late came."""
    return {path.name: path.read_bytes() for path in publishing.folder(line.settings, OPERATION).iterdir()}


@pytest.fixture(scope="module")
def later(line: Line, folder: Path, before: dict[str, bytes]) -> Line:
    """The same line with all that came later."""
    late = files_by_arrival(folder, after=END)
    assert late
    line.replay(late, steps=1)
    return line


def asked(line: Line, operation: str = OPERATION, known_at: datetime = END) -> Results:
    with warehouse.session(line.settings.warehouse("analyst")) as marts:
        return ask(marts, operation, known_at)


def section(page: str, heading: str) -> str:
    return page.partition(f"<h2>{heading}</h2>")[2].partition("<h2>")[0]


def rows_of(part: str, by: str = "figure") -> dict[str, list[str]]:
    """Return the cells of each row of a table as plain text, by what the row is about."""
    rows = re.findall(rf'<tr data-{by}="([^"]+)">(.*?)</tr>', part, re.DOTALL)
    return {unescape(about): [plain(one) for one in re.findall(r"<td.*?>(.*?)</td>", row)] for about, row in rows}


def plain(markup: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "|", markup)).strip("|")


def test_a_person_finds_every_file_and_the_record_of_them(before: dict[str, bytes]) -> None:
    names = {name(language, kind) for language in LANGUAGES for kind in FORMATS}
    assert set(before) == {*names, publishing.RECORD}
    record = json.loads(before[publishing.RECORD])
    assert datetime.fromisoformat(record["known_at"]) == END
    assert set(record["files"]) == names
    assert all(record["figures_sha256"].encode() in before[name(one, "html")] for one in LANGUAGES)


def test_what_has_not_changed_is_not_laid_out_again_and_what_was_lost_is(line: Line, before: dict[str, bytes]) -> None:
    place = publishing.folder(line.settings, OPERATION)
    assert not publishing.publish(line.settings, OPERATION, END)
    assert not publishing.publish(line.settings, OPERATION, END - timedelta(days=5))
    (place / "results.nl.pdf").unlink()
    (place / "results.fr.html").write_bytes(b"half a pa")
    assert publishing.publish(line.settings, OPERATION, END)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_a_publication_that_is_killed_ends_in_the_same(
    line: Line, before: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = publishing.folder(line.settings, OPERATION)
    for path in place.iterdir():
        path.unlink()
    moved: list[Path] = []
    real = Path.replace

    def killed(path: Path, to: Path) -> Path:
        if len(moved) == 3:
            raise KeyboardInterrupt
        moved.append(to)
        return real(path, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            publishing.publish(line.settings, OPERATION, END)
    assert not (place / publishing.RECORD).exists()
    assert publishing.publish(line.settings, OPERATION, END)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_on_the_page_is_that_of_the_marts(line: Line, before: dict[str, bytes], language: str) -> None:
    page, say = before[name(language, "html")].decode(), wording(language)
    shown = rows_of(section(page, say("table")))
    tiles = dict(re.findall(r'<div data-figure="(\w+)"><dt>[^<]+</dt><dd class="large">(.*?)</dd>', page))
    known = line.rows(
        "select figure, unit, value, value_code, cases, holds, published_kind, published_value "
        f"from marts.operation_results('{OPERATION}', '{END}')"
    )
    assert set(shown) == {row[0] for row in known}
    for figure, unit, value, code, cases, holds, kind, published in known:
        said = say.code("sub_type", code) if unit == "code" else say.measured(value, unit)
        assert shown[figure][0] == said, figure
        assert shown[figure][1] == ("" if unit in ("cases", "persons") else say.number(cases)), figure
        if kind:
            word = say({True: "holds", False: "holds_not", None: "holds_unknown"}[holds])
            assert shown[figure][2].endswith(word), figure
        if published is not None:
            assert shown[figure][2].startswith(say(f"published_{kind}", value=say.measured(published, unit))), figure
        if figure in tiles:
            assert unescape(tiles.pop(figure)) == said
    assert tiles == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_in_and_goes_out_is_what_the_marts_say(line: Line, before: dict[str, bytes], language: str) -> None:
    page, say = before[name(language, "html")].decode(), wording(language)
    shown = rows_of(section(page, say("in_and_out")))
    assert list(shown) == list(words().commodities)
    for figure in words().commodities:
        [[unit]] = line.rows(f"select unit from marts.dim_figures where figure = '{figure}'")
        for place, direction in enumerate(("import", "export", "transit", "internal")):
            [[amount, cases]] = line.rows(
                "select sum(k.value), count(distinct case_key) "
                f"from marts.contributions('{OPERATION}', '{END}') as k "
                f"join marts.cases('{OPERATION}', '{END}') as c using (case_key) "
                f"where k.figure = '{figure}' and c.direction = '{direction}'"
            )
            told = shown[figure][place].split("|")
            written = [say.measured(amount, unit), say("cases_count", cases=say.number(cases))] if cases else ["–"]
            assert [one for one in told if one] == written, (figure, direction)


def test_amounts_by_direction_add_up_to_the_figure(line: Line) -> None:
    results = asked(line)
    for figure in words().commodities:
        whole = sum((row["amount"] for row in results.directions if row["figure"] == figure), Decimal(0))
        assert whole == results.edition.figures[figure]["value"], figure


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_says_what_the_marts_say(line: Line, before: dict[str, bytes], language: str) -> None:
    page, say = before[name(language, "html")].decode(), wording(language)
    says = [unescape(one) for one in re.findall(r'<svg [^>]*aria-label="([^"]*)"', page)]
    methods = line.rows(
        f"select method_kind, method, cases, seizures from marts.methods('{OPERATION}', '{END}') where category = 'all'"
    )
    for kind, code_list in (("transport", "transport_mode"), ("concealment",) * 2, ("detection", "detection_method")):
        told = {
            f"{say.code(code_list, None if code == 'not_stated' else code)} {say('of_all', some=hits, all=cases)}"
            for one, code, cases, hits in methods
            if one == kind
        }
        assert told in [set(one.partition(": ")[2].split("; ")) for one in says], kind
    days = line.rows(
        f"select reporting_day, value from marts.daily_situation('{OPERATION}', '{END}') "
        "where figure = 'cases_reported'"
    )
    told = {f"{say.day(day, 'd MMM')} {say.number(value)}" for day, value in days}
    assert told in [set(one.partition(": ")[2].split("; ")) for one in says]
    pieces = line.rows(
        f"select sub_type, sum(quantity_pieces), sum(quantity_pieces) filter (where serial_state = 'present' "
        f"and serial_number is not null) from marts.items('{OPERATION}', '{END}') where category = 'firearm' group by 1"
    )
    told = {
        f"{say.code('sub_type', one)} {say('of_all', some=say.number(part or 0), all=say.number(whole))}"
        for one, whole, part in pieces
        if whole
    }
    assert told in [set(one.removeprefix(f"{say('firearms_by_type')}: ").split("; ")) for one in says]
    for form, kg, cases in line.rows(
        "select (category, sum_group)::text, sum(quantity_kg), count(distinct case_key) "
        f"from marts.items('{OPERATION}', '{END}') where category in ('cannabis', 'cocaine', 'other_drug') group by 1"
    ):
        if kg:
            called = say.form(*form.strip("()").split(","))
            weighed = f"{called} {say.measured(kg, 'kg')} · {say('cases_count', cases=say.number(cases))}"
            assert any(weighed in one for one in says), form


def test_every_route_is_that_of_the_marts(line: Line, before: dict[str, bytes]) -> None:
    page, say = before[name("en", "html")].decode(), wording("en")
    part = section(page, say("routes"))
    shown = re.findall(r'<tr><td>(.*?)</td><td>(.*?)</td><td class="number">(\d+)</td></tr>', part)
    told = sorted((unescape(one), unescape(other), int(cases)) for one, other, cases in shown)
    known: list[tuple[str, str, int]] = []
    for one in words().maps.values():
        figures = ", ".join(f"'{figure}'" for figure in one.figures)
        known += [
            (say.country(start), say.country(end), cases)
            for start, end, cases in line.rows(
                "select departure_country, destination_country, count(*) "
                f"from marts.cases('{OPERATION}', '{END}') where case_key in "
                f"(select case_key from marts.contributions('{OPERATION}', '{END}') where figure in ({figures})) "
                "and departure_country is not null and destination_country is not null group by 1, 2"
            )
        ]
    assert told == sorted(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lessons_are_what_the_marts_say(line: Line, before: dict[str, bytes], language: str) -> None:
    page, say = before[name(language, "html")].decode(), wording(language)
    [[due, reported, on_time, nil, accepted, held]] = line.rows(
        f"select count(*), count(*) filter (where {REPORTED}), "
        f"count(*) filter (where {REPORTED} and timeliness = 'on_time'), count(*) filter (where status = 'nil'), "
        "sum(rows_accepted), sum(rows_quarantined) "
        f"from marts.deliveries('{OPERATION}', '{END}') where deadline_at <= '{END}'"
    )
    told = re.findall(r'<dd class="quiet">(.*?)</dd>', section(page, say("lessons")))
    rows = accepted + held
    expected = ((reported, due), (on_time, due), (nil, due), (accepted, rows), (held, rows))
    assert [unescape(one) for one in told] == [
        say("of_all", some=say.number(some), all=say.number(every)) for some, every in expected
    ]
    broken = line.rows(
        f"select rule_code, sum(findings) from marts.quality('{OPERATION}', '{END}') "
        "where rule_code <> 'all' group by 1 having sum(findings) > 0 order by 2 desc, 1"
    )
    shown = rows_of(section(page, say("checks")), by="rule")
    assert list(shown) == [code for code, _ in broken[: len(shown)]]
    assert all(shown[code][2].startswith(say.number(count)) for code, count in broken[: len(shown)])
    assert say("more_checks", count=len(broken) - len(shown)) in page
    shares = [share for (share,) in line.rows(
        f"select count(*) filter (where {REPORTED}) / count(*)::numeric "
        f"from marts.deliveries('{OPERATION}', '{END}') where deadline_at <= '{END}' group by administration_code"
    )]  # fmt: skip
    median = sum(sorted(shares)[13:15]) / 2
    spread = section(page, say("lessons")).partition('<table class="spread">')[2]
    assert unescape(re.findall(r'class="number now">(.*?)<', spread)[0]) == say.percent(median, places=3)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edition_that_has_not_ended_shows_what_was_published_of_it(
    line: Line, before: dict[str, bytes], language: str
) -> None:
    page, say = unescape(before[name(language, "html")].decode()), wording(language)
    assert say("standing_running", edition=operations()[OTHER].name) in page
    cells = rows_of(section(page, say("comparison")))
    assert cells["firearms"][1] == f"–||{say('published_as', says='119')}"
    [[cases]] = line.rows(f"select count(*) from marts.cases('{OPERATION}', '{END}')")
    assert cells["cases_reported"][0].partition("|")[0] == say.number(cases)


def test_an_edition_that_the_warehouse_does_not_know_is_said_to_be_unknown(later: Line) -> None:
    known_at = cut_off(operations()[OTHER], operations()[OTHER].ends_on)
    [other] = asked(later, known_at=known_at).others
    assert (other.operation, other.standing, other.figures) == (OTHER, "unknown", {})
    [counted] = asked(later, OTHER, known_at).others
    figures = dict(later.rows(f"select figure, value from marts.operation_results('{OPERATION}', '{known_at}')"))
    assert (counted.operation, counted.standing) == (OPERATION, "counted")
    assert {figure: row["value"] for figure, row in counted.figures.items()} == figures


def test_the_bytes_are_the_same_after_late_files_when_asked_as_known_before(
    later: Line, before: dict[str, bytes]
) -> None:
    again = {name(*key): content for key, content in make(asked(later)).items()}
    assert again == {called: content for called, content in before.items() if called != publishing.RECORD}
    assert asked(later, known_at=LATER).sha256() != asked(later).sha256()


def test_what_is_due_is_built_and_laid_out_once(later: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []
    monkeypatch.setattr(building, "build", lambda *said: built.append(said))
    monkeypatch.setattr(publishing, "due", lambda now: iter([OPERATION]))
    assert publishing.publish_due(later.settings, datetime.now(UTC)) == [OPERATION]
    assert publishing.publish_due(later.settings, datetime.now(UTC)) == []
    assert built == []  # the cut of the last build lies after the cut-off
    monkeypatch.setattr(publishing, "ended", lambda operation: datetime(2100, 1, 1, tzinfo=UTC))
    publishing.publish_due(later.settings, datetime.now(UTC))
    assert built == [(later.settings,)]


@pytest.mark.measured
def test_the_results_of_one_language_are_made_in_seconds(later: Line) -> None:
    make(asked(later), ["en"])  # what is imported and read once
    began = time.monotonic()
    make(asked(later, known_at=LATER), ["fr"])
    assert time.monotonic() - began < SECONDS


def test_what_is_not_there_is_refused(line: Line) -> None:
    with pytest.raises(NoSuchOperation, match="knows no operation calypso-1999"):
        asked(line, "calypso-1999")


@browsing.needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", browsing.WIDTHS.values(), ids=browsing.WIDTHS)
def test_the_page_stands_in_a_browser_and_everybody_can_use_it(
    before: dict[str, bytes], tmp_path: Path, browser: Any, language: str, width: int
) -> None:
    path = tmp_path / name(language, "html")
    path.write_bytes(before[path.name])
    with browsing.opened(browser, path.as_uri(), language, width, "results") as page:
        maps = page.locator("details").count()
        assert maps > 0
        assert page.locator("svg[role=img]").count() == 3 + 3 + 1 + maps
