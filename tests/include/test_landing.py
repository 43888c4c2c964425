"""Bytes land once, are never altered, and what was altered is told."""

import hashlib
from pathlib import Path

import pytest

from calypso import landing


def test_bytes_are_kept_by_their_hash_and_twice_is_once(tmp_path: Path) -> None:
    sha256, size = landing.keep(tmp_path, lambda draft: draft.write(b"abc"))
    assert (sha256, size) == (hashlib.sha256(b"abc").hexdigest(), 3)
    assert landing.keep(tmp_path, lambda draft: draft.write(b"abc")) == (sha256, size)
    assert landing.content(tmp_path, sha256) == b"abc"
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_a_transfer_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    def broken(draft: object) -> None:
        draft.write(b"half")  # type: ignore[attr-defined]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        landing.keep(tmp_path, broken)
    assert not any(path.is_file() for path in tmp_path.rglob("*"))


def test_altered_bytes_are_not_given_out(tmp_path: Path) -> None:
    sha256, _ = landing.keep(tmp_path, lambda draft: draft.write(b"abc"))
    kept = next(path for path in tmp_path.rglob(sha256))
    kept.chmod(0o640)
    kept.write_bytes(b"abd")
    with pytest.raises(OSError, match="other bytes"):
        landing.content(tmp_path, sha256)
