"""The home page leads to everything there is, in the language of who reads, and misses what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
from sites import CODE, ENDED, HOSTILE, Page, page, shown

from calypso.registry import LANGUAGES, Operation, operations
from calypso.report import underway
from calypso.report.daily.making import FORMATS, name
from calypso.report.results.making import name as results_name
from calypso.settings import Settings
from calypso.site import guides, publishing
from calypso.site.frame import index_name
from calypso.site.home import Shown, home
from calypso.site.words import wording


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_leads_to_everything_in_the_readers_language(everything: Path, language: str) -> None:
    text, say = page(everything, index_name(language)), wording(language)
    found = Page(text)
    assert found.language == language
    assert {index_name(one) for one in LANGUAGES} <= set(found.leads)
    for number in (1, 2, 3):
        for kind in FORMATS:
            assert f"reports/{CODE}/2024-11-20/{number}/{name(language, kind)}" in found.leads
    assert {f"reports/{CODE}/results/{results_name(language, kind)}" for kind in FORMATS} <= set(found.leads)
    reports = [link for link in found.leads if link.startswith("reports/")]
    assert all(f".{language}." in link for link in reports)
    assert {f"reference/{language}/{one}" for one in ("seizures_specification.html", "rules.html")} <= set(found.leads)
    assert f"guides/{guides.in_language('administrations', language)[0]}" in found.leads
    assert "warehouse/index.html" in found.leads
    assert {f"guides/{guide}.html" for guide in ("analysts", "engineers", "operators", "receipts")} <= set(found.leads)
    assert say("simulated") in unescape(text)
    assert (f"({say('in_english')})" in text) == (language != "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_without_a_report_is_called_missing_and_the_last_edition_stands_first(
    everything: Path, language: str
) -> None:
    text, say = unescape(page(everything, index_name(language))), wording(language)
    assert say("days_published", days=say("of_all", some=2, all=21)) in text
    between = say("from_to", first=say.day(date(2024, 11, 21)), last=say.day(date(2024, 11, 23)))
    before = say("from_to", first=say.day(date(2024, 11, 4)), last=say.day(date(2024, 11, 19)))
    rows = re.findall(r'<tr class="is-silent"><th scope="row">(.*?)</th><td>(.*?)</td>', text)
    assert [day for day, _ in rows] == [between, before]
    assert all(say("missing") in told for _, told in rows)
    of_day = text.partition(f">{say.day(date(2024, 11, 20))}</a>")[2].partition("</tr>")[0]
    last, _, earlier = of_day.partition("<details>")
    assert say("edition", number=3) in last
    assert say("earlier", count=2) in earlier
    assert earlier.index(say("edition", number=2)) < earlier.index(say("edition", number=1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_being_published_is_not_called_missing(known: Settings, language: str) -> None:
    reports, say = known.home / "reports", wording(language)
    underway.begin(reports, CODE)
    now = datetime.now(UTC)  # long after the operation
    publishing.publish(known, now=now)
    [lacking] = re.findall(r"</b> (.*?)</td>", unescape(page(known.site, index_name(language))))
    assert lacking == say("underway")
    publishing.publish(known, now=now + underway.LONGEST)
    assert say("nothing") in unescape(page(known.site, index_name(language)))
    underway.end(reports, CODE)
    assert not underway.is_underway(reports, CODE, now)


def test_what_is_not_there_is_left_out(known: Settings, publish: Callable[..., Path]) -> None:
    folder = publish()
    (folder / name("fr", "html")).unlink()
    (folder / name("fr", "pdf")).unlink()
    publishing.publish(known, now=ENDED)
    assert not [link for link in Page(page(known.site, "index.fr.html")).leads if link.startswith("reports/")]
    assert [link for link in Page(page(known.site, "index.html")).leads if link.startswith("reports/")]
    assert not [link for link in Page(page(known.site, "index.html")).leads if "warehouse/" in link]


def test_no_report_is_missed_before_it_is_due_or_where_none_was_ever_made() -> None:
    say, real = wording("en"), replace_in(operations()[CODE], simulated=False)
    before = said(shown(real), datetime(2024, 11, 5, 9, tzinfo=UTC))
    assert say("to_come", day=say.day(date(2024, 11, 5), "full")) in before
    assert say("missing") not in before
    assert say("simulated") not in before
    running = said(shown(), datetime(2024, 11, 6, 11, tzinfo=UTC))
    assert say("from_to", first="Mon 4 Nov", last="Tue 5 Nov") in running
    assert say("simulated") in running
    long_ago = said(shown(), datetime(2025, 11, 6, tzinfo=UTC))
    assert say("nothing") in long_ago
    assert say("missing") not in long_ago
    resting = replace_in(operations()[CODE], rest_days=("monday",))
    assert "Mon 4 Nov" not in said(shown(resting), datetime(2024, 11, 6, 11, tzinfo=UTC))


def said(operations: list[Shown], now: datetime) -> str:
    """Return what the English home page says."""
    return unescape(home(operations, {}, "en", now).decode().partition("</style>")[2])


def replace_in(operation: Operation, **said: object) -> Operation:
    return operation.model_copy(update=said)


def test_an_operation_may_be_named_as_it_likes() -> None:
    named = replace_in(operations()[CODE], name=HOSTILE)
    for language in LANGUAGES:
        text = home(shown(named), {}, language, ENDED).decode()
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text
