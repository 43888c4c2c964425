"""Courtesy lets the work of whoever brings much go behind that of those who bring little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

MANY = 5  # files: who reports each day brings one or two
MUCH = 16 * 1024**2  # bytes
STEP_BACK = 10  # of niceness: a tenth of the processor, while others want it
TRICKLE = 4 * 1024**2  # bytes a second


def give_way(sizes: Iterable[int]) -> bool:
    """Let this process, from now on, go behind others where files of these sizes (bytes) are many or large.

    Tell whether it does. There is no way back: it is for a process that ends with its task.
    """
    found = list(sizes)
    if len(found) <= MANY and sum(found) <= MUCH:
        return False
    os.nice(STEP_BACK)
    return True


class Pace:
    """How fast a pull may read: `MUCH` bytes as fast as it can, and what goes beyond at a trickle.

    The SFTP server is one for all, and knows nothing of niceness.
    """

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._read, self._due = 0, 0.0

    def of_one_file(self) -> Callable[[int, int], None]:
        """Return what to call with the bytes that one file has had until now, and its size: it waits as it must."""
        before = self._read

        def wait(had: int, _size: int) -> None:
            more, self._read = before + had - self._read, before + had
            if self._read > MUCH:
                now = time.monotonic()
                self._due = max(self._due, now) + more / TRICKLE
                time.sleep(self._due - now)

        return wait
