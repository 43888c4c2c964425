"""A report is due when its operation's cut-off has passed, by the clock of the coordination unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from calypso.deadlines import deadline, reporting_days
from calypso.registry import Operation, operations

LATE = timedelta(minutes=30)  # after its cut-off a report that is not there is late
OPEN = timedelta(days=14)  # after the last day, in which late files still make editions


def cut_off(operation: Operation, day: date) -> datetime:
    """Return the moment at which the coordination unit's report of a day is due."""
    return deadline(day, operation.cut_off, operation.zone).astimezone(ZoneInfo(operation.zone))


def ended(operation: Operation) -> datetime:
    """Return the last cut-off of an operation."""
    return cut_off(operation, operation.ends_on)


def due(now: datetime) -> Iterator[tuple[Operation, date]]:
    """Yield every day whose cut-off has passed, of the operations that run or have ended lately."""
    for operation in operations().values():
        if now <= ended(operation) + OPEN:
            for day in reporting_days(operation):
                if cut_off(operation, day) <= now:
                    yield operation, day


def late(now: datetime) -> Iterator[tuple[str, date]]:
    """Yield the operation and day of every report that should have been published by now."""
    for operation, day in due(now - LATE):
        yield operation.code, day
