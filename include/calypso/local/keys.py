"""A key pair opens one account; taking the public half out of `<account>.pub` closes it at once.

Public halves lie in the door, which the SFTP server reads; private ones apart by who may have them: the server its own,
the hub its own, and whoever hands keys over those of the administrations that were made here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import asyncssh

HUB = "hub"  # the account that sees every tree
READABLE = 0o644  # by the SFTP server, which is another account's; the folder says who gets there
SERVER = "host"  # the server's own pair; no account has this name, since accounts are the hub and the trees


def private(home: Path, account: str) -> Path:
    """Return where the private key of `account` is, if it was made here."""
    return home / account / "key" if account in (HUB, SERVER) else home / "keys" / account


def public(home: Path, account: str) -> Path:
    """Return the file of the public keys that open `account`, one a line."""
    return home / "door" / f"{account}.pub"


def authorised(home: Path, account: str) -> list[asyncssh.SSHKey]:
    """Return the keys that open `account` at this moment."""
    try:
        lines = public(home, account).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [asyncssh.import_public_key(line) for line in lines if line.strip()]


def create(home: Path, account: str) -> None:
    """Make the pair of `account`, unless it has one; a key withdrawn, or brought from outside, stays so."""
    private(home, account).parent.mkdir(mode=0o700, exist_ok=True)
    public(home, account).parent.mkdir(mode=0o755, exist_ok=True)
    if any(half.exists() for half in (private(home, account), public(home, account), _withdrawn(home, account))):
        return
    pair = asyncssh.generate_private_key("ssh-ed25519", comment=account)
    private(home, account).touch(mode=0o600)
    private(home, account).write_bytes(pair.export_private_key())
    public(home, account).write_bytes(pair.export_public_key())
    public(home, account).chmod(READABLE)


def bring(home: Path, account: str, given: str) -> None:
    """Let `account` in by the public keys it has sent, one a line, and by no others. Raises ValueError."""
    lines = [line.strip() for line in given.splitlines() if line.strip()]
    if not lines:
        raise ValueError("it holds no key")
    for line in lines:
        asyncssh.import_public_key(line)
    public(home, account).parent.mkdir(mode=0o755, exist_ok=True)
    part = public(home, account).with_suffix(".part")
    part.write_text("".join(f"{line}\n" for line in lines))
    part.chmod(READABLE)
    part.replace(public(home, account))


def name_accounts(home: Path, codes: Iterable[str]) -> None:
    """Say which administrations have an account, whether a key opens it or not, for a server that makes their trees."""
    (home / "door").mkdir(mode=0o755, exist_ok=True)
    part = home / "door" / ".accounts.part"
    part.write_text("".join(f"{code}\n" for code in codes))
    part.chmod(READABLE)
    part.replace(home / "door" / "accounts")


def withdraw(home: Path, account: str) -> bool:
    """Close `account` and keep its public keys aside, if it has any; tell whether it was open."""
    was_open = bool(authorised(home, account))
    if public(home, account).exists():
        public(home, account).rename(_withdrawn(home, account))
    else:
        _withdrawn(home, account).touch()
    return was_open


def reopen(home: Path, account: str) -> None:
    """Open an account again by the keys that were withdrawn, unless others open it."""
    if is_withdrawn(home, account):
        _withdrawn(home, account).rename(public(home, account))
        if not authorised(home, account):
            public(home, account).unlink()  # it had no key


def is_withdrawn(home: Path, account: str) -> bool:
    """Tell whether `account` was closed, and not opened again since."""
    return _withdrawn(home, account).exists() and not public(home, account).exists()


def _withdrawn(home: Path, account: str) -> Path:
    return home / "door" / f"{account}.withdrawn"


def host_key(home: Path) -> str:
    """Return the server's public key as `type base64`, for clients to pin."""
    return " ".join(public(home, SERVER).read_text().split()[:2])
