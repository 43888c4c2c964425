"""The frame is what the site's own pages have in common: the look of the reports, and the way home."""

from __future__ import annotations

from pathlib import Path

from calypso.markup import templates
from calypso.registry import LANGUAGES
from calypso.report.page import ROOM as REPORTS

ROOM = Path(__file__).parent


def index_name(language: str) -> str:
    """Return the name of the home page in a language; a web server shows the English one unasked."""
    return "index.html" if language == "en" else f"index.{language}.html"


def framed(template: str, language: str, **known: object) -> bytes:
    """Return a page of a template of this room."""
    look = (REPORTS / "look.css").read_text(encoding="utf-8")
    found = templates(ROOM).get_template(template)
    return found.render(language=language, languages=LANGUAGES, look=look, index_name=index_name, **known).encode()
