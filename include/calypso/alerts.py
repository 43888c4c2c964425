"""An alert tells an engineer that something failed which no sender can mend; what has one cause is told once.

A failed task, a file that nobody answers and a report that is late each raise an alert; alerts of one cause go out as
one message, and the same cause is not told again within the hour. A file that is wrong raises none: its sender is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from calypso import space
from calypso.settings import Settings

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

STUCK = timedelta(minutes=30)  # after which a file without a final state, or without a receipt, is one
QUIET = timedelta(hours=1)  # in which a cause is told once
MOST_NAMED = 5  # of those that one message is about


@dataclass(frozen=True)
class Alert:
    """One thing that failed: its cause, by which alerts are told together, where, what, and where to look."""

    cause: str
    where: str
    text: str
    link: str = ""


@dataclass(frozen=True)
class Message:
    """What is sent of one cause."""

    cause: str
    text: str


UNANSWERED, LATE = "files without an answer", "report not published"  # causes
FILLING, FULL = "disk is filling up", "disk is full, no file is taken in"  # causes

_RAISE_STUCK = """
insert into raw.alerts (cause, place, text, link)
select %(cause)s, s.submission_id, s.file_name, '' from raw.submissions as s
where s.recorded_at < %(before)s and s.recorded_at > %(since)s
    and s.submission_id not in (select submission_id from raw.submission_states where state = 'acknowledged')
    and s.submission_id not in (select place from raw.alerts where cause = %(cause)s)
"""

_RAISE_LATE = """
insert into raw.alerts (cause, place, text, link)
select %(cause)s, due.place, 'The cut-off has passed and the day has no edition.', ''
from unnest(%(operations)s::text[], %(days)s::date[], %(places)s::text[]) as due (operation, day, place)
where (due.operation, due.day) not in (select operation_code, reporting_day from raw.editions)
    and due.place not in (select place from raw.alerts where cause = %(cause)s)
"""

_RAISE_SPACE = """
insert into raw.alerts (cause, place, text, link)
select %(cause)s, %(place)s, %(text)s, ''
where not exists (
    select from raw.alerts where cause = %(cause)s and place = %(place)s and raised_at > clock_timestamp() - %(quiet)s
)
"""

Channel = Callable[[Message], None]  # raises OSError where it cannot carry a message now


def cause_of(error: BaseException | None, task: str) -> str:
    """Return what a failure has in common with others: the part of the platform that does not answer, or the task."""
    import psycopg2
    from paramiko import BadHostKeyException, SSHException

    from calypso.transformation import BuildFailed

    if isinstance(error, BuildFailed):
        return "build"
    if isinstance(error, psycopg2.OperationalError):
        return "warehouse does not answer"
    if isinstance(error, BadHostKeyException):
        return "SFTP server shows another key than the one that is known"
    if isinstance(error, SSHException | EOFError | ConnectionError | TimeoutError):
        return "SFTP server does not answer"
    return f"{task}: {type(error).__name__ if error else 'failed'}"


def raise_alert(connection: Connection, alert: Alert) -> None:
    """Record an alert, to be sent with others of its cause."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.alerts (cause, place, text, link) values (%s, %s, %s, %s)",
            [alert.cause, alert.where, alert.text, alert.link],
        )


def raise_stuck(connection: Connection, now: datetime) -> int:
    """Raise an alert for each file that has come and is not answered; return how many are new."""
    with connection, connection.cursor() as cursor:
        cursor.execute(_RAISE_STUCK, {"cause": UNANSWERED, "before": now - STUCK, "since": now - timedelta(days=7)})
        return int(cursor.rowcount)


def raise_late(connection: Connection, due: Iterable[tuple[str, date]]) -> int:
    """Raise an alert for each operation and day whose report is due and has no edition; return how many are new."""
    waiting = list(due)
    said = {
        "cause": LATE,
        "operations": [operation for operation, _ in waiting],
        "days": [day for _, day in waiting],
        "places": [f"{operation} {day}" for operation, day in waiting],
    }
    with connection, connection.cursor() as cursor:
        cursor.execute(_RAISE_LATE, said)
        return int(cursor.rowcount)


def raise_space(connection: Connection, settings: Settings) -> None:
    """Raise an alert for each disk on which little is free, once an hour, and another where intake has ended."""
    for disk in space.watched(settings):
        if disk.is_below(settings.disk_least_percent):
            cause, text = FULL, "Intake goes on by itself once there is space; receipts and notices go out meanwhile."
        elif disk.is_below(settings.disk_warning_percent):
            cause, text = FILLING, f"Make space: below {settings.disk_least_percent:g} % no file is taken in."
        else:
            continue
        said = {"cause": cause, "place": str(disk.folder), "text": f"{disk}. {text}", "quiet": QUIET}
        with connection, connection.cursor() as cursor:
            cursor.execute(_RAISE_SPACE, said)


def send(connection: Connection, now: datetime, channels: Iterable[Channel]) -> list[OSError]:
    """Send what was raised, one message for each cause; return what kept a message from going by a channel.

    A message counts as sent where one channel at least has carried it; otherwise it is tried again.
    """
    failed = []
    for message, numbers in _waiting(connection, now):
        carried = False
        for carry in channels:
            try:
                carry(message)
                carried = True
            except OSError as error:
                failed.append(error)
        if carried:
            with connection, connection.cursor() as cursor:
                cursor.execute(
                    "insert into raw.alerts_sent (alert_no, sent_at) select unnest(%s), %s on conflict do nothing",
                    [list(numbers), now],
                )
    return failed


def _waiting(connection: Connection, now: datetime) -> list[tuple[Message, Sequence[int]]]:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select cause, array_agg(alert_no order by alert_no), array_agg(distinct place), "
            "(array_agg(text order by alert_no desc))[1], (array_agg(link order by alert_no desc))[1] "
            "from raw.alerts where alert_no not in (select alert_no from raw.alerts_sent) and cause not in ("
            "select a.cause from raw.alerts as a join raw.alerts_sent as s using (alert_no) where s.sent_at > %s) "
            "group by cause order by cause",
            [now - QUIET],
        )
        return [
            (Message(cause, _text(cause, len(numbers), places, text, link)), numbers)
            for cause, numbers, places, text, link in cursor.fetchall()
        ]


def _text(cause: str, count: int, places: Sequence[str], text: str, link: str) -> str:
    named = ", ".join(places[:MOST_NAMED]) + (
        f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    )
    times = "" if count == 1 else f" ({count} times)"
    return f"Calypso: {cause}{times}: {named}. {text}{f' {link}' if link else ''}"
