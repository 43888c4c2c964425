"""The landing store keeps the bytes of every submission under their SHA-256, never altered."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def keep(store: Path, fill: Callable[[BinaryIO], object]) -> tuple[str, int]:
    """Keep the bytes that `fill` writes; return their SHA-256 and their number.

    Keeping the same bytes again changes nothing; a reader sees all of them or nothing.
    """
    store.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=store, prefix=".", delete=False) as draft:
        try:
            fill(draft)  # type: ignore[arg-type]
            draft.flush()
            os.fsync(draft.fileno())
            draft.seek(0)
            sha256 = hashlib.file_digest(draft, "sha256").hexdigest()
            size = draft.tell()
        except BaseException:
            os.unlink(draft.name)
            raise
    path = _path(store, sha256)
    path.parent.mkdir(exist_ok=True)
    os.chmod(draft.name, 0o440)
    os.replace(draft.name, path)
    return sha256, size


def content(store: Path, sha256: str) -> bytes:
    """Return the kept bytes; raises OSError where they are missing or no longer what they were."""
    kept = _path(store, sha256).read_bytes()
    if hashlib.sha256(kept).hexdigest() != sha256:
        raise OSError(f"the landing store holds other bytes under {sha256} than were received")
    return kept


def path(store: Path, sha256: str) -> Path:
    """Return where the bytes are kept; raises OSError where they are missing or no longer what they were."""
    found = _path(store, sha256)
    with found.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise OSError(f"the landing store holds other bytes under {sha256} than were received")
    return found


def _path(store: Path, sha256: str) -> Path:
    return store / sha256[:2] / sha256
