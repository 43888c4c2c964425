"""A program is one process to keep alive, written down as supervisord reads it."""

from __future__ import annotations

import shlex
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


def render(home: Path, control: Path, programs: Iterable[Program]) -> str:
    """Return the configuration of a supervisord that keeps `programs` alive and listens on `control`."""
    logs = home / "logs"
    sections: dict[str, dict[str, object]] = {
        "unix_http_server": {"file": control, "chmod": "0700"},
        "supervisord": {
            "logfile": logs / "supervisord.log",
            "pidfile": home / "run" / "supervisord.pid",
            "childlogdir": logs,
            "umask": "022",
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
        sections[f"program:{program.name}"] = _program(program, logs)
    for priority, (group, names) in enumerate(groups.items()):
        sections[f"group:{group}"] = {"programs": ",".join(names), "priority": priority}
    return "\n".join(_section(title, options) for title, options in sections.items())


def _program(program: Program, logs: Path) -> dict[str, object]:
    return {
        "command": shlex.join(program.command),
        "stdout_logfile": logs / f"{program.name}.log",
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
