"""Space watches the disk: engineers hear of it when little is free, and intake ends before nothing is.

What has come in is answered all the same: receipts, notices and the warehouse need what is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calypso.settings import Settings


@dataclass(frozen=True)
class Disk:
    """The file system that holds a folder: bytes that may be written, and bytes in all."""

    folder: Path
    free: int
    size: int

    def is_below(self, percent: float, more: int = 0) -> bool:
        """Tell whether less than `percent` would be free once `more` bytes were written."""
        return (self.free - more) * 100 < self.size * percent

    def __str__(self) -> str:
        """Return how much is free, for a log line or an alert."""
        return f"{self.folder}: {self.free / 1024**3:.1f} GB of {self.size / 1024**3:.1f} GB free"


def disk(folder: Path) -> Disk:
    """Return the disk of a folder, or of the nearest folder above it that exists."""
    found = os.statvfs(_nearest(folder))
    # As `df` counts: what is reserved for root is neither free nor part of the whole.
    free, used = found.f_bavail * found.f_frsize, (found.f_blocks - found.f_bfree) * found.f_frsize
    return Disk(folder, free, used + free)


def watched(settings: Settings) -> Iterator[Disk]:
    """Yield the disks that fill up with what senders bring, each once: landing's, and the SFTP trees' if here."""
    seen = set()
    for folder in (settings.landing, settings.home / "sftp"):
        if folder == settings.landing or folder.exists():
            device = _nearest(folder).stat().st_dev
            if device not in seen:
                seen.add(device)
                yield disk(folder)


def short(settings: Settings, more: int = 0) -> Disk | None:
    """Return a disk on which too little would be free to take `more` bytes in, None while there is enough."""
    return next((one for one in watched(settings) if one.is_below(settings.disk_least_percent, more)), None)


def _nearest(folder: Path) -> Path:
    """Return a folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
