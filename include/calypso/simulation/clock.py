"""Simulated moments of arrival, and the file in which they stand beside the simulated files."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from calypso.deadlines import deadline

HEADER = ("administration", "file_name", "sha256", "arrived_at")
FIRST_HOUR = 17  # local time from which offices send the file of the day


def write_clock(path: Path, arrivals: Iterable[tuple[str, str, str, datetime]]) -> None:
    """Write when each file arrived, in the order of arrival; times in UTC, to the minute."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for code, name, sha256, at in sorted(arrivals, key=lambda arrival: (arrival[3], arrival[0], arrival[1])):
            writer.writerow((code, name, sha256, f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"))


def in_time(day: date, cut_off: time, zone: str, rng: Random) -> datetime:
    """Return a minute between the evening of the reporting day and shortly before its deadline."""
    due = deadline(day, cut_off, zone)
    evening = datetime.combine(day, time(FIRST_HOUR), ZoneInfo(zone)).astimezone(UTC)
    span = int((due - evening).total_seconds() // 60)
    return evening + timedelta(minutes=min(int(rng.betavariate(1.6, 2.2) * span), span - 5))


def too_late(day: date, cut_off: time, zone: str, rng: Random) -> datetime:
    """Return a minute after the deadline, at most three days."""
    return deadline(day, cut_off, zone) + timedelta(minutes=rng.randint(20, 3 * 24 * 60))
