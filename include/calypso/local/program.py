"""A program is one process to keep alive, written down as supervisord and the launcher read it.

supervisord starts the launcher, which takes environment and account of the program from a file that root, or who else
has started all, can read alone: so no program inherits what another needs.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calypso.local import machine


@dataclass(frozen=True)
class Program:
    """One process to keep alive, and what differs from how the others are."""

    name: str
    command: list[str]
    group: str  # groups stop one after the other, the programs of one together
    options: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)  # all of it
    identifier: int | None = None  # the account to begin it under; None for one's own
    directory: str | None = None  # where it begins; None for the home


LAUNCHER = Path(__file__).with_name("launch.py")


def description(home: Path, name: str) -> Path:
    """Return the file in which the launcher finds what it must know of a program."""
    return home / "run" / f"{name}.json"


def described(home: Path, program: Program, mark: Mapping[str, str]) -> str:
    """Return what the launcher must know of a program; `mark` goes into the environment of each."""
    known = {
        "command": program.command,
        "environment": {**program.environment, **mark},
        "identifier": program.identifier,
        "directory": program.directory or str(home),
    }
    return json.dumps(known)


def render(home: Path, control: Path, programs: Iterable[Program]) -> str:
    """Return the configuration of a supervisord that keeps `programs` alive and listens on `control`."""
    logs = home / "logs"
    sections: dict[str, dict[str, object]] = {
        "unix_http_server": {"file": control, "chmod": "0700"},
        "supervisord": {
            "logfile": logs / "supervisord.log",
            "pidfile": home / "run" / "supervisord.pid",
            "childlogdir": logs,
            "umask": "077",
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
    }
    if machine.is_root():
        sections["supervisord"]["user"] = "root"  # says that root is meant, not forgotten
    groups: dict[str, list[str]] = {}
    for program in programs:
        groups.setdefault(program.group, []).append(program.name)
        sections[f"program:{program.name}"] = _program(program, home)
    for priority, (group, names) in enumerate(groups.items()):
        sections[f"group:{group}"] = {"programs": ",".join(names), "priority": priority}
    return "\n".join(_section(title, options) for title, options in sections.items())


def _program(program: Program, home: Path) -> dict[str, object]:
    launch = [sys.executable, "-I", "-S", str(LAUNCHER), str(description(home, program.name))]
    return {
        "command": shlex.join(launch),
        "stdout_logfile": home / "logs" / f"{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 3,
        "redirect_stderr": "true",
        "autorestart": "true",
        "startretries": 20,
        "stopasgroup": "true",
        "killasgroup": "true",
        **program.options,
    }


def _section(title: str, options: Mapping[str, object]) -> str:
    lines = [f"{key} = {str(value).replace('%', '%%')}\n" for key, value in options.items()]
    return f"[{title}]\n{''.join(lines)}"
