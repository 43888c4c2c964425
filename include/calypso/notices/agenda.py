"""The agenda says when an office is told that reports are due or missing, by its own clock, and of which days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Literal

from calypso.deadlines import deadline, reporting_days
from calypso.registry import Operation

Kind = Literal["reminder", "missing", "settled"]  # due soon; due and not there; all there again

BEFORE = timedelta(hours=2)  # the cut-off
LATE = timedelta(hours=3)  # so long after its moment a notice may still be given
AFTER = timedelta(days=7)  # the last cut-off: so long is an office told each day of what is missing still


@dataclass(frozen=True)
class Moment:
    """One moment at which an office is to be told something, where any of these days is not reported by then."""

    kind: Kind
    at: datetime
    days: tuple[date, ...]


def agenda(operation: Operation, zone: str) -> Sequence[Moment]:
    """Return the moments of an operation for an office in `zone`, in their order.

    Before each cut-off its report is called to mind, after the days that are missing already; at each, and daily at
    the same local time for a week after the last, every day that is missing by then is told at once.
    """
    return _agenda(tuple(reporting_days(operation)), operation.starts_on, operation.ends_on, operation.cut_off, zone)


@cache
def _agenda(reported: tuple[date, ...], first: date, last: date, cut_off: time, zone: str) -> tuple[Moment, ...]:
    moments = []
    for past in range((last + AFTER - first).days + 1):
        day = first + timedelta(days=past)
        at, due = deadline(day, cut_off, zone), tuple(one for one in reported if one <= day)
        if day in reported:
            moments.append(Moment("reminder", at - BEFORE, due))
        if due:
            moments.append(Moment("missing", at, due))
    return tuple(moments)


def silent(operation: Operation, zone: str, now: datetime, reported: Collection[date]) -> tuple[date, ...]:
    """Return the days of which an office is to speak by now, or soon, and has not."""
    come = [moment for moment in agenda(operation, zone) if moment.at <= now]
    return _left(come[-1], reported) if come else ()


def current(operation: Operation, zone: str, now: datetime, reported: Collection[date]) -> Moment | None:
    """Return the last moment that has come, with the days of it that are not reported; None where there is no such.

    A moment that came more than three hours ago is not told any more, nor is a report called to mind that is there.
    """
    for moment in reversed(agenda(operation, zone)):
        if now - LATE < moment.at <= now:
            days = _left(moment, reported)
            if days and (moment.kind != "reminder" or days[-1] == moment.days[-1]):
                return Moment(moment.kind, moment.at, days)
    return None


def _left(moment: Moment, reported: Collection[date]) -> tuple[date, ...]:
    return tuple(day for day in moment.days if day not in reported)
