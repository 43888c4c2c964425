"""Invented files of one administration in one operation: every turn that a history may take, drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from replay.rows import rows
from replay.submission import REPORTING, Excuse, Submission

from calypso.registry import Operation

KINDS = {"data": 10, "nil": 2, "rejected": 1, "duplicate": 1, "test": 0.5, "excused": 1, "ack": 0.4, "unnamed": 0.2}
REFERENCES = ("A-1", "a-1", "B|2", "Ç 3", "d'4", 'E"5\n')
DAYS = 6  # reported about, from the first of the operation on
MINUTE = timedelta(minutes=1)
# A report comes so long after its deadline: some at the very moment, most before, many days late.
AFTER = [MINUTE * minutes for minutes in (0, 0, -1, -180, -300, -600, 45, 1500, 4320, 8000, 12000)]
RECORDED_AFTER = [MINUTE * minutes for minutes in (0, 0, 2, 90, 900)]
PLAYED = datetime.fromisoformat("2026-01-01 12:00+00:00")  # when simulated files are really recorded


@dataclass(frozen=True)
class Habits:
    """How files come: which part of them is simulated, and whether those come to the build after their moment."""

    simulated: float
    in_order: bool


@dataclass(frozen=True)
class Filing:
    """A file, the build before which it is recorded, and the one before which its end is loaded, both from 0."""

    submission: Submission
    recorded: int
    loaded: int

    def known(self, cuts: Sequence[datetime]) -> Submission:
        """Return the submission as the builds with these cuts know it."""
        one = self.submission
        if self.loaded >= len(cuts):
            return replace(one, final_state=None, rows=(), excuses=())
        return replace(one, known_from=one.received_at if one.simulated else cuts[self.loaded])


class History:
    """What one administration files in one operation: the same for the same seed."""

    def __init__(self, operation: Operation, code: str, zone: str, seed: object) -> None:
        self.operation, self.code, self.zone = operation, code, ZoneInfo(zone)
        self.draw = Random(f"{seed} {operation.code} {code}")
        self.references = self.draw.sample(REFERENCES, 4)
        self.filings: list[Filing] = []

    def file(self, habits: Habits, cuts: Sequence[datetime]) -> list[Filing]:
        """Return its files, without those that come after the last cut."""
        for past in range(DAYS):
            for _ in range(self.draw.choices(range(5), (1, 4, 4, 2, 1))[0]):
                one = self._submission(self.operation.starts_on + timedelta(days=past), habits)
                if (one.received_at if one.simulated else one.recorded_at) <= cuts[-1]:
                    self.filings.append(self._filing(one, habits, cuts))
        return self.filings

    def _filing(self, one: Submission, habits: Habits, cuts: Sequence[datetime]) -> Filing:
        first = [filing.recorded for filing in self.filings if filing.submission.submission_id == one.duplicate_of]
        if one.simulated and not habits.in_order:
            recorded = max([self.draw.randrange(len(cuts)), *first])
        else:
            came = one.received_at if one.simulated else one.recorded_at
            recorded = max([next(number for number, cut in enumerate(cuts) if came <= cut), *first])
        loaded = recorded
        while self.draw.random() < 0.15 and not (one.simulated and habits.in_order):
            loaded += 1
        return Filing(one, recorded, loaded)

    def _submission(self, day: date, habits: Habits) -> Submission:
        [kind] = self.draw.choices(list(KINDS), list(KINDS.values()))
        received = self._received(day)
        simulated = self.draw.random() < habits.simulated
        number = len(self.filings) + self.draw.randrange(10) * 1000  # ids are in no order of time
        made = Submission(
            submission_id=f"{self.operation.code}-{self.code}-{number:05}",
            operation=self.operation.code,
            administration=self.code,
            dataset="seizures",
            day=day,
            version=None,
            file_name="",
            sha256=f"{self.draw.randrange(4):064x}",  # few contents, so that they come again under other names
            received_at=received,
            recorded_at=PLAYED if simulated else received + self.draw.choice(RECORDED_AFTER),
            simulated=simulated,
        )
        originals = [one.submission for one in self.filings if one.submission.final_state in REPORTING]
        if kind == "duplicate" and originals:
            first = self.draw.choice(originals)
            again = {"duplicate_of": first.submission_id, "final_state": "duplicate", "sha256": first.sha256}
            return replace(made, day=first.day, version=first.version, file_name=first.file_name, **again)
        return replace(made, **self._said("data" if kind == "duplicate" else kind, day))

    def _received(self, day: date) -> datetime:
        """Return a moment around the deadline of a day, or that of another file."""
        if self.filings and self.draw.random() < 0.15:
            return self.draw.choice(self.filings).submission.received_at
        deadline = datetime.combine(day + timedelta(days=1), self.operation.cut_off, self.zone)
        return deadline + self.draw.choice(AFTER) + timedelta(microseconds=self.draw.choice((0, 0, 1)))

    def _said(self, kind: str, day: date) -> dict[str, Any]:
        """Return the name, the version, the end and the content of a file of some kind."""
        version = self.draw.choice((1, 1, 1, 2, 2, 3))
        suffix = "" if version == 1 else f"_v{version}"
        name = f"{self.code}_{day}_seizures"
        match kind:
            case "nil" if self.draw.random() < 0.7:
                return {"version": 0, "file_name": f"{name}_nil.csv", "final_state": "nil"}
            case "nil":  # a file with a header and no row
                return {"version": version, "file_name": f"{name}{suffix}.csv", "final_state": "nil"}
            case "rejected":
                held = tuple({**row, "verdict": "quarantined"} for row in rows(self.draw, day, self.references))
                return {"version": version, "file_name": f"{name}.xlsx", "final_state": "rejected", "rows": held}
            case "unnamed":
                nothing = {"operation": None, "dataset": None, "day": None}
                return {**nothing, "file_name": "report of monday.csv", "final_state": "rejected"}
            case "test":
                return {"version": version, "file_name": f"{name}{suffix}_Test.csv", "final_state": "tested"}
            case "ack":
                return {"version": version, "file_name": f"{name}{suffix}_ack.csv", "final_state": "rejected"}
            case "excused":
                return {"version": 1, "file_name": f"{name}_EXCUSED.csv", **self._excused(day)}
        said = rows(self.draw, day, self.references)
        state = "accepted" if {row["verdict"] for row in said} == {"accepted"} else "partly_accepted"
        return {"version": version, "file_name": f"{name}{suffix}.csv", "final_state": state, "rows": said}

    def _excused(self, day: date) -> dict[str, Any]:
        expires = day + timedelta(days=self.draw.choice((0, 1, 2, 4)))
        if self.draw.random() < 0.2:
            return {"final_state": "rejected", "excuses": (Excuse(2, expires, "quarantined"),)}
        return {"final_state": "noted", "excuses": (Excuse(2, expires),)}
