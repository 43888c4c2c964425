"""The signing keys are a folder of dated key pairs: the newest signs receipts, and every one of them verifies.

A pair is named for the second in which it was made. Each key is valid from then on until a little after the next
one was made, so that the list of allowed signers is made from the folder alone and a past receipt stays valid:
OpenSSH checks it as of the moment at which it was answered.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import asyncssh
from asyncssh.sshsig import create_sshsig

NAMESPACE = "calypso-receipt"
PRINCIPAL = "calypso"
SIGNERS, LAST = "allowed_signers", "last_receipt.json"  # what an administration has in its folder reference
OVERLAP = timedelta(hours=1)  # what is being answered while the key changes stays valid
_NAMED = "%Y%m%d%H%M%SZ"  # as OpenSSH writes a moment in UTC, and a name that sorts by age


class NoSigningKey(RuntimeError):
    """The folder of the signing keys holds no private key that belongs to its newest public one."""


@dataclass(frozen=True)
class Signer:
    """The key that signs now, and the list of all that ever did."""

    key: asyncssh.SSHKey
    allowed_signers: bytes

    @property
    def key_id(self) -> str:
        """Return the key's fingerprint as OpenSSH shows it."""
        return str(self.key.get_fingerprint())

    def sign(self, body: bytes) -> str:
        """Return the detached signature of a receipt, armoured, as `ssh-keygen -Y verify` reads it."""
        return create_sshsig(self.key, body, namespace=NAMESPACE).decode("ascii")


def signer(folder: Path) -> Signer:
    """Return the signer of this moment; the first key is made on first use."""
    with _alone(folder):
        if not _names(folder):
            _make(folder)
        newest = _names(folder)[-1]
        try:
            private = (folder / f"{newest}.key").read_bytes()
        except FileNotFoundError as error:
            raise NoSigningKey(f"{folder} holds the public key {newest} without its private half") from error
        return Signer(asyncssh.import_private_key(private), allowed_signers(folder))


def rotate(folder: Path) -> Signer:
    """Make a new key, which signs from now on; the one before it is dated and stays good for what it signed."""
    with _alone(folder):
        _make(folder)
    return signer(folder)


def allowed_signers(folder: Path) -> bytes:
    """Return every key past and present with the time in which it may have signed, as OpenSSH reads it."""
    lines = [f"# Who signs the receipts of Calypso: ssh-keygen -Y verify -I {PRINCIPAL} -n {NAMESPACE}\n"]
    names = _names(folder)
    for name, following in zip_longest(names, names[1:]):
        options = f'namespaces="{NAMESPACE}",valid-after="{name}"'
        if following:
            options += f',valid-before="{_moment(following) + OVERLAP:{_NAMED}}"'
        kind, key = (folder / f"{name}.pub").read_text().split()[:2]
        lines.append(f"{PRINCIPAL} {options} {kind} {key}\n")
    return "".join(lines).encode("ascii")


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.pub"))


def _moment(name: str) -> datetime:
    return datetime.strptime(name, _NAMED).replace(tzinfo=UTC)


def _make(folder: Path) -> None:
    """Make a pair; the public half comes last, for it is what makes the key known."""
    name = f"{datetime.now(UTC):{_NAMED}}"
    while (folder / f"{name}.pub").exists():  # two keys of one second could not be told apart by age
        time.sleep(0.05)
        name = f"{datetime.now(UTC):{_NAMED}}"
    pair = asyncssh.generate_private_key("ssh-ed25519", comment=PRINCIPAL)
    _write(folder / f"{name}.key", pair.export_private_key(), 0o600)
    _write(folder / f"{name}.pub", pair.export_public_key(), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write a file whole or not at all; nobody can read it before its mode is set."""
    draft = path.with_name(f".{path.name}.part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time make or read keys."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
