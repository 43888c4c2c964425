"""Publishing lays the results of an operation where a person finds them, when they differ from those that lie there.

They lie in `reports/<operation>/results`, with results.json beside them: as known when, and the hashes of their figures
and files. It is written last: a publication that was killed is made again, and ends in the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso import building, warehouse
from calypso.registry import operations
from calypso.report.due import OPEN, ended
from calypso.report.results.making import NAME, make, name
from calypso.report.results.results import ask
from calypso.report.turn import turn

if TYPE_CHECKING:
    from calypso.report.results.results import Results
    from calypso.settings import Settings

RECORD = "results.json"


def due(now: datetime) -> Iterator[str]:
    """Yield every operation whose last cut-off has passed, until two weeks later."""
    for operation in operations().values():
        if ended(operation) <= now <= ended(operation) + OPEN:
            yield operation.code


def publish_due(settings: Settings, now: datetime) -> list[str]:
    """Publish what is due and has changed, and return it; the warehouse is built first where its cut is too early."""
    waiting = list(due(now))
    if not waiting:
        return []
    until = building.cut_after(settings, max(ended(operations()[one]) for one in waiting), now)
    return [one for one in waiting if publish(settings, one, until)]


def publish(settings: Settings, operation: str, known_at: datetime) -> bool:
    """Lay out the results of an operation as known at a moment; tell whether anything was written.

    What lies there stays where its figures are the same or known later; what of it was lost is laid out again.
    """
    with turn(settings):
        place = folder(settings, operation)
        lying = _record(place)
        if lying and datetime.fromisoformat(lying["known_at"]) >= known_at:
            known_at = datetime.fromisoformat(lying["known_at"])
            if _is_whole(place, lying):
                return False
        results = _ask(settings, operation, known_at)
        if lying and lying["figures_sha256"] == results.sha256() and _is_whole(place, lying):
            return False
        _lay(place, results)
        return True


def draft(settings: Settings, operation: str, known_at: datetime, language: str) -> Mapping[str, bytes]:
    """Make the files of one language, by format, without publishing them."""
    made = make(_ask(settings, operation, known_at), [language])
    return {kind: content for (_, kind), content in made.items()}


def folder(settings: Settings, operation: str) -> Path:
    """Return where a person finds the results of an operation."""
    return settings.home / "reports" / operation / NAME


def _lay(place: Path, results: Results) -> None:
    """Write every file and then the record of them, each as a whole."""
    files = {name(*key): content for key, content in make(results).items()}
    record = {
        "operation": results.operation,
        "known_at": results.known_at.isoformat(),
        "figures_sha256": results.sha256(),
        "files": {called: hashlib.sha256(content).hexdigest() for called, content in sorted(files.items())},
    }
    place.mkdir(parents=True, exist_ok=True)
    for called, content in {**files, RECORD: json.dumps(record, indent=2).encode() + b"\n"}.items():
        part = place / f".{called}.part"
        part.write_bytes(content)
        part.replace(place / called)


def _record(place: Path) -> Mapping[str, Any] | None:
    """Return what the record says lies there; None before the first publication was done."""
    path = place / RECORD
    return dict(json.loads(path.read_bytes())) if path.exists() else None


def _is_whole(place: Path, lying: Mapping[str, Any]) -> bool:
    """Tell whether every file lies there as it was recorded."""
    return all(
        (place / called).exists() and hashlib.sha256((place / called).read_bytes()).hexdigest() == sha256
        for called, sha256 in lying["files"].items()
    )


def _ask(settings: Settings, operation: str, known_at: datetime) -> Results:
    with warehouse.session(warehouse.as_analyst(settings)) as marts:
        return ask(marts, operation, known_at)
