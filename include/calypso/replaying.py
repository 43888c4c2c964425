"""Replaying judges past submissions again under the rules of today: what would change is seen first, and then done.

A replay is a submission of its own, with the bytes, the name and the arrival of the one it replays: it goes the whole
line once more, has a receipt of its own, and counts in the place of the other from the next build on. What was known
before stays known. A file that today's rules would refuse as a whole is left as it is: its sender must be asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from calypso import ledger
from calypso.legible import escaped
from calypso.submission import Submission

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

REPLAYABLE = ("accepted", "partly_accepted", "rejected")

_CHOSEN = """
select distinct on (coalesce(s.replays, s.submission_id)) s.submission_id
from raw.submissions as s
join raw.submission_states as t on t.submission_id = s.submission_id and t.state = any(%(states)s)
where s.duplicate_of is null
    and (%(administrations)s is null or s.administration_code = any(%(administrations)s))
    and (%(first_day)s is null or s.reporting_day >= %(first_day)s)
    and (%(last_day)s is null or s.reporting_day <= %(last_day)s)
order by coalesce(s.replays, s.submission_id), length(s.submission_id) desc, s.submission_id desc
"""


@dataclass(frozen=True)
class Choice:
    """Which submissions to replay: of which administrations and reporting days; None for all."""

    administrations: Sequence[str] | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Judged:
    """What today's rules say of a submission."""

    submission: Submission
    state: str
    quarantined: frozenset[int]  # physical row numbers
    rule_pack: str


@dataclass(frozen=True)
class Change:
    """What a replay of a submission would change; rows are physical row numbers."""

    submission_id: str
    administration: str
    file_name: str
    state: str
    state_today: str
    rows_failing: tuple[int, ...]  # accepted then, quarantined today
    rows_passing: tuple[int, ...]  # quarantined then, accepted today

    @property
    def is_refused(self) -> bool:
        """Tell whether today's rules refuse the whole of a file that counted: it is not replayed."""
        return self.state_today == "rejected" and self.state != "rejected"

    def __str__(self) -> str:
        told = f"{escaped(self.file_name)} of {self.administration}: {self.state}"
        told += f" -> {self.state_today}" if self.state_today != self.state else ""
        for rows, what in ((self.rows_failing, "fail"), (self.rows_passing, "pass")):
            told += f"; rows that now {what}: {', '.join(map(str, rows[:20]))}" if rows else ""
        return told + ("; left as it is, ask its sender" if self.is_refused else "")

    def told(self) -> Mapping[str, Any]:
        """Return the change as data."""
        return asdict(self)


class Judge(Protocol):
    """Judges submissions by today's rules, and keeps nothing."""

    def __call__(self, submissions: Sequence[Submission]) -> Sequence[Judged]:
        """Return what the rules say, in the order of the submissions."""


def chosen(connection: Connection, choice: Choice) -> Sequence[Submission]:
    """Return the reports of a choice as they were last judged, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, {**asdict(choice), "states": list(REPLAYABLE)})
        found = [submission_id for (submission_id,) in cursor.fetchall()]
    return [one for one in ledger.submissions(connection, found) if one.name and one.name.purpose == "report"]


def preview(connection: Connection, submissions: Sequence[Submission], judge: Judge) -> list[Change]:
    """Return what replays would change; nothing is written."""
    return [change for change, _ in _compared(connection, submissions, judge)]


def replay(connection: Connection, submissions: Sequence[Submission], judge: Judge) -> list[str]:
    """Record a replay of each submission that today's rules judge otherwise; return their ids.

    Run again, or stopped and run on, it passes over what has been replayed under these rules.
    """
    recorded = []
    for change, judged in _compared(connection, submissions, judge):
        if not change.is_refused:
            with connection:
                if (new := _record(connection, judged.submission, judged.rule_pack)) is not None:
                    recorded.append(new)
    return recorded


def _compared(
    connection: Connection, submissions: Sequence[Submission], judge: Judge
) -> Iterator[tuple[Change, Judged]]:
    """Yield the submissions of which today's rules say something else."""
    states, rows = _then(connection, submissions)
    for judged in judge(submissions):
        key = judged.submission.submission_id
        was = rows.get(key, {})
        failing = sorted(number for number in judged.quarantined if was.get(number) == "accepted")
        passing = sorted(n for n, said in was.items() if said == "quarantined" and n not in judged.quarantined)
        if failing or passing or judged.state != states[key]:
            about = key, judged.submission.administration, judged.submission.file_name
            yield Change(*about, states[key], judged.state, tuple(failing), tuple(passing)), judged


def _then(
    connection: Connection, submissions: Sequence[Submission]
) -> tuple[Mapping[str, str], Mapping[str, Mapping[int, str]]]:
    """Return the states in which submissions ended, and the verdicts on their rows."""
    keys = [one.submission_id for one in submissions]
    rows: dict[str, dict[int, str]] = {}
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select submission_id, state from raw.submission_states where submission_id = any(%s) and state = any(%s)",
            [keys, list(REPLAYABLE)],
        )
        states = dict(cursor.fetchall())
        cursor.execute(
            "select submission_id, row_number, verdict from raw.seizure_rows where submission_id = any(%s)", [keys]
        )
        for submission_id, number, said in cursor.fetchall():
            rows.setdefault(submission_id, {})[number] = said
    return states, rows


def _record(connection: Connection, submission: Submission, rule_pack: str) -> str | None:
    """Record a replay, unless there is one under these rules."""
    ledger.lock(connection, submission.administration)
    with connection.cursor() as cursor:
        cursor.execute("select replays from raw.submissions where submission_id = %s", [submission.submission_id])
        first = (cursor.fetchone() or [None])[0] or submission.submission_id
        cursor.execute(
            "select count(*), coalesce(bool_or(replayed_under = %s), false) from raw.submissions where replays = %s",
            [rule_pack, first],
        )
        [count, is_there] = cursor.fetchone() or [0, False]
    if is_there:
        return None
    new = replace(submission, submission_id=f"{first}-r{count + 1:03}")
    ledger.record_replay(connection, new, first, rule_pack)
    return new.submission_id
