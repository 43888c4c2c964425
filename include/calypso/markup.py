"""Markup is what pages are made of: templates that escape whatever they are given, and how a language writes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso.legible import spaced

if TYPE_CHECKING:
    from jinja2 import Environment

LOCALES = {"en": "en_GB", "fr": "fr", "es": "es", "nl": "nl"}  # British: the day stands before the month


@cache
def templates(room: Path) -> Environment:
    """Return the templates that lie in a room's folder.

    What they are given is escaped, letters in it that are not seen are spaces, what they lack is an error, and `shown`
    puts a stranger's text on one line that is not too long.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from calypso.telling import shown

    found = Environment(
        loader=FileSystemLoader(room),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_without_what_is_not_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["shown"] = shown
    return found


def _without_what_is_not_seen(value: Any) -> Any:
    """Return a value on its way into a page; what is marked up already was made from texts that went this way."""
    return spaced(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
