"""While the reports of a whole operation are being published, the home page says so and calls none of them missing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

LONGEST = timedelta(minutes=15)  # after which what was begun has failed: reports that are not there are missing then
_MARK = ".underway"


def begin(reports: Path, operation: str) -> None:
    """Mark in the folder of reports that those of an operation are about to be published."""
    (reports / operation).mkdir(parents=True, exist_ok=True)
    (reports / operation / _MARK).touch()


def end(reports: Path, operation: str) -> None:
    """Remove the mark."""
    (reports / operation / _MARK).unlink(missing_ok=True)


def is_underway(reports: Path, operation: str, now: datetime) -> bool:
    """Tell whether the reports of an operation are being published."""
    try:
        begun = (reports / operation / _MARK).stat().st_mtime
    except FileNotFoundError:
        return False
    return now - datetime.fromtimestamp(begun, UTC) < LONGEST
