"""The machine is asked before anything starts whether it can carry the quick start, and says why if not."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from calypso.settings import HOME, OUTSIDE, REPOSITORY, Settings, private_folder

MARKER = ".calypso-home"  # says that a folder is ours: without it nothing is written there, or removed
NEEDED_BYTES = 2 * 1024**3
NEEDED_MEMORY = 3 * 1024**3  # of the whole stack with a replay
LAST_PORT = 65_535
UNPRIVILEGED = "nobody"  # makes the database where root starts all: see postgres


class CannotServe(Exception):
    """The quick start cannot run here; the message is what a person reads, and all of it."""


def check_place(home: Path) -> None:
    """Raise CannotServe for the first reason not to keep the quick start in `home`."""
    check_home(home)
    if is_root():
        check_entrance(home)
    check_disk(home)


def ports(settings: Settings) -> dict[str, int]:
    """Return every port the quick start listens on, by the setting that moves it."""
    return {
        "CALYPSO_WAREHOUSE_PORT": settings.warehouse_port,
        "CALYPSO_SFTP_PORT": settings.sftp_port,
        "CALYPSO_AIRFLOW_PORT": settings.airflow_port,
        "CALYPSO_SITE_PORT": settings.site_port,
    }


def is_root() -> bool:
    """Tell whether this process runs as root, when PostgreSQL needs another account."""
    return os.geteuid() == 0


def check_home(home: Path) -> None:
    """Refuse a home that cannot be written, or that holds what is not ours."""
    ground = _nearest(home)
    if not ground.is_dir():
        raise CannotServe(f"{ground} is a file, so {home} cannot be a folder: set CALYPSO_HOME elsewhere.")
    if not os.access(ground, os.W_OK | os.X_OK):
        raise CannotServe(
            f"{ground} cannot be written by {_me()}: set CALYPSO_HOME to one that can, as /var/tmp/calypso."
        )
    if home.is_dir() and not (home / MARKER).exists() and any(home.iterdir()):
        raise CannotServe(
            f"{home} holds files that are not Calypso's: set CALYPSO_HOME to an empty folder or to none yet."
        )


def check_entrance(home: Path) -> None:
    """Refuse, as root, a home below a folder which the unprivileged account may not enter."""
    if folder := private_folder(home):
        raise CannotServe(
            f"{folder} is private and PostgreSQL, which never runs as root, could not enter {home}. "
            "Set CALYPSO_HOME to a folder it can reach, as /var/tmp/calypso, or leave it unset."
        )


def check_disk(home: Path) -> None:
    """Refuse a disk too full to carry an operation."""
    free = shutil.disk_usage(_nearest(home)).free
    if free < NEEDED_BYTES:
        raise CannotServe(
            f"{home} is on a disk with {free / 1024**3:.1f} GB free and Calypso needs 2 GB: "
            "free some space or set CALYPSO_HOME to another disk."
        )


def check_memory() -> None:
    """Refuse a machine that has too little memory left, where Linux tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    told = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
    free = told["MemAvailable"] + told["SwapFree"]
    if free < NEEDED_MEMORY:
        raise CannotServe(
            f"{free / 1024**3:.1f} GB of memory are free and Calypso needs {NEEDED_MEMORY / 1024**3:.0f} GB: "
            "end other programs, or use a larger machine."
        )


def check_ports(wanted: Mapping[str, int]) -> None:
    """Refuse ports that are taken, or wanted twice."""
    settings_by_port: dict[int, str] = {}
    for setting, port in wanted.items():
        if port in settings_by_port:
            raise CannotServe(f"{settings_by_port[port]} and {setting} are both {port}: give each its own.")
        settings_by_port[port] = setting
        if is_taken(port):
            raise CannotServe(
                f"Port {port} ({setting}) is taken by another program: set {setting} to a free port, "
                "or run `make down` where another clone of Calypso is up."
            )


def free_ports(wanted: Mapping[str, int], fixed: Collection[str]) -> dict[str, int]:
    """Return a port for each setting: the one wanted, or the next that is free; those of `fixed` are never changed.

    Raises CannotServe where a fixed one is taken, or wanted twice.
    """
    found = {setting: port for setting, port in wanted.items() if setting in fixed}
    check_ports(found)
    for setting, first in wanted.items():
        if setting not in fixed:
            others = {*found.values(), *(port for port in wanted.values() if port != first)}
            ports = (port for port in range(first, LAST_PORT + 1) if port not in others and not is_taken(port))
            found[setting] = next(ports, first)
    check_ports(found)
    return found


def is_taken(port: int) -> bool:
    """Tell whether something on this machine's loopback already holds `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what has just been closed is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def prepare_home(home: Path) -> None:
    """Make the home and its marker; everyone may pass through it, each folder inside guards itself."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o711)
    (home / MARKER).touch()
    for name in ("secrets", "keys", "sftp", "landing", "logs"):
        (home / name).mkdir(mode=0o700, exist_ok=True)
    _rearrange(home)


def _rearrange(home: Path) -> None:
    """Bring keys and secrets that an earlier version has laid elsewhere to where they now lie."""
    keys = home / "keys"
    moved = {keys / "hub": home / "hub" / "key", keys / "host": home / "host" / "key"}
    moved |= {path: home / "door" / path.name for end in ("pub", "withdrawn") for path in keys.glob(f"*.{end}")}
    moved[home / "secrets" / "postgres_password"] = home / "secrets" / "superuser" / "postgres_password"
    for old, new in moved.items():
        if old.is_file() and not new.exists():
            new.parent.mkdir(mode=0o755 if new.parent.name == "door" else 0o700, exist_ok=True)
            old.rename(new)


def link_home(home: Path) -> None:
    """Let the clone's own `.calypso` lead to a home that was chosen outside: what guides say of it holds there, too."""
    if home == OUTSIDE and not os.path.lexists(HOME):
        HOME.symlink_to(home)


def unlink_home(home: Path) -> None:
    """Remove the clone's link to a home that was removed, and the folder of such homes where it was the last."""
    if HOME.is_symlink() and HOME.readlink() == home:
        HOME.unlink()
        with suppress(OSError):  # others are in it
            home.parent.rmdir()


def chosen_outside(home: Path) -> str | None:
    """Return the sentence that says why the home lies outside the clone, where it was chosen so."""
    if home != OUTSIDE:
        return None
    return (
        f"{private_folder(HOME) or REPOSITORY} is private, and PostgreSQL, which never runs as root, "
        f"could not enter it: all data lie in {home}"
    )


@contextmanager
def private() -> Iterator[None]:
    """Let all that this process makes be readable by its account alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Let one `up` at a time work in this home; the next waits for it."""
    with (home / MARKER).open("w") as marker:
        fcntl.flock(marker, fcntl.LOCK_EX)
        yield


def _nearest(path: Path) -> Path:
    """Return `path`, or the closest of its parents that exists."""
    return next(place for place in (path, *path.parents) if place.exists())


def _me() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # containers run as accounts without a name
        return f"user {os.geteuid()}"
