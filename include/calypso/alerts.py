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
from calypso.legible import escaped
from calypso.settings import Settings
from calypso.telling import shown

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

STUCK = timedelta(minutes=30)  # after which a file without a final state, or without a receipt, is one
QUIET = timedelta(hours=1)  # in which a cause is told once
MOST_NAMED = 5  # of those that one message is about
LONGEST = 300  # characters of what is told of a failure, and of each name
# What a chat or a reader of mail takes for markup, a mention or a link; a file's name and an error's text may hold it.
_MARKUP = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")", "|": "¦", "`": "'", "*": "∗", "~": "∼", "@": "(at)"})


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


UNANSWERED, LATE, CLOCK = "files without an answer", "report not published", "the clock stepped back"  # causes
FILLING, FULL = "disk is filling up", "disk is full, no file is taken in"  # causes
STEP = timedelta(seconds=1)  # from which a clock that reads less than before is told of

_RAISE_STUCK = """
insert into raw.alerts (cause, place, text, link)
select %(cause)s, s.submission_id, s.file_name, '' from raw.submissions as s
where (s.recorded_at < %(before)s and s.recorded_at > %(since)s or s.recorded_at > %(ahead)s)
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

# Each moment is told of once: of a file that has arrived, of a build or of a signing key, where it is later than what
# the clock says now, or than what it said when the next file came, however short the step was.
_RAISE_CLOCK = """
with moments as (
    select date_trunc('second', ordered_at) as moment, received_at as clock from raw.submissions
    where not is_simulated and replays is null and ordered_at > received_at + %(step)s
    union all
    select date_trunc('second', latest.moment), %(now)s
    from (
        select max(ordered_at) as moment from raw.submissions where not is_simulated
        union all
        select max(cut_at) from raw.builds
        union all
        select unnest(%(others)s::timestamptz[])
    ) as latest
    where latest.moment > %(now)s + %(step)s
), told as (
    select to_char(moment at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC') as place, min(clock) as clock
    from moments group by moment
)

insert into raw.alerts (cause, place, text, link)
select %(cause)s, told.place,
    'What was recorded then is later than ' || to_char(told.clock at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS UTC')
    || ', which the clock said afterwards. Files count in the order in which they were recorded; '
    'compare the clock with a time server.', ''
from told where told.place not in (select place from raw.alerts where cause = %(cause)s)
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
            [*(shown(part, LONGEST) for part in (alert.cause, alert.where, alert.text)), escaped(alert.link)],
        )


def raise_stuck(connection: Connection, now: datetime) -> int:
    """Raise an alert for each file that has come and is not answered; return how many are new."""
    with connection, connection.cursor() as cursor:
        moments = {"before": now - STUCK, "since": now - timedelta(days=7), "ahead": now + STUCK}
        cursor.execute(_RAISE_STUCK, {"cause": UNANSWERED, **moments})
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


def raise_clock(connection: Connection, now: datetime, others: Iterable[datetime] = ()) -> int:
    """Raise an alert for each time at which the clock stepped back; return how many are new.

    `others` are moments that are known beside the warehouse, such as the latest of the signing keys.
    """
    said = {"cause": CLOCK, "now": now, "step": STEP, "others": list(others)}
    with connection, connection.cursor() as cursor:
        cursor.execute(_RAISE_CLOCK, said)
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
            "select a.cause from raw.alerts as a join raw.alerts_sent as s using (alert_no) "
            "where s.sent_at > %s and s.sent_at <= %s) "
            "group by cause order by cause",
            [now - QUIET, now],
        )
        return [
            (message(cause, places, text, link, len(numbers)), numbers)
            for cause, numbers, places, text, link in cursor.fetchall()
        ]


def message(cause: str, places: Sequence[str], text: str, link: str, count: int = 1) -> Message:
    """Return what is sent of a cause that was met `count` times: one line of plain text, whose only link is ours."""
    named = ", ".join(map(inert, places[:MOST_NAMED])) + (
        f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
    )
    times = "" if count == 1 else f" ({count} times)"
    last = f" {escaped(link)}" if link else ""
    return Message(inert(cause), f"Calypso: {inert(cause)}{times}: {named}. {inert(text)}{last}")


def inert(text: str) -> str:
    """Return a text on one line that a chat, or a reader of mail, shows as it stands: no markup, mention or link."""
    return shown(text, LONGEST).replace("://", ": //").replace("www.", "www .").translate(_MARKUP)
