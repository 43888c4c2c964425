"""A key pair opens one account; taking the public half out of `<account>.pub` closes it at once."""

from __future__ import annotations

from pathlib import Path

import asyncssh

SERVER = "host"  # the server's own pair; no account has this name, since accounts are the hub and the trees


def private(home: Path, account: str) -> Path:
    """Return where the private key of `account` is, if it was made here."""
    return home / "keys" / account


def public(home: Path, account: str) -> Path:
    """Return the file of the public keys that open `account`, one a line."""
    return home / "keys" / f"{account}.pub"


def authorised(home: Path, account: str) -> list[asyncssh.SSHKey]:
    """Return the keys that open `account` at this moment."""
    try:
        lines = public(home, account).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [asyncssh.import_public_key(line) for line in lines if line.strip()]


def create(home: Path, account: str) -> None:
    """Make the pair of `account`, unless it has one; a key withdrawn, or brought from outside, stays so."""
    (home / "keys").mkdir(mode=0o700, exist_ok=True)
    if private(home, account).exists() or public(home, account).exists():
        return
    pair = asyncssh.generate_private_key("ssh-ed25519", comment=account)
    private(home, account).touch(mode=0o600)
    private(home, account).write_bytes(pair.export_private_key())
    public(home, account).write_bytes(pair.export_public_key())


def withdraw(home: Path, account: str) -> bool:
    """Close `account` and keep its public keys aside; tell whether it was open."""
    if not authorised(home, account):
        return False
    public(home, account).rename(_withdrawn(home, account))
    return True


def reopen(home: Path, account: str) -> None:
    """Open an account again by the keys that were withdrawn, unless others open it."""
    if not public(home, account).exists() and _withdrawn(home, account).exists():
        _withdrawn(home, account).rename(public(home, account))


def _withdrawn(home: Path, account: str) -> Path:
    return home / "keys" / f"{account}.withdrawn"


def host_key(home: Path) -> str:
    """Return the server's public key as `type base64`, for clients to pin."""
    return " ".join(public(home, SERVER).read_text().split()[:2])
