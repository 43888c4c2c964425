"""A process that stands for programs at other machines takes no processor here that the platform wants."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from calypso.local import control_group


def enter(home: Path) -> None:
    """Let this process and all it starts yield to the servers of a home, and to nothing that yields to them itself.

    It joins their group, in which it has as much of what is left as each session of a reader: beside a group of its own
    that yields to theirs, those sessions would leave it nothing, and what it asks of the servers would become harmless.
    """
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(PermissionError):  # it leads a session already
        os.setsid()
    if group := control_group.create(home.absolute()):
        (group / control_group.MEMBERS).write_text(str(os.getpid()))
    with suppress(OSError):  # where Linux does not weigh sessions
        Path("/proc/self/autogroup").write_text("19")
