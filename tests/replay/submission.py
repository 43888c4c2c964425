"""A submission is one file as it lies in raw: whose it is, when it came, what became of it, and what its rows say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]  # one row of raw by its columns, typed; what is empty is None or not there

REPORTING = ("accepted", "partly_accepted", "nil")  # the final states in which a file says what happened on its day


@dataclass(frozen=True)
class Excuse:
    """That a day cannot be reported yet, and the last day on which this holds in the administration's zone."""

    row_number: int
    expires_on: date
    verdict: str = "accepted"


@dataclass(frozen=True)
class Submission:
    """A file. It has a final state, and is known since a moment, once a build knows what became of it."""

    submission_id: str
    operation: str | None
    administration: str
    dataset: str | None
    day: date | None  # reporting day
    version: int | None
    file_name: str
    sha256: str
    received_at: datetime
    recorded_at: datetime
    simulated: bool = False
    duplicate_of: str | None = None
    final_state: str | None = None
    known_from: datetime | None = None
    rows: tuple[Row, ...] = field(default=(), repr=False)
    excuses: tuple[Excuse, ...] = ()

    @property
    def received_from(self) -> datetime:
        """Return since when it can be told that the file has come: a simulated one came when it says so."""
        return self.received_at if self.simulated else self.recorded_at

    @property
    def is_report(self) -> bool:
        """Tell from its name whether the file reports a day, and neither tries it out nor says something about it."""
        return not self.file_name.lower().rsplit(".", 1)[0].endswith(("_test", "_excused", "_ack"))

    @property
    def reports(self) -> bool:
        """Tell whether the file says what happened on its day."""
        return self.final_state in REPORTING

    @property
    def weight(self) -> tuple[int, datetime, str, str]:
        """Return what decides which file of a day counts: the greatest does. A nil report says the least."""
        version = 0 if self.final_state == "nil" else self.version or 0
        return version, self.received_at, self.sha256, self.submission_id

    def known(self, at: datetime) -> bool:
        """Tell whether it is known at a moment what became of the file."""
        return self.known_from is not None and self.known_from <= at
