"""The deliveries of an operation: of every report that is due, one status, and whether it came in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from replay.standing import counting
from replay.submission import Submission

from calypso.registry import Operation, participants


def days_of(operation: Operation) -> list[date]:
    """Return the days of an operation."""
    length = (operation.ends_on - operation.starts_on).days + 1
    return [operation.starts_on + timedelta(days=past) for past in range(length)]


def deliveries(
    operation: Operation, zones: Mapping[str, str], files: Sequence[Submission], at: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what a moment knows of every report that is due; `zones` are those of the administrations."""
    for administration in participants(operation):
        zone = ZoneInfo(zones[administration])
        own = [file for file in files if (file.operation, file.administration) == (operation.code, administration)]
        for dataset in operation.datasets:
            for day in days_of(operation):
                about = [file for file in own if (file.dataset, file.day) == (dataset, day)]
                deadline = datetime.combine(day + timedelta(days=1), operation.cut_off, zone)
                yield {
                    "administration_code": administration,
                    "dataset": dataset,
                    "reporting_day": day,
                    "deadline_at": deadline,
                    **_delivery(about, deadline, zone, at),
                }


def _delivery(about: Sequence[Submission], deadline: datetime, zone: ZoneInfo, at: datetime) -> dict[str, Any]:
    """Return status and timeliness of one delivery, from all files that are about it."""
    reports = [file for file in about if file.is_report and not file.duplicate_of and file.received_from <= at]
    spoken = [file for file in reports if file.known(at) and file.reports]
    current = counting(spoken, at)
    if current:
        status = str(current[0].final_state)
    elif any(not file.known(at) for file in reports):
        status = "received"
    elif any(file.final_state == "rejected" for file in reports):
        status = "rejected"
    elif _excused(about, zone, at):
        status = "excused"
    else:
        status = "missing" if deadline < at else "expected"
    first = min((file.received_at for file in spoken), default=None)
    late = deadline < at and status != "excused" if first is None else first > deadline
    return {
        "status": status,
        "timeliness": "late" if late else "on_time",
        "first_received_at": first,
        "files_received": len(reports),
        "submission_id": current[0].submission_id if current else None,
    }


def _excused(about: Iterable[Submission], zone: ZoneInfo, at: datetime) -> bool:
    """Tell whether an excuse holds: until its last day is over where the administration is."""
    return any(
        excuse.verdict == "accepted" and at < _end_of(excuse.expires_on, zone)
        for file in about
        if file.final_state == "noted" and file.known(at)
        for excuse in file.excuses
    )


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
