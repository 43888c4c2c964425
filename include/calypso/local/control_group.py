"""Put the servers of a home in a control group of their own, so that a scheduling policy counts among all of them.

Outside of any group Linux weighs sessions (autogroup), and each connection to PostgreSQL makes one: a reader's, though
its policy is SCHED_IDLE, then keeps a task of another session waiting for its time slice at every turn. In one group
tasks are compared with each other, and one of SCHED_IDLE runs where no other wants to.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from calypso.local import machine

_PROC = Path("/proc")
MEMBERS = "cgroup.procs"
ENDING = 10.0  # seconds that processes may take to end: those of readers come last at the processor


def create(home: Path) -> Path | None:
    """Return the control group of this home, made if it is not there.

    None where an ordinary user starts Calypso, or where whoever runs the machine has put it in a group already.
    """
    group = _group(home)
    if group is None:
        return None
    with suppress(OSError):  # a limit of how many there may be
        group.mkdir(exist_ok=True)
    return group if group.is_dir() else None


def remove(home: Path) -> None:
    """Remove the control group of this home, once the last of its processes have ended.

    What runs on in it keeps it: the next start uses it again.
    """
    group, deadline = _group(home), time.monotonic() + ENDING
    while group is not None and group.is_dir() and time.monotonic() < deadline:
        try:
            group.rmdir()
        except OSError:  # processes that have been ended are still in it
            time.sleep(0.1)


def within(group: Path | None, command: Sequence[str | Path]) -> list[str | Path]:
    """Return a command line that runs `command` in a control group, if there is one and Linux lets it in."""
    if group is None:
        return list(command)
    return ["/bin/sh", "-c", 'echo $$ 2>/dev/null >"$0"; exec "$@"', group / MEMBERS, *command]


def _group(home: Path) -> Path | None:
    """Return where the control group of this home is, or would be."""
    root = _processor_root(_PROC) if machine.is_root() else None
    return root / f"calypso-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}" if root else None


def _processor_root(proc: Path) -> Path | None:
    """Return where the groups that share the processor begin, if this process is in none of them and may make one."""
    own = {}
    for line in (proc / "self" / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    for line in (proc / "mounts").read_text().splitlines():
        _, folder, kind, options, *_ = line.split(" ")
        root = Path(folder)
        if kind == "cgroup" and "cpu" in options.split(",") and own.get("cpu") == "/" and os.access(root, os.W_OK):
            return root
        if kind == "cgroup2" and own.get("") == "/" and "cpu" in _shared(root) and os.access(root, os.W_OK):
            return root
    return None


def _shared(root: Path) -> list[str]:
    """Return the controllers that the groups below the root of cgroup v2 have."""
    with suppress(OSError):
        return (root / "cgroup.subtree_control").read_text().split()
    return []
