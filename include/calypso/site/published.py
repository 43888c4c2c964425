"""What was published is what lies in the folder of reports: by operation, day and number; all else is passed over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from calypso.registry import LANGUAGES
from calypso.report.daily.making import FORMATS, name
from calypso.report.results.making import NAME as RESULTS
from calypso.report.results.making import name as results_name

Files = Mapping[tuple[str, str], Path]  # by language and format, each by its path below the folder of reports


@dataclass(frozen=True)
class Edition:
    """A published report of a day, with those of its files that are there."""

    number: int
    files: Files


def editions(reports: Path, operation: str) -> Mapping[date, Sequence[Edition]]:
    """Return the editions of each day of an operation, the first one first."""
    found: dict[date, list[Edition]] = {}
    for folder in _folders(reports / operation):
        if day := _day(folder.name):
            numbers = sorted(int(one.name) for one in _folders(folder) if _is_number(one.name))
            of_day = [Edition(number, _present(reports, folder / str(number), name)) for number in numbers]
            if filled := [one for one in of_day if one.files]:
                found[day] = filled
    return dict(sorted(found.items()))


def results(reports: Path, operation: str) -> Files:
    """Return the results of an operation, as far as they are published."""
    return _present(reports, reports / operation / RESULTS, results_name)


def _present(reports: Path, folder: Path, named: Callable[[str, str], str]) -> Files:
    """Return what is there: files, and no link that leads elsewhere."""
    files = {(language, kind): folder / named(language, kind) for language in LANGUAGES for kind in FORMATS}
    root = reports.resolve()
    return {
        key: path.relative_to(reports)
        for key, path in files.items()
        if path.is_file() and path.resolve() == root / path.relative_to(reports)
    }


def _folders(folder: Path) -> Iterable[Path]:
    return [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and not text.startswith("0")
