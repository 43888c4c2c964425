"""Courtesy lets the work of whoever brings much go behind that of those who bring little."""

from __future__ import annotations

import os
from collections.abc import Iterable

MANY = 50  # files
MUCH = 16 * 1024**2  # bytes
STEP_BACK = 10  # of niceness: a tenth of the processor, while others want it


def give_way(sizes: Iterable[int]) -> bool:
    """Let this process, from now on, go behind others where files of these sizes (bytes) are many or large.

    Tell whether it does. There is no way back: it is for a process that ends with its task.
    """
    found = list(sizes)
    if len(found) <= MANY and sum(found) <= MUCH:
        return False
    os.nice(STEP_BACK)
    return True
