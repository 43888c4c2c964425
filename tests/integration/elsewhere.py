"""A process that stands for programs at other machines takes no processor here that anything else wants."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from calypso.local import control_group

GROUP = Path("/elsewhere")  # no home: the control group of such processes alone


def enter() -> None:
    """Let this process and all it starts yield the processor to whatever else runs."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(PermissionError):  # it leads a session already
        os.setsid()
    if group := control_group.create(GROUP):
        (group / "cpu.idle").write_text("1")
        (group / control_group.MEMBERS).write_text(str(os.getpid()))
    with suppress(OSError):  # where Linux does not weigh sessions
        Path("/proc/self/autogroup").write_text("19")


def leave() -> None:
    """Remove what such processes have left, once they have ended."""
    control_group.remove(GROUP)
