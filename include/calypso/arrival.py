"""The arrival of a file is when the receiving server has it whole; only a simulated operation brings its own clock."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

_AFTER_ALL = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Arrival:
    """A moment, and whether it is a simulated one."""

    at: datetime
    simulated: bool

    @property
    def turn(self) -> datetime:
        """Return when it is the file's turn among those of one pull: those that are not simulated keep their order."""
        return self.at if self.simulated else _AFTER_ALL


def of(administration: str, file_name: str, clock: Path | None) -> Arrival:
    """Return the arrival of a file: the server's clock, unless the simulation's clock knows this file.

    The clock lies where no sender can write; times that a sender can set count for nothing.
    """
    known = _clock(clock, clock.stat().st_mtime_ns) if clock and clock.exists() else {}
    told = known.get((administration, file_name))
    if told is not None:
        return Arrival(told, simulated=True)
    return Arrival(datetime.now(UTC), simulated=False)


def read_clock(path: Path) -> Mapping[tuple[str, str], datetime]:
    """Return when each file arrived, by administration and file name."""
    with path.open(newline="", encoding="utf-8") as file:
        return {
            (row["administration"], row["file_name"]): datetime.fromisoformat(row["arrived_at"])
            for row in csv.DictReader(file)
        }


@cache
def _clock(path: Path, changed: int) -> Mapping[tuple[str, str], datetime]:
    return read_clock(path)
