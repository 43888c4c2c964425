"""Making turns a standing into what its administration finds in `reference/`: its page and its file of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from calypso.registry import administrations
from calypso.report.standing import stored
from calypso.report.standing.standing import Standing

ROOM = Path(__file__).parent
PAGE = "standing/page.html.j2"


def page_name(operation: str) -> str:
    """Return the name of the page."""
    return f"{operation}_standing.html"


def stored_name(operation: str) -> str:
    """Return the name of the file of rows."""
    return f"{operation}_stored.csv"


def content(standing: Standing) -> str:
    """Return the hash of what a page says, whenever it was known: of what is told, and of how it is."""
    return hashlib.sha256(f"{standing.sha256()} {_room()}".encode()).hexdigest()


def page(standing: Standing, language: str | None = None) -> bytes:
    """Return the page in the administration's own language, or in another to try it."""
    from calypso.report import charts
    from calypso.report.page import page
    from calypso.report.standing.account import account

    told = account(standing, language)
    told |= {"csv": stored_name(standing.code), "content": content(standing)}
    drawn = {
        one["name"]: charts.beside_median(one["name"], one["bars"], one["top"], one["says"]) for one in told["charts"]
    }
    return page(PAGE, page_name(standing.code), told, drawn)


def rows(standing: Standing) -> bytes:
    """Return the file of every row that is stored."""
    return stored.written(standing.stored, administrations()[standing.administration])


@cache
def _room() -> str:
    """Return a hash of what shapes a page: this room, and what all reports share."""
    parts: Iterable[Path] = [*ROOM.iterdir(), *ROOM.parent.iterdir()]
    shaping = sorted(path for path in parts if path.suffix in (".py", ".yml", ".j2", ".css"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in shaping)).hexdigest()
