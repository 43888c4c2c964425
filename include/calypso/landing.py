"""The landing store keeps the bytes of every submission under their SHA-256, never altered.

It is a folder. Where machines share none, a bucket stands behind it: what one has landed the others bring from there.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from calypso import settings

GROUP = "calypso.landing"


class Bucket(Protocol):
    """A place in an object store, as Airflow's ObjectStoragePath is: what it lies in is a file system of fsspec's."""

    path: str
    fs: Any

    def __truediv__(self, name: str) -> Bucket: ...


def keep(store: Path, fill: Callable[[BinaryIO], object]) -> tuple[str, int]:
    """Keep the bytes that `fill` writes; return their SHA-256 and their number.

    Keeping the same bytes again changes nothing; a reader sees all of them or nothing.
    """
    store.mkdir(parents=True, exist_ok=True)
    with _draft(store) as draft:
        try:
            fill(draft)
            draft.flush()
            os.fsync(draft.fileno())
            draft.seek(0)
            sha256 = hashlib.file_digest(draft, "sha256").hexdigest()
            size = draft.tell()
        except BaseException:
            os.unlink(draft.name)
            raise
    kept = _settle(draft.name, store, sha256)
    if beyond := _bucket():
        _send(kept, beyond / sha256[:2] / sha256, size)
    return sha256, size


def content(store: Path, sha256: str) -> bytes:
    """Return the kept bytes; raises OSError where they are missing or no longer what they were."""
    return path(store, sha256).read_bytes()


def path(store: Path, sha256: str) -> Path:
    """Return where the bytes are kept; raises OSError where they are missing or no longer what they were."""
    found = _path(store, sha256)
    if not found.exists() and (beyond := _bucket()):
        _bring(beyond / sha256[:2] / sha256, store, sha256)
    with found.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise OSError(f"the landing store holds other bytes under {sha256} than were received")
    return found


@cache
def _bucket() -> Bucket | None:
    """Return the bucket that is set, as the room that knows object stores opens it."""
    named = settings.current().landing_bucket
    if not named:
        return None
    [entry] = entry_points(group=GROUP, name="bucket")
    opened: Bucket = entry.load()(named)
    return opened


def _send(kept: Path, there: Bucket, size: int) -> None:
    """Let the bucket have the bytes too; an object is there whole or not at all."""
    if there.fs.exists(there.path) and there.fs.size(there.path) == size:
        return
    there.fs.makedirs(there.fs._parent(there.path), exist_ok=True)
    there.fs.put_file(str(kept), there.path)


def _bring(there: Bucket, store: Path, sha256: str) -> None:
    """Bring bytes that another machine has landed."""
    store.mkdir(parents=True, exist_ok=True)
    with _draft(store) as draft:
        try:
            there.fs.get_file(there.path, draft.name)
        except BaseException:
            os.unlink(draft.name)
            raise
    _settle(draft.name, store, sha256)


def _draft(store: Path) -> Any:
    return tempfile.NamedTemporaryFile(dir=store, prefix=".", delete=False)


def _settle(draft: str, store: Path, sha256: str) -> Path:
    """Give a draft its name, under which nobody writes."""
    path = _path(store, sha256)
    path.parent.mkdir(exist_ok=True)
    os.chmod(draft, 0o440)
    os.replace(draft, path)
    return path


def _path(store: Path, sha256: str) -> Path:
    return store / sha256[:2] / sha256
