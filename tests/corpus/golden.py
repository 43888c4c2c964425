"""The golden corpus: files of which is known exactly what must be found in them, where, and what becomes of them.

Most are told in submissions/*.yml; what every office writes is made by `offices`, what passes a limit by `excess`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from corpus import excess, offices, sheets
from corpus.offices import DAY, Found

from calypso.registry import administrations
from calypso.submission import parse_name
from calypso.verdict import State

TOLD = Path(__file__).with_name("submissions")
FIRST_MINUTE = datetime.combine(DAY, time(6, 30), UTC)  # past midnight in Belize, too
LAST_DAY = date(2024, 11, 24)  # of the operation
PLACE = re.compile(r"(?P<column>[A-Z]*)(?P<row>\d+)")


@dataclass(frozen=True)
class Golden:
    """One file: the folder it is dropped in, its name, what makes its bytes, and what must become of it."""

    administration: str
    file_name: str
    make: Callable[[], bytes]
    found: tuple[Found, ...]
    state: State
    acknowledged: frozenset[str] = frozenset()  # the cases whose warnings were accepted
    once_answered: bool = False  # sent when the answers to all before are there
    why: str = ""
    arrived_at: datetime = FIRST_MINUTE

    @property
    def content(self) -> bytes:
        """Return the bytes, made anew: some files are large."""
        return self.make()

    def __str__(self) -> str:
        return f"{self.administration}/{self.file_name}: {self.why}"


def golden() -> list[Golden]:
    """Return every file of the corpus, those of one administration in the order in which they come.

    They arrive minute by minute in the small hours of their reporting days, where these are in the operation: before
    whatever else is sent for these days, so that nothing in the warehouse bears on them but what is in the corpus.
    """
    turns = Counter[str]()
    files = []
    for file in [*small(), *told("limits")]:
        name = parse_name(file.file_name)
        days = min(max(name.day, DAY), LAST_DAY) - DAY if name else timedelta()
        at = FIRST_MINUTE + days + timedelta(minutes=turns[file.administration])
        turns[file.administration] += 1
        files.append(replace(file, arrived_at=at))
    return files


def small() -> list[Golden]:
    """Return the files that take no time."""
    return [*of_offices(), *(file for name in ("names", "texts", "workbooks", "statements") for file in told(name))]


def of_offices() -> Iterator[Golden]:
    """Yield what each office writes, as it declares itself."""
    for report in offices.reports():
        yield Golden(report.office.code, report.file_name, report.content, report.found, report.state, why=report.why)


def told(name: str) -> Iterator[Golden]:
    """Yield the files told in one file of `submissions`."""
    said = yaml.safe_load((TOLD / f"{name}.yml").read_text(encoding="utf-8"))
    for file in said["files"]:
        code = file.get("from") or file["file"][:3].lower()
        yield Golden(
            administration=code,
            file_name=file["file"],
            make=_maker(file, said.get("lines", {}), code),
            found=tuple(_found(*finding) for finding in file.get("found", ())),
            state=file.get("state", "accepted"),
            acknowledged=frozenset(file.get("acknowledged", ())),
            once_answered=file.get("once_answered", False),
            why=file.get("why", ""),
        )


def waves(files: Sequence[Golden]) -> list[list[Golden]]:
    """Return the files that may be dropped at once: one that comes again, or only then, waits; so does what follows."""
    dropped: list[list[Golden]] = []
    last, times = Counter[str](), Counter[tuple[str, str]]()
    for file in files:
        code, key = file.administration, (file.administration, file.file_name)
        last[code] = max(last[code] + file.once_answered, times[key])
        times[key] = last[code] + 1
        dropped += [[] for _ in range(last[code] + 1 - len(dropped))]
        dropped[last[code]].append(file)
    return dropped


def _maker(file: Mapping[str, Any], lines: Mapping[str, Any], code: str) -> Callable[[], bytes]:
    if "made" in file:
        return getattr(excess, file["made"])  # type: ignore[no-any-return]
    if "book" in file:
        return lambda: sheets.workbook(file["book"], lines)
    text: str = file["text"]
    for name, line in lines.items():
        text = text.replace(f"{{{name}}}", str(line))
    encoding = file.get("encoding", administrations()[code].encoding)
    return lambda: text.encode(encoding)


def _found(rule: str, place: str, field: str | None, given: str | None) -> Found:
    """Return a finding told as rule, place, field and given: the place is a cell (`F3`), a row (`3`) or the `file`."""
    match = PLACE.fullmatch(place)
    if match is None:
        assert place == "file", place
        return rule, None, None, field, given
    return rule, int(match["row"]), match["column"] or None, field, given
