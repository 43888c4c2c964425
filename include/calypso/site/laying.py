"""Laying puts a whole site in the place of the one before at once: no reader ever sees a part of both.

A site's folder is a link to the last of those that lie numbered in a hidden folder beside it. The one before stays for
whoever is just reading it, until the next is laid out.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

FILE, FOLDER = 0o644, 0o755  # permissions within a site; who may enter it is said by the folder in which it lies

Contents = Mapping[str, bytes | Path]  # of each file of a site, by its path in it: bytes, or a file that has them


class NotOurs(Exception):
    """Something else lies where a site was to be laid; the message says what to do."""


def lay(site: Path, contents: Contents) -> bool:
    """Let a folder be a site of these contents; tell whether it was another. Raises NotOurs."""
    rooms = site.parent / f".{site.name}"
    stamp = _fingerprint(contents)
    rooms.mkdir(parents=True, exist_ok=True)
    with _alone(rooms):
        now = _shown(site, rooms)
        number, _, known = now.partition("-")
        if known == stamp and (site / "index.html").is_file():
            return False
        _sweep(rooms, now)
        room = rooms / f"{int(number or 0) + 1}-{stamp}"
        _fill(room, contents)
        link = rooms / "next"
        link.unlink(missing_ok=True)
        link.symlink_to(Path(rooms.name) / room.name)
        link.replace(site)
        return True


def _shown(site: Path, rooms: Path) -> str:
    """Return the name of the room that is shown, nothing if there is none yet."""
    if site.is_symlink() and site.readlink().parent == Path(rooms.name):
        return site.readlink().name
    if site.is_symlink() or site.exists():
        raise NotOurs(f"{site} is there already and was not made by Calypso: name a folder that is not there yet.")
    return ""


def _fill(room: Path, contents: Contents) -> None:
    for name, content in contents.items():
        path = room / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            _same(content, path)
        path.chmod(FILE)  # a web server of another account reads it, whatever the umask of who lays it
    for folder in (room, *(path for path in room.rglob("*") if path.is_dir())):
        folder.chmod(FOLDER)


def _same(source: Path, path: Path) -> None:
    """Let two names mean one file, which is never written to; copy it where the file system cannot."""
    try:
        path.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, path)


def _sweep(rooms: Path, shown: str) -> None:
    """Remove what is no longer shown, and what was never laid out to its end."""
    for room in rooms.iterdir():
        if room.is_dir() and not room.is_symlink() and room.name != shown:
            shutil.rmtree(room)


def _fingerprint(contents: Contents) -> str:
    """Return a short hash of all contents; a file that never changes is told by its size and time."""
    told = hashlib.sha256()
    for name, content in sorted(contents.items()):
        if isinstance(content, bytes):
            said = hashlib.sha256(content).hexdigest()
        else:
            status = content.stat()
            said = f"{status.st_size} {status.st_mtime_ns}"
        told.update(f"{name}\0{said}\n".encode())
    return told.hexdigest()[:16]


@contextmanager
def _alone(rooms: Path) -> Iterator[None]:
    """Let one lay at a time; the next waits for it."""
    with (rooms / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
