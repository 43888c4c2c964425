"""The report says the same in four languages, shows what was written as text, and is the same bytes each time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from string import Formatter

import pytest
import situations
from situations import DAY, HOSTILE, situation

from calypso.registry import LANGUAGES, administrations, operations
from calypso.report import geography
from calypso.report.daily.account import account
from calypso.report.daily.making import make
from calypso.report.daily.notable import CASES
from calypso.report.daily.pictures import pictures
from calypso.report.daily.situation import Situation
from calypso.report.daily.words import wording, words
from calypso.report.due import OPEN, cut_off, due, ended

ELSEWHERE = re.compile(
    r'(?:src|href|action)\s*=\s*["\'](?!situation\.|#)|url\((?!#)|@import|<script|<link', re.IGNORECASE
)


@pytest.fixture(scope="module")
def full() -> Situation:
    return situation(full=True)


@pytest.fixture(scope="module")
def made(full: Situation) -> dict[tuple[str, str], bytes]:
    return dict(make(full, 2, 1))


def test_every_sentence_asks_for_the_same_in_each_language() -> None:
    for name, texts in words().texts.items():
        asked = {
            language: {one for _, one, _, _ in Formatter().parse(texts[language]) if one} for language in LANGUAGES
        }
        assert len({frozenset(one) for one in asked.values()}) == 1, (name, asked)


def test_what_the_report_names_is_a_figure_of_the_warehouse() -> None:
    known = set(situations.figures())
    said = {*words().headline, *words().trends, *words().notable}
    assert said | {one for group in words().groups.values() for one in group.figures} <= known


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_for_nothing_and_shows_what_was_written_as_text(
    made: dict[tuple[str, str], bytes], language: str
) -> None:
    page = made[language, "html"].decode()
    assert f'<html lang="{language}">' in page
    assert not ELSEWHERE.findall(page.replace('xmlns="http://www.w3.org/2000/svg"', ""))
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "{" not in page.partition("</style>")[2]
    assert wording(language)("simulated").replace("'", "&#39;") in page
    for code in administrations():
        assert wording(language).administration(code).replace("'", "&#39;") in page


def test_no_two_elements_of_a_page_have_one_name(made: dict[tuple[str, str], bytes]) -> None:
    names = re.findall(r'\bid="([^"]+)"', made["en", "html"].decode())
    assert len(names) == len(set(names))


def test_real_data_are_not_called_simulated(full: Situation) -> None:
    real = situation(operation={**full.operation, "is_simulated": False})
    assert account(real, 1, None, "en")["simulated"] is None
    assert b'class="simulated"' not in make(real, 1, None, ["en"])["en", "html"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fullest_report_has_four_pages_at_most(made: dict[tuple[str, str], bytes], language: str) -> None:
    paper = made[language, "pdf"]
    assert paper.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 4


def test_the_same_situation_is_the_same_bytes(full: Situation, made: dict[tuple[str, str], bytes]) -> None:
    from calypso.report.drawing import _drawn, _svg

    _drawn.cache_clear()
    _svg.cache_clear()
    assert make(situation(full=True), 2, 1, ["fr"])["fr", "html"] == made["fr", "html"]
    assert make(situation(full=True), 2, 1, ["fr"])["fr", "pdf"] == made["fr", "pdf"]


def test_the_hash_is_of_what_is_shown_and_of_nothing_else(full: Situation) -> None:
    moved = situation(full=True, moment=full.moment.__class__("calypso-2024", DAY, datetime.now(UTC)), since=None)
    assert moved.sha256() == full.sha256()
    other = situation(full=True, unmeasured=[{"category": "firearm", "items": 3}])
    assert other.sha256() != full.sha256()


def test_who_is_silent_comes_first_and_for_how_long() -> None:
    told = {one["label"]: one["says"] for one in account(situation(), 1, None, "en")["short"]}
    assert told["Reported"] == f"{4 + 4 + 4} of 28"
    missing = [code for no, code in enumerate(administrations()) if no % 8 == 3]
    assert all(f"{administrations()[code].names.en} (2 days on end)" in told["Silent"] for code in missing)
    assert "(rejected)" in told["Silent"]
    assert list(told)[:2] == ["Reported", "Silent"]


def test_a_case_is_notable_by_what_it_adds_to_a_figure() -> None:
    limit = words().notable["cocaine_kg"]
    cases = [
        situations.case(1, case_ref="under", figures={"cocaine_kg": float(limit) - 0.001}),
        situations.case(2, case_ref="at", figures={"cocaine_kg": float(limit)}),
        situations.case(3, case_ref="above", figures={"cocaine_kg": float(limit) * 9}),
        situations.case(4, case_ref="other", figures=None),
    ]
    told = account(situation(cases=cases), 1, None, "en")["notable"]
    assert [case["ref"] for case in told["cases"]] == ["above", "at"]
    assert told["more"] is None
    many = account(situation(full=True), 1, None, "en")["notable"]
    assert (len(many["cases"]), str(40 - CASES) in many["more"]) == (CASES, True)


@pytest.mark.parametrize(
    ("language", "value", "unit", "said"),
    [
        ("en", "1186.44", "kg", "1,186.4 kg"),
        ("fr", "1186.44", "kg", "1 186,4 kg"),
        ("es", "1186.44", "kg", "1.186,4 kg"),
        ("nl", "1186.44", "kg", "1.186,4 kg"),
        ("en", "0.0065", "kg", "6.5 g"),
        ("nl", "99.994", "kg", "99,99 kg"),
        ("en", "2930000.4", "USD", "2,930,000 USD"),
        ("fr", "0.7201", "share", "72 %"),
        ("es", "8250", "pieces", "8.250"),
        ("en", "0", "kg", "0 kg"),
    ],
)
def test_a_value_is_written_as_its_language_writes_it(language: str, value: str, unit: str, said: str) -> None:
    plain = str.maketrans("\u00a0\u202f", "  ")  # spaces at which no line is broken
    assert wording(language).measured(Decimal(value), unit).translate(plain) == said


def test_every_administration_has_its_place_and_no_two_signs_meet() -> None:
    boxes = {}
    for code in administrations():
        x, y = geography.position(geography.ends(code)[1])
        assert 0 < x < geography.WIDTH - 34, code
        assert 8 < y < geography.HEIGHT - 8, code
        boxes[code] = (x - 5, y - 5.5, x + 31, y + 5.5)  # a sign and its three letters
    for one, (left, top, right, bottom) in boxes.items():
        for other, (left_, top_, right_, bottom_) in boxes.items():
            assert one == other or right <= left_ or right_ <= left or bottom <= top_ or bottom_ <= top, (one, other)


def test_all_28_are_on_the_map_and_what_lies_beyond_it_is_on_its_edge(full: Situation) -> None:
    drawn = pictures(full, account(full, 1, None, "en"))
    for code in administrations():
        assert f">{code.upper()}</text>" in drawn.where.svg
    for drawing in drawn.flows.values():
        for x, y in re.findall(r"translate\((-?[\d.]+),(-?[\d.]+)\)", drawing.svg):
            assert -2 <= float(x) <= geography.WIDTH + 4
            assert -2 <= float(y) <= geography.HEIGHT + 4


def test_territories_are_of_their_administration_and_stay_within_it() -> None:
    shown = geography.ways(
        [geography.Route("guf", "usa", 1), geography.Route("glp", "usa", 2), geography.Route("guf", "mtq", 5)]
    )
    assert shown == [geography.Route("mtq", "usa", 3)]


def test_a_report_is_due_from_the_cut_off_of_the_coordination_unit_on() -> None:
    operation = operations()["calypso-2024"]
    at = cut_off(operation, date(2024, 11, 4))
    assert at == datetime(2024, 11, 5, 10, tzinfo=UTC)
    assert [day for _, day in due(at - timedelta(seconds=1))] == []
    assert [day for _, day in due(at)] == [date(2024, 11, 4)]
    closed = ended(operation) + OPEN
    assert len([day for one, day in due(closed) if one == operation]) == 21
    assert [day for one, day in due(closed + timedelta(seconds=1)) if one == operation] == []


def test_what_was_written_is_no_link_on_paper(made: dict[tuple[str, str], bytes]) -> None:
    assert "#link" in HOSTILE
    assert b"/URI" not in made["en", "pdf"]
