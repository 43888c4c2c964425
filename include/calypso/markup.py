"""Markup is what pages are made of: templates that escape whatever they are given, and how a language writes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

LOCALES = {"en": "en_GB", "fr": "fr", "es": "es", "nl": "nl"}  # British: the day stands before the month


@cache
def templates(room: Path) -> Environment:
    """Return the templates that lie in a room's folder.

    What they are given is escaped, what they lack is an error, and `shown` makes a stranger's text harmless to read.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from calypso.telling import shown

    found = Environment(
        loader=FileSystemLoader(room), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    found.filters["shown"] = shown
    return found
