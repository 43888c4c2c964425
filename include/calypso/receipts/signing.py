"""The signing keys are a folder of key pairs in their order: the last signs receipts, and every one of them verifies.

A pair is named for the second in which it was made or, where the clock has stepped back, for the second after the name
of the pair before: the names say which key comes last, and no clock does. Since when and until when a key has signed
lies beside it in NAME.signed, and follows the clock wherever it goes. Each key is valid from its first moment until a
little after its last, once another signs, so that the list of allowed signers is made from the folder alone and a past
receipt stays valid: OpenSSH checks it as of the moment at which it was answered.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
from asyncssh.sshsig import create_sshsig

NAMESPACE = "calypso-receipt"
PRINCIPAL = "calypso"
SIGNERS, LAST = "allowed_signers", "last_receipt.json"  # what an administration has in its folder reference
OVERLAP = timedelta(hours=1)  # what is being answered while the key or the clock changes stays valid
NOTED = timedelta(minutes=10)  # so exactly it is noted when a key has signed last; well within the overlap
UNKNOWN = "-"  # in a note: when a key has signed last
_NAMED = "%Y%m%d%H%M%SZ"  # as OpenSSH writes a moment in UTC, and a name that sorts by age


class NoSigningKey(RuntimeError):
    """No key of the folder can sign: the newest lacks its private half, or is not the one that should."""


@dataclass(frozen=True)
class Signer:
    """The key that signs now, and the folder in which it lies under its name."""

    key: asyncssh.SSHKey
    folder: Path
    name: str

    @property
    def key_id(self) -> str:
        """Return the key's fingerprint as OpenSSH shows it."""
        return str(self.key.get_fingerprint())

    @property
    def allowed_signers(self) -> bytes:
        """Return the list of all keys that ever signed, and when they did."""
        return allowed_signers(self.folder)

    def moment(self) -> datetime:
        """Return what the clock says now, as the moment of a signature: the key is valid then, whatever the clock says.

        Raises NoSigningKey where another key has taken its place too long ago.
        """
        now = datetime.now(UTC)
        with _alone(self.folder):
            _cover(self.folder, self.name, now)
        return now

    def sign(self, body: bytes) -> str:
        """Return the detached signature of a receipt, armoured, as `ssh-keygen -Y verify` reads it."""
        return create_sshsig(self.key, body, namespace=NAMESPACE).decode("ascii")


@dataclass(frozen=True)
class Span:
    """The time in which a key has signed; its last moment is None where nobody wrote it down."""

    first: datetime
    last: datetime | None

    def text(self) -> str:
        """Return the span as it is written into a file."""
        return f"{self.first:{_NAMED}} {f'{self.last:{_NAMED}}' if self.last else UNKNOWN}\n"


def signer(folder: Path) -> Signer:
    """Return the signer of this moment; the first key is made on first use."""
    now = datetime.now(UTC)
    with _alone(folder):
        if not _names(folder):
            _make(folder, now)
        newest = _names(folder)[-1]
        try:
            private = (folder / f"{newest}.key").read_bytes()
        except FileNotFoundError as error:
            raise NoSigningKey(f"{folder} holds the public key {newest} without its private half") from error
        _cover(folder, newest, now)
        return Signer(asyncssh.import_private_key(private), folder, newest)


def rotate(folder: Path) -> Signer:
    """Make a new key, which signs from now on; the one before it stays good for what it signed.

    Raises NoSigningKey where another key would sign nevertheless.
    """
    with _alone(folder):
        made = _make(folder, datetime.now(UTC))
    signs = signer(folder)
    if signs.name != made:
        raise NoSigningKey(f"{folder} holds the key {signs.name} beside the new one {made}, which would not sign")
    return signs


def latest(folder: Path) -> list[datetime]:
    """Return the latest moment at which a key was made or has signed, alone in a list; none where there is no key."""
    spans = {name: _span(folder, name) for name in _names(folder)}
    return [max(max(span.first, span.last or _moment(name)) for name, span in spans.items())] if spans else []


def allowed_signers(folder: Path) -> bytes:
    """Return every key past and present with the time in which it may have signed, as OpenSSH reads it."""
    lines = [f"# Who signs the receipts of Calypso: ssh-keygen -Y verify -I {PRINCIPAL} -n {NAMESPACE}\n"]
    for name in _names(folder):
        options = f'namespaces="{NAMESPACE}",valid-after="{_span(folder, name).first:{_NAMED}}"'
        if end := _end(folder, name):
            options += f',valid-before="{end:{_NAMED}}"'
        kind, key = (folder / f"{name}.pub").read_text().split()[:2]
        lines.append(f"{PRINCIPAL} {options} {kind} {key}\n")
    return "".join(lines).encode("ascii")


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.pub") if _is_moment(path.stem))


def _is_moment(name: str) -> bool:
    try:
        return f"{_moment(name):{_NAMED}}" == name
    except ValueError:
        return False


def _moment(name: str) -> datetime:
    return datetime.strptime(name, _NAMED).replace(tzinfo=UTC)


def _span(folder: Path, name: str) -> Span:
    """Return when a key has signed; of one that is older than such notes it is known when it was made."""
    try:
        first, last = (folder / f"{name}.signed").read_text().split()
    except FileNotFoundError:
        return Span(_moment(name), None)
    return Span(_moment(first), None if last == UNKNOWN else _moment(last))


def _end(folder: Path, name: str) -> datetime | None:
    """Return until when what a key has signed counts; None while it signs, and where nobody can say.

    Of a key without a note it is known when the next was made, unless that was by a clock that had stepped back.
    """
    following = next((one for one in _names(folder) if one > name), None)
    if following is None:
        return None
    if last := _span(folder, name).last:
        return last + OVERLAP
    if _span(folder, following).first < _moment(name):
        return None
    return _moment(following) + OVERLAP


def _cover(folder: Path, name: str, now: datetime) -> None:
    """Note that a key signs at a moment; one that was replaced may only end what was begun before."""
    span = _span(folder, name)
    if _names(folder)[-1] != name:
        end = _end(folder, name)
        if span.first <= now and (end is None or now < end):
            return
        raise NoSigningKey(f"the key {name} in {folder} was replaced while it was used: try again")
    first = span.first if span.first <= now else now - OVERLAP
    if span.last is None:  # until when a clock that was ahead has had it sign, nobody has noted
        last = now if _moment(name) <= now else None
    else:
        last = now if now > span.last + NOTED else span.last
    if (covered := Span(first, last)) != span or not (folder / f"{name}.signed").exists():
        _write(folder / f"{name}.signed", covered.text().encode("ascii"), 0o644)


def _make(folder: Path, now: datetime) -> str:
    """Make a pair behind all others and return its name; the public half comes last, for it makes the key known."""
    name, names = f"{now:{_NAMED}}", _names(folder)
    if names:
        try:
            name = max(name, f"{_moment(names[-1]) + timedelta(seconds=1):{_NAMED}}")
        except OverflowError as error:
            raise NoSigningKey(f"{folder} holds the key {names[-1]}, behind which no other can stand") from error
    pair = asyncssh.generate_private_key("ssh-ed25519", comment=PRINCIPAL)
    _write(folder / f"{name}.key", pair.export_private_key(), 0o600)
    _write(folder / f"{name}.signed", Span(now, now).text().encode("ascii"), 0o644)
    _write(folder / f"{name}.pub", pair.export_public_key(), 0o644)
    return name


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
