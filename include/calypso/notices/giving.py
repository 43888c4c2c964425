"""Giving a notice records it first and then sends it by each channel: killed and run again, each is given once.

A notice that a channel could not carry is tried again as long as it is the last word; a later one takes its place.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from calypso.notices.agenda import AFTER, Kind, current, silent
from calypso.registry import Administration, Operation, administrations, operations, participants
from calypso.submission import parse_name
from calypso.verdict import COUNTING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

PASSING = ("received", "acknowledged")  # states that say nothing of what a file is worth

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notice:
    """What an administration is told at a moment: the days of a dataset that are due soon, or missing."""

    operation: str
    administration: str
    dataset: str
    kind: Kind
    due_at: datetime
    days: tuple[date, ...]

    @property
    def key(self) -> tuple[str, str, str, str, datetime]:
        """Return what tells this notice from others."""
        return self.operation, self.administration, self.dataset, self.kind, self.due_at


Channel = Callable[[Notice], None]  # raises OSError where it cannot carry a notice now

# Whatever has come and may count still, or counts: a file that is refused is none. What has arrived is there, even
# where the clock ran ahead then; a simulated file is there from its own moment on.
_REPORTED = """
select s.administration_code, s.dataset, s.reporting_day, s.file_name
from raw.submissions as s
left join raw.submission_states as t on t.submission_id = s.submission_id and t.state <> all(%(passing)s)
where s.operation_code = %(operation)s and s.duplicate_of is null and (s.received_at <= %(now)s or not s.is_simulated)
    and (t.state is null or t.state = any(%(counting)s))
"""
_EXCUSED = """
select e.administration_code, e.dataset, e.reporting_day, e.expires_on
from raw.deliveries_excused as e
join raw.submissions as s using (submission_id)
where s.operation_code = %(operation)s and e.verdict = 'accepted'
    and (s.received_at <= %(now)s or not s.is_simulated)
"""
_LAST = """
select distinct on (administration_code, dataset) administration_code, dataset, kind
from raw.notices where operation_code = %(operation)s and due_at <= %(now)s
order by administration_code, dataset, due_at desc, recorded_at desc
"""
_RECORD = """
insert into raw.notices (operation_code, administration_code, dataset, kind, due_at, reporting_days)
values (%s, %s, %s, %s, %s, %s) on conflict do nothing
"""
# The last word to each office, unless the channel has carried it. What a clock that ran ahead has recorded for a moment
# that is yet to come is no word before that moment.
_OPEN = """
select n.operation_code, n.administration_code, n.dataset, n.kind, n.due_at, n.reporting_days
from (
    select distinct on (administration_code, dataset) * from raw.notices
    where operation_code = %(operation)s and due_at <= %(now)s
    order by administration_code, dataset, due_at desc, recorded_at desc
) as n
where not exists (
    select from raw.notices_given as g
    where (g.operation_code, g.administration_code, g.dataset, g.kind, g.due_at, g.channel)
        = (n.operation_code, n.administration_code, n.dataset, n.kind, n.due_at, %(channel)s)
)
order by n.administration_code, n.dataset
"""

Days = Mapping[tuple[str, str], set[date]]  # by administration and dataset


def give(connection: Connection, now: datetime, channels: Mapping[str, Channel]) -> list[tuple[str, Notice, OSError]]:
    """Give every notice that is due now by each channel; return what could not be carried, and is tried again."""
    failed = []
    for operation in operations().values():
        if not _is_watched(operation, now):
            continue
        with connection:
            for notice in due(connection, operation, now):
                _record(connection, notice)
        for name, carry in channels.items():
            for notice in _open(connection, operation, name, now):
                try:
                    carry(notice)
                except OSError as error:
                    failed.append((name, notice, error))
                    continue
                with connection:
                    _given(connection, notice, name)
    return failed


def due(connection: Connection, operation: Operation, now: datetime) -> Iterator[Notice]:
    """Yield what is to be told at `now`: of days not reported, and to whom was told before that all is there."""
    reported = _reported(connection, operation, now)
    last = _last(connection, operation, now)
    for code in participants(operation):
        office = administrations()[code]
        for dataset in operation.datasets:
            about = operation.code, code, dataset
            known = operation, office.zone, now, reported[code, dataset]
            if moment := current(*known):
                yield Notice(*about, moment.kind, moment.at, moment.days)
            elif last.get((code, dataset)) in ("missing", "reminder") and not silent(*known):
                yield Notice(*about, "settled", now, ())


def _is_watched(operation: Operation, now: datetime) -> bool:
    local = now.astimezone(ZoneInfo(operation.zone)).date()
    return operation.starts_on <= local <= operation.ends_on + 2 * AFTER


def _reported(connection: Connection, operation: Operation, now: datetime) -> Days:
    """Return the days of each office that are reported, or excused by its own calendar."""
    offices: Mapping[str, Administration] = administrations()
    days: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    about = {
        "operation": operation.code,
        "now": now,
        "counting": list(COUNTING),
        "passing": list(PASSING),
    }
    with connection.cursor() as cursor:
        cursor.execute(_REPORTED, about)
        for code, dataset, day, file_name in cursor.fetchall():
            name = parse_name(file_name)
            if name and name.purpose == "report":
                days[code, dataset].add(day)
        cursor.execute(_EXCUSED, about)
        for code, dataset, day, expires_on in cursor.fetchall():
            if now.astimezone(ZoneInfo(offices[code].zone)).date() <= expires_on:
                days[code, dataset].add(day)
    return days


def _last(connection: Connection, operation: Operation, now: datetime) -> Mapping[tuple[str, str], str]:
    with connection.cursor() as cursor:
        cursor.execute(_LAST, {"operation": operation.code, "now": now})
        return {(code, dataset): kind for code, dataset, kind in cursor.fetchall()}


def _record(connection: Connection, notice: Notice) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [*notice.key, list(notice.days)])
        if cursor.rowcount:
            log.info("%s: %s, %s days", notice.administration, notice.kind, len(notice.days))


def _open(connection: Connection, operation: Operation, channel: str, now: datetime) -> list[Notice]:
    with connection, connection.cursor() as cursor:
        cursor.execute(_OPEN, {"operation": operation.code, "channel": channel, "now": now})
        return [
            Notice(code, office, dataset, kind, due_at, tuple(days))
            for code, office, dataset, kind, due_at, days in cursor.fetchall()
        ]


def _given(connection: Connection, notice: Notice, channel: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.notices_given (operation_code, administration_code, dataset, kind, due_at, channel) "
            "values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            [*notice.key, channel],
        )
