"""A signature counts where it is whole, over these bytes, and by a key that was valid when it was made."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from asyncssh import KeyImportError
from asyncssh.packet import PacketDecodeError
from asyncssh.sshsig import SSHAllowedSignersEntry, validate_sshsig

from calypso.receipts.signing import NAMESPACE, PRINCIPAL

Signers = Sequence[SSHAllowedSignersEntry]


class NoSigners(ValueError):
    """A file that is no list of allowed signers."""


def read_signers(path: Path) -> Signers:
    """Read a list of allowed signers; raises NoSigners where it is none."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
        entries = [SSHAllowedSignersEntry(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, KeyImportError) as error:
        raise NoSigners(f"{path} is not a list of allowed signers: {error}.") from error
    return entries


def allowed_at(signers: Signers, key_id: str, moment: datetime) -> bytes:
    """Return the key of an id where it was valid at a moment, as a list of signers without dates.

    asyncssh compares the dates of a list with the present, which is not when an old receipt was signed.
    """
    second = int(moment.timestamp())
    return b"".join(
        f'{PRINCIPAL} namespaces="{NAMESPACE}" '.encode() + entry.key.export_public_key().strip() + b"\n"
        for entry in signers
        if entry.key.get_fingerprint() == key_id and entry.principals.matches(PRINCIPAL) and _covers(entry, second)
    )


def _covers(entry: SSHAllowedSignersEntry, second: int) -> bool:
    after, before = entry.options.get("valid-after"), entry.options.get("valid-before")
    return (after is None or second >= cast(int, after)) and (before is None or second < cast(int, before))


def matches(body: bytes, signature: bytes, allowed: bytes) -> bool:
    """Tell whether a signature of `body` is whole and by one of the keys allowed."""
    try:
        return _is_armoured(signature) and validate_sshsig(body, signature, PRINCIPAL, allowed)
    except (ValueError, IndexError, PacketDecodeError, KeyImportError):  # what a damaged signature can lead to
        return False


def _is_armoured(signature: bytes) -> bool:
    """Tell whether a signature is written exactly as OpenSSH does: asyncssh reads past what is damaged around it."""
    lines = signature.splitlines()
    packed = b"".join(lines[1:-1])
    framed = [lines[0], lines[-1]] == [b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"]
    return framed and base64.b64encode(base64.b64decode(packed, validate=True)) == packed
