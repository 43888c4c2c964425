"""Supervision is one supervisord in each home: it starts, restarts and stops our processes and no others."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from calypso.local import control_group, machine, secrets
from calypso.local.program import Program, described, description, render

MARK = "CALYPSO_SUPERVISED"  # in the environment of everything we start: this home's processes are known by it
BARE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
LONGEST_SOCKET = 100  # a unix socket's path ends at 107 characters, and supervisord adds its pid


class _Socket(xmlrpc.client.Transport):
    """XML-RPC over the unix socket of supervisord."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = str(path)

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self._path)
        return connection


def start(home: Path, programs: Sequence[Program]) -> None:
    """Start supervisord with its programs; those which do not say otherwise start at once.

    It has no environment to speak of: what a program needs stands in the program's own file.
    """
    configuration = home / "supervisord.conf"
    folder = _socket_path(home).parent
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise machine.CannotServe(f"{folder} belongs to another account: set CALYPSO_HOME to another folder.")
    mark = {MARK: str(home)}
    secrets.write(configuration, render(home, _socket_path(home), programs))
    for program in programs:
        secrets.write(description(home, program.name), described(home, program, mark))
    subprocess.run(
        control_group.within(
            control_group.create(home), [sys.executable, "-P", "-m", "supervisor.supervisord", "-c", configuration]
        ),
        env={**BARE, **mark},
        cwd=home,
        check=True,
    )
    _wait(lambda: is_running(home), 10, "The process manager does not answer; logs/supervisord.log says why.")
    _session_file(home).write_text(str(_call(home, "getPID")))


def is_running(home: Path) -> bool:
    """Tell whether this home's supervisord answers."""
    if not _socket_path(home).exists():
        return False
    try:
        return bool(_call(home, "getState"))
    except (OSError, http.client.HTTPException):
        return False
    except xmlrpc.client.Fault:  # it answers that it is shutting down
        return False


def processes(home: Path) -> dict[str, dict[str, Any]]:
    """Return what supervisord knows of each program, by name; nothing if it is down."""
    if not is_running(home):
        return {}
    return {process["name"]: process for process in _call(home, "getAllProcessInfo")}


def ensure(home: Path, names: Iterable[str]) -> list[str]:
    """Start those of `names` which neither run nor are starting, all at the same time; return them."""
    known = processes(home)
    down = [name for name in names if known[name]["statename"] not in {"RUNNING", "STARTING", "BACKOFF"}]
    for name in down:
        _call(home, "startProcess", f"{known[name]['group']}:{name}", False)
    return down


def wait(home: Path, names: Iterable[str]) -> None:
    """Wait until each of `names` has run for as long as supervisord asks before it calls a program running."""
    for name in names:
        _wait(
            lambda name=name: processes(home)[name]["statename"] == "RUNNING",
            60,
            f"{name} does not stay up; logs/{name}.log says why.",
        )


def stop(home: Path) -> None:
    """Stop everything of this home, supervisord last, and what a killed process may have left behind."""
    if is_running(home):
        _call(home, "shutdown")
    _wait(
        lambda: not _holds_socket(home),
        60,
        "The process manager does not stop; logs/supervisord.log says why.",
    )
    for sign, patience in ((signal.SIGTERM, 2), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + patience
        for pid in remnants(home):
            _signal(pid, sign)
        while remnants(home) and time.monotonic() < deadline:
            time.sleep(0.1)
    control_group.remove(home)
    _session_file(home).unlink(missing_ok=True)
    if _socket_path(home).parent != home / "run":
        shutil.rmtree(_socket_path(home).parent, ignore_errors=True)


def remnants(home: Path) -> list[int]:
    """Return the living processes this home has started, by session or by mark (where /proc tells)."""
    session = _session_file(home).read_text() if _session_file(home).exists() else ""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_ours(entry, home, session)]


def _is_ours(entry: Path, home: Path, session: str) -> bool:
    try:
        if f"{MARK}={home}".encode() in (entry / "environ").read_bytes().split(b"\0"):
            return True
        # Airflow and PostgreSQL write their titles over their environment: their session and place stay.
        return str(os.getsid(int(entry.name))) == session and (entry / "cwd").readlink().is_relative_to(home)
    except OSError:  # it has ended since, or is not ours to look into
        return False


def _session_file(home: Path) -> Path:
    return home / "run" / "session"


def _socket_path(home: Path) -> Path:
    path = home / "run" / "supervisor.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"calypso-{digest}" / "supervisor.sock"


def _holds_socket(home: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(_socket_path(home))) == 0


def _call(home: Path, method: str, *arguments: object) -> Any:
    proxy = xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=_Socket(_socket_path(home)))
    with proxy:
        return getattr(proxy.supervisor, method)(*arguments)


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _wait(condition: Any, seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise machine.CannotServe(otherwise)
        time.sleep(0.05)
