"""The memory of an administration's cases in one operation: what stood of them in every period, and what changed it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from replay.standing import Cases, Reading, Subject, Told, counting
from replay.submission import Submission


@dataclass(frozen=True)
class Period:
    """That one row told of a case or an item: from one moment until before another, None while it does.

    Each end has the files by which it may have come: one wherever a file says something about the case or item itself.
    """

    told: Told
    known_from: datetime
    known_by: frozenset[str]
    known_to: datetime | None = None
    ended_by: frozenset[str] = frozenset()


class Memory:
    """What was known of one administration's cases, at every moment at which that changed."""

    def __init__(self, files: Iterable[Submission]) -> None:
        reports = [file for file in files if file.reports and file.dataset == "seizures"]
        self.moments = sorted({file.known_from for file in reports if file.known_from})
        self.readings = [Reading(counting(reports, moment)) for moment in self.moments]
        self.periods = self._periods()

    def cases(self, at: datetime) -> Cases:
        """Return the cases that stand at a moment."""
        past = [reading.cases for moment, reading in zip(self.moments, self.readings, strict=True) if moment <= at]
        return past[-1] if past else {}

    def since(self, at: datetime, subject: Subject) -> datetime:
        """Return since when the row that tells of a case or an item at a moment has done so without a break."""
        [began] = [
            period.known_from
            for period in self.periods[subject]
            if period.known_from <= at and (period.known_to is None or at < period.known_to)
        ]
        return began

    def days(self) -> dict[str, tuple[datetime, datetime | None, str | None, str | None]]:
        """Return of each file that ever counted: from when, until when, instead of which, and which instead of it."""
        told: dict[str, tuple[datetime, datetime | None, str | None, str | None]] = {}
        counts: dict[date | None, str] = {}
        for moment, reading in zip(self.moments, self.readings, strict=True):
            for file in reading.files:
                new, before = file.submission_id, counts.get(file.day)
                if new == before:
                    continue
                told[new] = (moment, None, before, None)
                if before:
                    told[before] = (told[before][0], moment, told[before][2], new)
                counts[file.day] = new
        return told

    def _periods(self) -> dict[Subject, list[Period]]:
        periods: dict[Subject, list[Period]] = {}
        running: dict[Subject, Period] = {}
        before = Reading()
        for moment, reading in zip(self.moments, self.readings, strict=True):
            now = reading.subjects
            for subject, period in list(running.items()):
                if subject not in now or now[subject].by != period.told.by:
                    ended = Period(
                        period.told, period.known_from, period.known_by, moment, _causes(subject, before, reading)
                    )
                    periods.setdefault(subject, []).append(ended)
                    del running[subject]
            for subject, told in now.items():
                if subject not in running:
                    running[subject] = Period(told, moment, _causes(subject, before, reading))
            before = reading
        for subject, period in running.items():
            periods.setdefault(subject, []).append(period)
        return periods


def _causes(subject: Subject, before: Reading, after: Reading) -> frozenset[str]:
    """Return the files by which a case or an item may have changed between two readings.

    It is the one that had the last word about it, if that is new. Otherwise something else that was said of the case is
    no longer said, or is said for the first time: any new file of a day on which the case is or was mentioned.
    """
    known = {file.submission_id for file in before.files}
    last = after.last.get(subject)
    if last and last.submission_id not in known:
        return frozenset([last.submission_id])
    mentioned = {
        file.day
        for file in (*before.files, *after.files)
        for row in file.rows
        if row["verdict"] == "accepted" and row["case_ref"] == subject[0]
    }
    new = [file for file in after.files if file.submission_id not in known]
    return frozenset(file.submission_id for file in new if file.day in mentioned)
