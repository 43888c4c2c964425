"""Usage counts what an account has in its inbox, and refuses what would go beyond its quota before it is written.

The inbox is counted when the account comes in. From then on each request adds and takes what it changes, and the count
is made anew now and then, since the hub removes files, too; before anything is refused it is made anew in any case.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from asyncssh import SFTPFailure

from calypso import sender_limits, space

# How long a count is trusted, in times of the processor time that it took: that of a crowded inbox costs others no more
# than that of an empty one.
FRESH = 20  # where it would refuse something
STALE = 100
LEAST = 1.0  # seconds before it is made anew where it refuses nothing
LOOKED = 1.0  # seconds for which the free space of the disk is trusted


class Usage:
    """The bytes and entries in the inbox of one account. A file counts by its length, and while it is open."""

    def __init__(self, inbox: Path, least_percent: float, opened: Callable[[], Iterable[Any]]) -> None:
        """Count nothing yet: `opened` returns the file objects that the account has open."""
        self.bytes = self.entries = 0
        self._inbox, self._least_percent, self._opened = inbox, least_percent, opened
        self._counted = self._looked = float("-inf")
        self._took = 0.0  # seconds of processor time, for the last count
        self._is_full = False

    def may_grow(self, size: int, by: int) -> None:
        """Refuse a file that would become `size` bytes long, or an inbox that would become so by `by` bytes."""
        if size > sender_limits.FILE_BYTES:
            raise SFTPFailure(f"A file may have at most {sender_limits.FILE_BYTES // sender_limits.MEGABYTE} MB.")
        if by <= 0:
            return
        self._disk_has_room()
        if not self._fits(lambda: self.bytes + by <= sender_limits.INBOX_BYTES):
            raise SFTPFailure(
                f"Your inbox is at its quota of {sender_limits.INBOX_BYTES // sender_limits.MEGABYTE} MB: "
                "wait until the files in it have been taken, or remove some."
            )

    def may_add(self) -> None:
        """Refuse one more file or folder where there are too many."""
        self._disk_has_room()
        if not self._fits(lambda: self.entries < sender_limits.INBOX_ENTRIES):
            raise SFTPFailure(
                f"Your inbox is at its quota of {sender_limits.INBOX_ENTRIES} files and folders: "
                "wait until the files in it have been taken, or remove some."
            )

    def change(self, entries: int = 0, size: int = 0) -> None:
        """Add what a request has changed."""
        self.entries += entries
        self.bytes += size

    def is_open(self, found: os.stat_result) -> bool:
        """Tell whether the account has this file open, so that its bytes stay when its name is removed."""
        return any(os.path.samestat(found, os.fstat(file.fileno())) for file in self._opened() if not file.closed)

    def _fits(self, fits: Callable[[], bool]) -> bool:
        """Count anew where the count is old, or where it would refuse and is not fresh."""
        age = time.monotonic() - self._counted
        if age > max(LEAST, STALE * self._took) or (age > FRESH * self._took and not fits()):
            self._count()
        return fits()

    def _count(self) -> None:
        began = time.thread_time()
        self.entries = self.bytes = 0
        waiting = [os.fsencode(self._inbox)]
        while waiting:
            with suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # taken or removed meanwhile
                        found = entry.stat(follow_symlinks=False)
                        self.entries += 1
                        if stat.S_ISDIR(found.st_mode):
                            waiting.append(entry.path)
                        elif stat.S_ISREG(found.st_mode):
                            self.bytes += found.st_size
        for file in self._opened():
            if not file.closed and (found := os.fstat(file.fileno())).st_nlink == 0:
                self.bytes += found.st_size
        self._counted = time.monotonic()
        self._took = time.thread_time() - began

    def _disk_has_room(self) -> None:
        now = time.monotonic()
        if now - self._looked > LOOKED:
            self._looked, self._is_full = now, space.disk(self._inbox).is_below(self._least_percent)
        if self._is_full:
            raise SFTPFailure("The server has no room for files at the moment: send this one again later.")
