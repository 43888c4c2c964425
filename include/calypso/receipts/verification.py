"""Verification tells whether receipts are whole and as they were signed, from their files and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from calypso.receipts.chain import encode
from calypso.receipts.signatures import NoSigners, Signers, allowed_at, matches, read_signers
from calypso.receipts.signing import LAST, SIGNERS


@dataclass(frozen=True)
class Receipt:
    """What verification reads of one receipt."""

    path: Path
    body: bytes
    administration: str
    number: int
    previous_sha256: str | None
    key_id: str
    answered_at: datetime

    @property
    def sha256(self) -> str:
        """Return the hash that the next receipt of the chain carries."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Statement:
    """What Calypso has signed of the last receipt of an administration, and when."""

    administration: str
    number: int
    stated_at: datetime


@dataclass(frozen=True)
class Report:
    """What was verified, and what is wrong with it, a sentence each."""

    receipts: int
    chains: Mapping[str, tuple[int, int]]  # by administration: the lowest and the highest number seen
    keys: Sequence[str]  # the fingerprints of the keys that the receipts name
    problems: Sequence[str]
    stated: Mapping[str, Statement] = field(default_factory=dict)  # by administration


class NothingToVerify(ValueError):
    """What was given holds no receipt, or nothing says whose signature counts."""


def verify(paths: Sequence[Path], allowed_signers: Path | None = None) -> Report:
    """Verify receipts: the files given, and all of each folder given, whose chain must begin with number 1."""
    whole = any(path.is_dir() for path in paths)
    files = sorted({file for path in paths for file in _files(path) if file.name != LAST})
    if not files:
        raise NothingToVerify(f"There is no receipt in {', '.join(map(str, paths))}.")
    try:
        signers = read_signers(allowed_signers or _find_signers(paths))
    except NoSigners as reason:
        raise NothingToVerify(str(reason)) from reason
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
    stated: dict[str, Statement] = {}
    if whole:
        problems.extend(_ends(paths, chains, signers, stated))
    ends = {code: (min(r.number for r in found), max(r.number for r in found)) for code, found in chains.items()}
    keys = {receipt.key_id for receipts in chains.values() for receipt in receipts}
    return Report(len(files), ends, sorted(keys), problems, stated)


def _files(path: Path) -> list[Path]:
    """Return the receipts of a folder, of the folder `receipts` in it where there is one, or the file itself."""
    if not path.is_dir():
        file = path.with_suffix("") if path.name.endswith(".json.sig") else path
        return [file] if file.suffix == ".json" else []  # a page or a workbook proves nothing
    folder = path / "receipts" if (path / "receipts").is_dir() else path
    return sorted(found for found in folder.glob("*.json") if not found.name.startswith("."))


def _find_signers(paths: Sequence[Path]) -> Path:
    if found := _beside(paths, SIGNERS):
        return found
    raise NothingToVerify(
        f"There is no {SIGNERS} beside the receipts: take it from your folder reference and name it by "
        "--allowed-signers."
    )


def _beside(paths: Sequence[Path], name: str) -> Path | None:
    """Return a file that lies with the receipts, or in the folder reference of an administration."""
    for path in paths:
        folder = (path if path.is_dir() else path.parent).absolute()
        for place in (folder / "reference", folder.parent / "reference", folder):
            if (place / name).is_file():
                return place / name
    return None


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
            key_id=str(said["key_id"]),
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
    allowed = allowed_at(signers, receipt.key_id, receipt.answered_at)
    if not allowed:
        yield f"{name} names the key {receipt.key_id}, which was not valid at {receipt.answered_at.isoformat()}."
    elif not matches(receipt.body, signature, allowed):
        yield f"{name} does not match its signature: one of the two was changed, or the signer is not Calypso."


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


def _ends(
    paths: Sequence[Path], chains: Mapping[str, Sequence[Receipt]], signers: Signers, stated: dict[str, Statement]
) -> Iterator[str]:
    """Yield what the statements of the last receipts contradict, and every chain whose end no statement vouches for.

    Statements that are true are added to `stated`.
    """
    files = {beside: None for path in paths if path.is_dir() and (beside := _beside([path], LAST))}
    read = 0
    for file in files:
        if statement := (yield from _end(file, chains, signers)):
            stated[statement.administration] = statement
            read += 1
    if read == len(files):  # of one that is not true it is not known whose it is
        for code in sorted(chains.keys() - stated.keys()):
            yield (
                f"The statement of the last receipt of {code}, {LAST}, is missing: without it nobody can tell whether "
                "the newest receipts were taken away. Take it from your folder reference."
            )


def _end(
    stated: Path, chains: Mapping[str, Sequence[Receipt]], signers: Signers
) -> Generator[str, None, Statement | None]:
    """Yield what the signed statement of the last receipt contradicts: an end that was cut off, or exchanged.

    Return the statement; None where it is not true.
    """
    try:
        said = json.loads(stated.read_bytes())
        code, number, sha256 = str(said["administration"]["code"]), int(said["number"]), said["sha256"]
        signature = str(said.pop("signature")).encode()
        stated_at = datetime.fromisoformat(said["stated_at"])
        allowed = allowed_at(signers, said["key_id"], stated_at)
        true = bool(allowed) and matches(encode(said), signature, allowed)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        true = False
    if not true:
        yield f"{stated.name} does not match its signature: it was changed, or the signer is not Calypso."
        return None
    seen = {receipt.number: receipt for receipt in chains.get(code, ())}
    highest = max(seen, default=0)
    if highest < number:
        yield _missing(code, range(highest + 1, number + 1))
    elif number in seen and seen[number].sha256 != sha256:
        yield f"{seen[number].path.name} is not receipt {number} of {code} as {stated.name} knows it."
    return Statement(code, number, stated_at)


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
    for code, last in report.stated.items():
        yield f"{code}: Calypso has stated at {last.stated_at.isoformat()} that receipt {last.number} is the last."
    for key in report.keys:
        yield f"Signed with the key {key}."
