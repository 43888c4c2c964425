"""Sites made up for tests: what a page of one leads to and asks for, and what home is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

from calypso.registry import Operation, operations
from calypso.site.home import Shown
from calypso.site.published import Edition

CODE, DAY = "calypso-2024", date(2024, 11, 24)
ENDED = datetime(2024, 11, 26, 12, tzinfo=UTC)  # every day of 2024 is due by then
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """What a page leads to and asks for, the names of its parts, and its language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.asks: list[str] = []
        self.names: list[str] = []
        self.tags: set[str] = set()
        self.language: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        self.tags.add(tag)
        self.language = said.get("lang") if tag == "html" else self.language
        self.names += [said["id"]] if "id" in said else []
        if tag == "a":
            self.leads.append(said["href"])
        self.asks += [said[one] for one in ("src", "srcset", "data", "action", "poster") if one in said]
        self.asks += [said["href"]] if tag in ("link", "base") else []


def page(site: Path, path: str) -> str:
    return (site / path).read_text(encoding="utf-8")


def shown(operation: Operation | None = None, days: dict[date, list[Edition]] | None = None) -> list[Shown]:
    return [Shown(operation or operations()[CODE], days or {}, {})]
