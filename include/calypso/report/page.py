"""The page of the report is one HTML file that asks for nothing else and runs no script, on a phone as on paper."""

from __future__ import annotations

from pathlib import Path

from calypso.markup import templates
from calypso.registry import LANGUAGES
from calypso.report.account import Told
from calypso.report.pictures import Pictures

ROOM = Path(__file__).parent


def page(told: Told, drawn: Pictures) -> bytes:
    """Return the page of an account with its pictures."""
    template = templates(ROOM).get_template("page.html.j2")
    return template.render(told=told, text=told["text"], drawn=drawn, languages=LANGUAGES).encode()
