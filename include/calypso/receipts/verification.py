"""Verification tells whether receipts are whole and as they were signed, from their files and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import cast

from asyncssh import KeyImportError
from asyncssh.packet import PacketDecodeError
from asyncssh.sshsig import SSHAllowedSignersEntry, validate_sshsig

from calypso.receipts.signing import NAMESPACE, PRINCIPAL

SIGNERS = "allowed_signers"
Signers = Sequence[SSHAllowedSignersEntry]


@dataclass(frozen=True)
class Receipt:
    """What verification reads of one receipt."""

    path: Path
    body: bytes
    administration: str
    number: int
    previous_sha256: str | None
    answered_at: datetime

    @property
    def sha256(self) -> str:
        """Return the hash that the next receipt of the chain carries."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Report:
    """What was verified, and what is wrong with it, a sentence each."""

    receipts: int
    chains: Mapping[str, tuple[int, int]]  # by administration: the lowest and the highest number seen
    problems: Sequence[str]


class NothingToVerify(ValueError):
    """What was given holds no receipt, or nothing says whose signature counts."""


def verify(paths: Sequence[Path], allowed_signers: Path | None = None) -> Report:
    """Verify receipts: the files given, and all of each folder given, whose chain must begin with number 1."""
    whole = any(path.is_dir() for path in paths)
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise NothingToVerify(f"There is no receipt in {', '.join(map(str, paths))}.")
    signers = read_signers(allowed_signers or _find_signers(paths))
    problems: list[str] = []
    chains: dict[str, list[Receipt]] = defaultdict(list)
    for file in files:
        receipt = _read(file)
        if isinstance(receipt, str):
            problems.append(receipt)
            continue
        chains[receipt.administration].append(receipt)
        problems.extend(_signature(receipt, signers))
    for code, receipts in sorted(chains.items()):
        problems.extend(_chain(code, sorted(receipts, key=lambda receipt: receipt.number), whole))
    ends = {code: (min(r.number for r in found), max(r.number for r in found)) for code, found in chains.items()}
    return Report(len(files), ends, problems)


def read_signers(path: Path) -> Signers:
    """Read a list of allowed signers; raises NothingToVerify where it is none."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
        entries = [SSHAllowedSignersEntry(line) for line in lines if line and not line.startswith("#")]
    except (OSError, ValueError, KeyImportError) as error:
        raise NothingToVerify(f"{path} is not a list of allowed signers: {error}.") from error
    return entries


def _files(path: Path) -> list[Path]:
    """Return the receipts of a folder, of the folder `receipts` in it where there is one, or the file itself."""
    if not path.is_dir():
        return [path.with_suffix("") if path.name.endswith(".json.sig") else path]
    folder = path / "receipts" if (path / "receipts").is_dir() else path
    return sorted(found for found in folder.glob("*.json") if not found.name.startswith("."))


def _find_signers(paths: Sequence[Path]) -> Path:
    """Return the list of signers that lies with the receipts, as in an administration's folder."""
    for path in paths:
        folder = (path if path.is_dir() else path.parent).absolute()
        for place in (folder, folder / "reference", folder.parent / "reference"):
            if (place / SIGNERS).is_file():
                return place / SIGNERS
    raise NothingToVerify(
        f"There is no {SIGNERS} beside the receipts: take it from your folder reference and name it by "
        "--allowed-signers."
    )


def _read(file: Path) -> Receipt | str:
    """Return a receipt, or the sentence that says why it is none."""
    try:
        body = file.read_bytes()
    except OSError as error:
        return f"{file.name} cannot be read: {error.strerror}."
    try:
        said = json.loads(body)
        return Receipt(
            path=file,
            body=body,
            administration=str(said["administration"]["code"]),
            number=int(said["number"]),
            previous_sha256=said["previous_sha256"],
            answered_at=datetime.fromisoformat(said["answered_at"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"{file.name} is no receipt, or has been changed so that it cannot be read as one."


def _signature(receipt: Receipt, signers: Signers) -> Iterator[str]:
    """Yield what is wrong with a signature, checked as of the moment at which the receipt was answered."""
    name, beside = receipt.path.name, receipt.path.with_name(f"{receipt.path.name}.sig")
    try:
        signature = beside.read_bytes()
    except OSError:
        yield f"{name} has no signature: {beside.name} is missing."
        return
    allowed = _allowed_at(signers, receipt.answered_at)
    if not allowed:
        yield f"{name} says that it was answered at {receipt.answered_at.isoformat()}, when no key was valid."
    elif not _matches(receipt.body, signature, allowed):
        yield f"{name} does not match its signature: one of the two was changed, or the signer is not Calypso."


def _matches(body: bytes, signature: bytes, allowed: bytes) -> bool:
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


def _allowed_at(signers: Signers, moment: datetime) -> bytes:
    """Return the keys that were valid at a moment, as a list of signers without dates.

    asyncssh compares the dates of a list with the present, which is not when an old receipt was signed.
    """
    second = int(moment.timestamp())
    return b"".join(
        f'{PRINCIPAL} namespaces="{NAMESPACE}" '.encode() + entry.key.export_public_key().strip() + b"\n"
        for entry in signers
        if entry.principals.matches(PRINCIPAL) and _covers(entry, second)
    )


def _covers(entry: SSHAllowedSignersEntry, second: int) -> bool:
    after, before = entry.options.get("valid-after"), entry.options.get("valid-before")
    return (after is None or second >= cast(int, after)) and (before is None or second < cast(int, before))


def _chain(code: str, receipts: Sequence[Receipt], whole: bool) -> Iterator[str]:
    """Yield every gap and every wrong link of one administration's receipts, which come by their numbers."""
    if whole and receipts[0].number > 1:
        yield _missing(code, range(1, receipts[0].number))
    for before, after in pairwise(receipts):
        if after.number == before.number:
            yield f"{before.path.name} and {after.path.name} both say that they are receipt {after.number} of {code}."
        elif after.number > before.number + 1:
            yield _missing(code, range(before.number + 1, after.number))
        elif after.previous_sha256 != before.sha256:
            yield f"{after.path.name} does not follow {before.path.name}: the hash it carries is of another receipt."


def _missing(code: str, numbers: range) -> str:
    if len(numbers) == 1:
        return f"Receipt {numbers[0]} of {code} is missing."
    return f"Receipts {numbers[0]} to {numbers[-1]} of {code} are missing."


def summary(report: Report) -> Iterable[str]:
    """Yield what a person is told of a report, line by line."""
    yield from report.problems
    if report.problems:
        yield f"{report.receipts} receipts were read, and {len(report.problems)} things are wrong."
        return
    for code, (lowest, highest) in report.chains.items():
        yield f"{code}: receipts {lowest} to {highest} are signed by Calypso, unchanged, and none is missing between."
