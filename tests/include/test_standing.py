"""An administration's own page says the same in four languages, and what was written is text on it and in its file."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from string import Formatter

import pytest
from standings import FORMULAS, KNOWN_AT, standing

from calypso.registry import LANGUAGES, administrations
from calypso.report.standing import making, stored
from calypso.report.standing.account import CASES_NAMED, account
from calypso.report.standing.words import wording, words

ELSEWHERE = re.compile(
    r'(?:src|action)\s*=|href="(?!calypso-2024_stored\.csv|#)|url\((?!#)|@import|<script|<link', re.I
)
OF_LANGUAGE = {office.language: code for code, office in reversed(administrations().items())}


def test_every_sentence_asks_for_the_same_in_each_language() -> None:
    for name, texts in words().texts.items():
        asked = [{one for _, one, _, _ in Formatter().parse(texts[language]) if one} for language in LANGUAGES]
        assert all(one == asked[0] for one in asked), (name, asked)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("full", [True, False])
def test_the_page_asks_for_nothing_and_shows_what_was_written_as_text(language: str, full: bool) -> None:
    page = making.page(standing(OF_LANGUAGE[language], full)).decode()
    assert f'<html lang="{language}">' in page
    assert not ELSEWHERE.findall(page.replace('xmlns="http://www.w3.org/2000/svg"', ""))
    assert ("&lt;script&gt;" in page) == full
    assert "\u202e" not in page
    assert "{" not in page.partition("</style>")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_drawn_is_said_in_words_too(language: str) -> None:
    told = account(standing(OF_LANGUAGE[language]))
    page, say = unescape(making.page(standing(OF_LANGUAGE[language])).decode()), wording(language)
    assert {one["name"] for one in told["charts"]} == {"shares", "hours", "weeks", "rules"}
    for chart in told["charts"]:
        assert f'aria-label="{chart["says"]}"' in page
        assert all(written in chart["says"] for *_, written in chart["bars"])
    assert say("alone", own=say.measured(Decimal("22.2"), "")) in page  # of so few that no median is told


def test_what_to_do_is_said_by_days_and_nothing_is_said_so() -> None:
    say = wording("en")
    told = account(standing())["to_do"]
    assert [one.partition(":")[0] for one in told[:3]] == [
        say(f"to_do_{kind}", days="").partition(":")[0] for kind in ("missing", "rejected", "held")
    ]
    assert account(standing(full=False))["to_do"] != [say("to_do_nothing")]  # the made-up days are not all reported
    done = replace(standing(full=False), days=[])
    assert account(done)["to_do"] == [say("to_do_nothing")]
    assert account(done)["days"] == []


def test_a_day_of_rest_is_no_day_due() -> None:
    say = wording("en")
    days = {one["status"]: one for one in account(standing())["days"]}
    assert days["rest"]["word"] == say("rest")
    assert len(standing().due) == 8


def test_many_cases_are_counted_not_named() -> None:
    [held] = [one for one in account(standing())["open"] if one["rule"] == "S017"]
    assert held["cases"].count("alert") == CASES_NAMED
    assert str(20 - CASES_NAMED) in held["cases"]


@pytest.mark.parametrize("code", administrations())
def test_no_spreadsheet_takes_a_cell_for_a_formula(code: str) -> None:
    office = administrations()[code]
    raw = stored.written(standing(code).stored, office)
    text = raw.decode("utf-8-sig" if raw[:3] == b"\xef\xbb\xbf" else office.encoding)
    header, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=office.delimiter))
    assert header == [field.label[office.language] for field in stored.fields(contract())]
    assert len(rows) == 1 + len(FORMULAS)
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert [row[0] for row in rows[1:]] == [f"'{text}" for text in FORMULAS]
    assert f"1{office.decimal_mark}2340" in rows[0]  # three decimals could be thousands


def test_what_the_encoding_lacks_is_not_lost() -> None:
    office = administrations()["dom"]
    assert office.encoding == "cp1252"
    row = {**standing("dom").stored[1], "place": "Gdańsk"}
    assert "Gdańsk" in stored.written([row], office).decode("utf-8-sig")
    assert "Bahía".encode("cp1252") in stored.written([{**row, "place": "Bahía"}], office)


def test_the_same_is_the_same_whenever_it_was_known() -> None:
    one = standing()
    later = replace(one, operation={**one.operation, "known_at": KNOWN_AT + timedelta(days=1)})
    assert making.content(later) == making.content(one)
    assert making.page(one) == making.page(one)
    assert making.content(one) in making.page(one).decode()
    assert making.content(replace(one, cases=one.cases[1:])) != making.content(one)


def contract() -> stored.Contract:
    from calypso.contracts import contracts

    return contracts()["seizures"]
