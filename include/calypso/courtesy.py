"""Courtesy lets the work of whoever brings much go behind that of those who bring little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

MANY = 5  # files: who reports each day brings one or two
CROWD = 100  # files: more than any hand has written
MUCH = 16 * 1024**2  # bytes
STEP_BACK = 10  # of niceness: a tenth of the processor, while others want it
TRICKLE = 1024**2  # bytes a second, while others want the processor

PRESSURE = Path("/proc/pressure/cpu")
BUSY = 25  # percent of the last ten seconds in which somebody waited for a processor
BEGINNING = 10  # seconds in which those who come at the same time are seen to be there
PATIENCE = 600  # seconds after which nobody waits any longer for the others to be done


def give_way(sizes: Iterable[int]) -> bool:
    """Let this process, from now on, go behind others where files of these sizes (bytes) are many or large.

    Tell whether it does. There is no way back: it is for a process that ends with its task.
    """
    found = list(sizes)
    if len(found) <= MANY and sum(found) <= MUCH:
        return False
    os.nice(STEP_BACK)
    return True


class Turn:
    """When the turn of one inbox comes: at once, or where a crowd or something large lies there, after the others.

    Then it comes when nobody has waited for a processor for some seconds, and after ten minutes in any case.
    """

    def __init__(self) -> None:
        """Begin with nothing that waits."""
        self._since: float | None = None

    def has_come(self, sizes: Iterable[int]) -> bool:
        """Tell whether files of these sizes (bytes) may be pulled now."""
        found = list(sizes)
        if len(found) > CROWD or sum(found) > MUCH:
            now = time.monotonic()
            self._since = now if self._since is None else self._since
            waited = now - self._since
            if waited < BEGINNING or (is_busy() and waited < PATIENCE):
                return False
        self._since = None
        return True


def is_busy() -> bool:
    """Tell whether this machine's processors were wanted by more than they could serve; Linux alone knows."""
    try:
        told = PRESSURE.read_text(encoding="ascii")
    except OSError:
        return False
    return float(told.partition("avg10=")[2].split()[0]) > BUSY


class Pace:
    """How fast a pull may read: what goes beyond `MUCH` bytes trickles while others want the processor.

    The SFTP server is one for all, and knows nothing of niceness.
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._read, self._due = 0, 0.0

    def of_one_file(self) -> Callable[[int], None]:
        """Return what to call with the bytes that one file has had until now: it waits as it must."""
        before = self._read

        def wait(had: int) -> None:
            more, self._read = before + had - self._read, before + had
            if self._read > MUCH and is_busy():
                now = time.monotonic()
                self._due = max(self._due, now) + more / TRICKLE
                time.sleep(self._due - now)

        return wait
