"""The board is among Airflow's pages for those who have logged in, in their browser's language; Chromium looks."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from integration.browsing import SCREENSHOTS, needs_chromium
from integration.line import TABLES_ALONE

from calypso import building
from calypso.board.page import words
from calypso.local import airflow, secrets
from calypso.registry import administrations
from calypso.settings import Settings


def test_without_a_login_there_is_no_board(stack: Settings) -> None:
    answer = httpx.get(f"{airflow.url(stack)}/calypso/board", timeout=60)
    assert answer.status_code == 401
    assert "Operation" not in answer.text


@pytest.fixture(scope="module", autouse=True)
def built(stack: Settings) -> None:
    """Marts, of whatever has come until now."""
    building.build(stack, without=TABLES_ALONE)


def logged_in(stack: Settings, browser: Any, locale: str) -> Any:
    page = browser.new_context(locale=locale, viewport={"width": 1300, "height": 950}).new_page()
    page.goto(airflow.url(stack))
    page.fill("input[name=username]", airflow.ADMIN)
    page.fill("input[name=password]", secrets.secret(stack.home, secrets.AIRFLOW_ADMIN))
    page.click("button[type=submit]")
    page.wait_for_selector("nav, aside, [data-testid]")
    return page


@needs_chromium
@pytest.mark.parametrize(("locale", "language"), [("fr-HT", "fr"), ("nl-SX", "nl"), ("es-DO", "es"), ("en-BB", "en")])
def test_the_board_is_in_airflow_in_the_browsers_language(
    stack: Settings, browser: Any, locale: str, language: str
) -> None:
    page = logged_in(stack, browser, locale)
    page.goto(f"{airflow.url(stack)}/plugin/operation-board")
    board = page.frame_locator("iframe")
    board.locator("h1").wait_for()
    assert board.locator("html").get_attribute("lang") == language
    assert board.locator("h2").first.inner_text() == words().texts["deliveries"][language]
    # Its own address shows the same, and asks nothing of anybody else.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{airflow.url(stack)}/calypso/board?operation=calypso-2024")
    assert asked == [page.url]
    assert page.locator("table.grid tbody tr").count() == len(administrations())
    assert page.locator("table.grid thead th").count() == 1 + 21 + 1
    assert page.locator(".simulated").inner_text() == words().texts["simulated"][language]
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"board-{language}.png", full_page=True)
    page.context.close()


@needs_chromium
def test_an_operation_that_is_not_there_is_not_found(stack: Settings, browser: Any) -> None:
    page = logged_in(stack, browser, "en-BB")
    assert page.goto(f"{airflow.url(stack)}/calypso/board?operation=nothing").status == 404
