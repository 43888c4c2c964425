"""The inbox is where an administration drops files; what is whole there is pulled into landing and the ledger."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import arrival, landing, ledger, warehouse
from calypso.arrival import Arrival
from calypso.registry import operation_of
from calypso.settings import Settings
from calypso.submission import Submission, identify, parse_name, unfinished

if TYPE_CHECKING:
    from paramiko import SFTPClient


@dataclass(frozen=True)
class Drop:
    """One regular file in an inbox, as the server lists it."""

    file_name: str
    size: int
    modified: int  # seconds since 1970, as the server tells it


def pull(sftp: SFTPClient, administration: str, settings: Settings) -> list[str]:
    """Pull every whole file of an administration's inbox; return the ids of all its unanswered submissions.

    A file leaves the inbox only when its bytes have landed and the ledger knows it, so a pull that is
    killed loses nothing and, run again, takes nothing twice.
    """
    folder = f"/{administration}/inbox"
    with warehouse.session(settings.warehouse("loader")) as connection:
        for arrived, drop in _in_order_of_arrival(sftp, administration, settings):
            path = f"{folder}/{drop.file_name}"
            sha256 = fetch(sftp, path, drop, settings.landing)
            if sha256 is None:
                continue
            with connection:
                ledger.lock(connection, administration)
                ledger.record(connection, _submission(administration, drop, sha256, arrived))
            if _as_listed(sftp, path, drop):
                sftp.remove(path)
        with connection:
            return ledger.unanswered(connection, administration)


def _in_order_of_arrival(sftp: SFTPClient, administration: str, settings: Settings) -> Sequence[tuple[Arrival, Drop]]:
    """Return the settled files with their arrival: of two drops of one file the later is the duplicate."""
    found = [
        (arrival.of(administration, drop.file_name, settings.simulated_clock), drop)
        for drop in settled(sftp, f"/{administration}/inbox", settings.settle_seconds)
    ]
    return sorted(found, key=lambda pair: pair[0].at)


def drops(sftp: SFTPClient, folder: str) -> dict[str, Drop]:
    """Return the files of a folder by name, without those still being written, links and folders."""
    return {
        entry.filename: Drop(entry.filename, entry.st_size or 0, int(entry.st_mtime or 0))
        for entry in sftp.listdir_attr(folder)
        if stat.S_ISREG(entry.st_mode or 0) and not unfinished(entry.filename)
    }


def settled(sftp: SFTPClient, folder: str, seconds: float) -> Iterator[Drop]:
    """Yield the files whose size and time have stood still for `seconds`, oldest first."""
    before = drops(sftp, folder)
    if not before:
        return
    time.sleep(seconds)
    after = drops(sftp, folder)
    yield from sorted(
        (drop for name, drop in after.items() if before.get(name) == drop),
        key=lambda drop: (drop.modified, drop.file_name),
    )


def fetch(sftp: SFTPClient, path: str, drop: Drop, landing_store: Path) -> str | None:
    """Bring the bytes of a file into the landing store and return their SHA-256.

    None where the file changed meanwhile: what landed then is part of no submission, and a later pull
    takes the file when it is whole.
    """
    sha256, size = landing.keep(landing_store, lambda draft: sftp.getfo(path, draft))
    return sha256 if size == drop.size and _as_listed(sftp, path, drop) else None


def _as_listed(sftp: SFTPClient, path: str, drop: Drop) -> bool:
    """Tell whether a file is still the one that was listed."""
    entry = sftp.lstat(path)
    return Drop(drop.file_name, entry.st_size or 0, int(entry.st_mtime or 0)) == drop


def _submission(administration: str, drop: Drop, sha256: str, arrived: Arrival) -> Submission:
    name = parse_name(drop.file_name)
    operation = operation_of(administration, name.day) if name else None
    return Submission(
        submission_id=identify(administration, drop.file_name, sha256),
        administration=administration,
        file_name=drop.file_name,
        name=name,
        operation=operation.code if operation else None,
        sha256=sha256,
        size=drop.size,
        modified_at=datetime.fromtimestamp(drop.modified, UTC),
        received_at=arrived.at,
        simulated=arrived.simulated,
    )
