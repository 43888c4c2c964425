"""A page is one HTML file that asks for nothing else and runs no script, on a phone as on paper."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calypso.markup import templates
from calypso.registry import LANGUAGES

ROOM = Path(__file__).parent


def page(template: str, name: str, told: Mapping[str, Any], drawn: object) -> bytes:
    """Return the page of an account with its pictures.

    `template` lies in this room and fills frame.html.j2; `name` is what the files of the report are called, before
    their language.
    """
    found = templates(ROOM).get_template(template)
    return found.render(told=told, text=told["text"], drawn=drawn, name=name, languages=LANGUAGES).encode()
