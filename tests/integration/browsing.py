"""Browsing opens a page as people do, in Chromium, and complains of whatever they would complain of.

Pictures of every page that was opened are left in `.screenshots/`, to be looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from calypso.settings import REPOSITORY

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = REPOSITORY / ".screenshots"
WIDTHS = {"phone": 360, "desktop": 1280}

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed here")

# Texts that reach beyond the page, whatever hides them.
_OUTSIDE = """
[...document.querySelectorAll('td, th, dd, dt, p, h1, h2, h3, li, figcaption, svg')]
    .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map(one => one.outerHTML.slice(0, 120))
"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@contextmanager
def opened(browser: Any, address: str, language: str, width: int, called: str) -> Iterator[Any]:
    """Open a page at an address (file: or http:), hold it to what every page must be, and give it.

    It is in its language, complains of nothing, asks for nothing but itself, fits the width, opens by keyboard, and axe
    finds nothing that keeps anybody out. Its picture is `called` so.
    """
    page = browser.new_context(viewport={"width": width, "height": 800}).new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{called}-{language}-{width}.png", full_page=True)
    assert page.locator("html").get_attribute("lang") == language
    assert (said, asked) == ([], [address])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(_OUTSIDE) == []
    for details in page.locator("summary").all():
        details.focus()
        page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == page.locator("details").count()
    assert _violations(page) == []
    try:
        yield page
    finally:
        page.context.close()


def _violations(page: Any) -> list[tuple[str, str]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found]
