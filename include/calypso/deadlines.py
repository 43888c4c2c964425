"""A deadline is the moment, in an administration's own zone, until which a reporting day is to be reported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calypso.registry import Operation

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def reporting_days(operation: Operation) -> Iterator[date]:
    """Yield the days of an operation about which a report is due, in their order."""
    for past in range((operation.ends_on - operation.starts_on).days + 1):
        day = operation.starts_on + timedelta(days=past)
        if WEEK[day.weekday()] not in operation.rest_days:
            yield day


def deadline(day: date, cut_off: time, zone: str) -> datetime:
    """Return when the report about a day is due, in UTC: at the cut-off of the next morning at the office's place."""
    return datetime.combine(day + timedelta(days=1), cut_off, ZoneInfo(zone)).astimezone(UTC)
