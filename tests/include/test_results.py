"""The results say the same in four languages, show what was written as text, and are the same bytes each time."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from string import Formatter

import outcomes
import pytest
from outcomes import results

from calypso.registry import LANGUAGES, administrations, operations
from calypso.report.due import OPEN, cut_off
from calypso.report.results import publishing
from calypso.report.results.account import account
from calypso.report.results.making import make, name
from calypso.report.results.results import Results
from calypso.report.results.words import wording, words
from calypso.telling import shown

ELSEWHERE = re.compile(
    r'(?:src|href|action)\s*=\s*["\'](?!results\.|#)|url\((?!#)|@import|<script|<link', re.IGNORECASE
)


@pytest.fixture(scope="module")
def full() -> Results:
    return results()


@pytest.fixture(scope="module")
def made(full: Results) -> dict[tuple[str, str], bytes]:
    return dict(make(full))


@pytest.fixture(scope="module")
def empty() -> dict[tuple[str, str], bytes]:
    return dict(make(results("calypso-2025", full=False)))


def test_every_sentence_asks_for_the_same_in_each_language() -> None:
    for called, texts in words().texts.items():
        asked = {
            language: {one for _, one, _, _ in Formatter().parse(texts[language]) if one} for language in LANGUAGES
        }
        assert len({frozenset(one) for one in asked.values()}) == 1, (called, asked)


def test_what_the_results_name_is_a_figure_of_the_warehouse() -> None:
    known = set(outcomes.figures())
    tiles = {one for tile in words().release for one in (tile.figure, *tile.adds)}
    drawn = {one for called in words().maps.values() for one in called.figures}
    assert (
        tiles | drawn | {*words().readings, *words().commodities} | {line.figure for line in words().comparison}
        <= known
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_for_nothing_and_shows_what_was_written_as_text(
    made: dict[tuple[str, str], bytes], empty: dict[tuple[str, str], bytes], language: str
) -> None:
    for page in (made[language, "html"].decode(), empty[language, "html"].decode()):
        assert f'<html lang="{language}">' in page
        assert not ELSEWHERE.findall(page.replace('xmlns="http://www.w3.org/2000/svg"', ""))
        assert "{" not in page.partition("</style>")[2]
        assert wording(language)("simulated").replace("'", "&#39;") in page
    assert "&lt;script&gt;" in made[language, "html"].decode()
    assert "\u202e" not in made[language, "html"].decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_administration_is_named_in_the_lessons(made: dict[tuple[str, str], bytes], language: str) -> None:
    page = made[language, "html"].decode()
    say = wording(language)
    lessons = page.partition(f"<h2>{say('lessons')}</h2>")[2].partition(f"<h2>{say('comparison')}</h2>")[0]
    assert lessons
    for code in administrations():
        assert say.administration(code).replace("'", "&#39;") not in lessons


def test_no_two_elements_of_a_page_have_one_name(made: dict[tuple[str, str], bytes]) -> None:
    names = re.findall(r'\bid="([^"]+)"', made["en", "html"].decode())
    assert len(names) == len(set(names))


def test_real_data_are_not_called_simulated(full: Results) -> None:
    real = results(about={**full.about, "is_simulated": False})
    told = account(real, "en")
    assert (told["simulated"], told["built_to_hold"]) == (None, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_results_have_six_pages_at_most(
    made: dict[tuple[str, str], bytes], empty: dict[tuple[str, str], bytes], language: str
) -> None:
    for paper in (made[language, "pdf"], empty[language, "pdf"]):
        assert paper.startswith(b"%PDF-")
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 6
        assert b"/URI" not in paper


def test_the_same_results_are_the_same_bytes(made: dict[tuple[str, str], bytes]) -> None:
    from calypso.report.drawing import _drawn, _svg

    _drawn.cache_clear()
    _svg.cache_clear()
    assert make(results(), ["fr"]) == {key: one for key, one in made.items() if key[0] == "fr"}


def test_the_hash_is_of_what_is_shown_and_not_of_when_it_was_known(full: Results) -> None:
    assert results(known_at=datetime.now(UTC)).sha256() == full.sha256()
    assert results(gaps=[]).sha256() != full.sha256()
    later = dataclasses.replace(full.editions[1], standing="running", figures={})
    assert results(editions=[full.editions[0], later]).sha256() != full.sha256()


@pytest.mark.parametrize("operation", ["calypso-2024", "calypso-2025"])
def test_every_figure_stands_once_in_the_table_and_what_was_published_beside_it(operation: str) -> None:
    told = account(results(operation), "en")
    rows = [row for group in told["groups"] for row in group["rows"]]
    assert sorted(row["figure"] for row in rows) == sorted(outcomes.figures())
    assert {row["figure"] for row in rows if row["published"]} == set(operations()[operation].published)
    readings = [row["figure"] for row in told["groups"][1]["rows"]]
    assert readings == ["firearms_and_parts", "firearms", "firearm_parts"]


@pytest.mark.parametrize(
    ("language", "figure", "said"),
    [
        ("en", "cases_reported", "234"),
        ("en", "firearms_and_parts", "more than 350"),
        ("fr", "most_frequent_firearm", "Pistolet semi-automatique"),
        ("es", "ammunition", "unos 8.250"),
        ("nl", "cannabis_import_share", "meer dan 50 %"),
        ("fr", "currency_usd", "environ 2 930 000 USD"),
    ],
)
def test_what_was_published_is_said_as_exactly_as_the_release_said_it(language: str, figure: str, said: str) -> None:
    plain = str.maketrans("\u00a0\u202f", "  ")
    told = account(results(), language)
    [row] = [row for group in told["groups"] for row in group["rows"] if row["figure"] == figure]
    assert row["published"]["says"].translate(plain).replace("50%", "50 %") == said


def test_most_of_a_commodity_is_more_than_half_of_it() -> None:
    half = [
        {"figure": "cocaine_kg", "direction": one, "amount": Decimal(50), "cases": 1} for one in ("export", "import")
    ]
    told = {row["figure"]: row for row in account(results(directions=half), "en")["directions"]["rows"]}
    assert told["cocaine_kg"]["leads"] is None
    more = [half[0] | {"amount": Decimal(51)}, half[1]]
    told = {row["figure"]: row for row in account(results(directions=more), "en")["directions"]["rows"]}
    assert told["cocaine_kg"]["leads"] == "mainly export (50%)"
    assert [cell["percent"] for cell in told["cocaine_kg"]["cells"]] == ["50%", "50%", "0%", "0%"]


def test_a_map_is_drawn_from_five_cases_on_that_tell_both_ends() -> None:
    def way(cases: int, to: str | None = "brb") -> dict[str, object]:
        return {"map": "gold", "departure_country": "guy", "destination_country": to, "cases": cases}

    assert account(results(routes=[way(4), way(9, None)]), "en")["routes"] == []
    [told] = account(results(routes=[way(5), way(9, None)]), "en")["routes"]
    assert told["counts"] == "Cases: 14; shown: 5; without both ends of the route: 9."


@pytest.mark.parametrize("standing", ["running", "unknown"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_an_edition_that_is_not_counted_what_was_published_is_shown(standing: str, language: str) -> None:
    editions = [outcomes.edition("calypso-2024"), outcomes.edition("calypso-2025", standing)]
    told = account(results(editions=editions), language)["comparison"]
    say = wording(language)
    assert told["notes"] == [say(f"standing_{standing}", edition="Operation CALYPSO (2025)")]
    cells = {row["figure"]: row["cells"][1] for row in told["rows"]}
    assert (cells["firearms"]["value"], cells["firearms"]["published"]) == ("–", say("published_as", says="119"))
    assert "119 + 332 = 451" in cells["firearms_and_parts"]["published"]
    assert {one["published"] for one in told["rows"][0]["cells"]} == {say("published_as", says="234"), None}


def test_nothing_is_advised_without_a_figure_that_it_follows_from(full: Results) -> None:
    say = wording("en")
    advised = [one["do"] for one in account(full, "en")["agenda"]]
    assert advised == [
        say(f"do_{one}", code=shown(outcomes.HOSTILE)) if one == "brief" else say(f"do_{one}")
        for one in ("agree", "report", "time", "try", "brief", "serial", "sooner", "route", "form", "methods")
    ]
    nothing = account(results("calypso-2025", full=False), "en")["agenda"]
    assert [one["do"] for one in nothing] == [say("do_agree")]


def test_an_operation_that_runs_says_so(full: Results) -> None:
    operation = operations()["calypso-2024"]
    end = cut_off(operation, operation.ends_on)
    assert account(results(known_at=end), "en")["running"] is None
    running = results(known_at=end - timedelta(seconds=1), days=full.days[:20])
    assert "20 of 21" in (account(running, "en")["running"] or "")


def test_results_are_due_from_the_last_cut_off_until_two_weeks_later() -> None:
    operation = operations()["calypso-2024"]
    end = cut_off(operation, operation.ends_on)
    assert list(publishing.due(end - timedelta(seconds=1))) == []
    assert list(publishing.due(end)) == ["calypso-2024"]
    assert list(publishing.due(end + OPEN)) == ["calypso-2024"]
    assert list(publishing.due(end + OPEN + timedelta(seconds=1))) == []


def test_the_files_are_called_by_their_language() -> None:
    assert name("nl", "pdf") == "results.nl.pdf"
