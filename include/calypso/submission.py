"""A submission is one file as received: who sent it, which day and dataset it is about, and its bytes by hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast

from calypso.registry import operation_of

Format = Literal["csv", "xlsx"]

# What a file is for: to report a day, to try a report out, to excuse a day, to accept warnings about a report, or to
# state what all reports so far add up to.
Purpose = Literal["report", "test", "excused", "ack", "totals"]

UNFINISHED = (".part", ".filepart", ".tmp")  # names of files that are still being written
NIL_VERSION = 0  # any data for a nil day supersedes it

_NAME = re.compile(
    r"(?P<code>[a-z]{3})_(?P<day>\d{4}-\d{2}-\d{2})_(?P<dataset>[a-z]+)"
    r"(?:_v(?P<version>[1-9]\d{0,3})(?!_excused|_totals)|_(?P<nil>nil)(?=_test|\.))?"
    r"(?:_(?P<purpose>test|excused|ack|totals))?\.(?P<format>csv|xlsx)",
    re.IGNORECASE | re.ASCII,  # a digit or a letter from elsewhere is none of a name
)


@dataclass(frozen=True)
class FileName:
    """What the name of a file says, any case: `<code>_<YYYY-MM-DD>_<dataset>[_v<N>|_nil][_test].<csv|xlsx>`.

    Statements about reports end otherwise: `..._excused.csv`, `...[_v<N>]_ack.csv`, `..._totals.csv`.
    """

    code: str
    day: date
    dataset: str
    version: int
    nil: bool
    format: Format
    purpose: Purpose = "report"

    def __str__(self) -> str:
        """Return the canonical spelling of the name."""
        suffix = "_nil" if self.nil else f"_v{self.version}" if self.version > 1 else ""
        suffix += "" if self.purpose == "report" else f"_{self.purpose}"
        return f"{self.code}_{self.day}_{self.dataset}{suffix}.{self.format}"


@dataclass(frozen=True)
class Submission:
    """One file as received. `name` is None where the file's name says nothing that can be relied on."""

    submission_id: str
    administration: str
    file_name: str
    name: FileName | None
    operation: str | None
    sha256: str
    size: int  # bytes
    modified_at: datetime  # as the SFTP server tells it: tells drops apart, never a time of arrival
    received_at: datetime
    simulated: bool
    duplicate_of: str | None = None  # the submission that brought the same content under the same name
    ordered_at: datetime | None = None  # by the ledger, which decides the order of files; None where it knows none yet

    @property
    def order(self) -> datetime:
        """Return by what the submission stands in order with others; never before what was recorded earlier."""
        return self.ordered_at or self.received_at

    @property
    def is_fetched(self) -> bool:
        """Tell whether its bytes were brought into the landing store, or refused by their number alone."""
        return self.sha256 != not_fetched(self.size, self.modified_at)


def not_fetched(size: int, modified_at: datetime) -> str:
    """Return what stands for the SHA-256 of a file that was refused by its size before a byte of it was fetched.

    It is the hash of what is known of it, as a text that anybody can hash again.
    """
    said = f"not fetched: {size} bytes, modified {int(modified_at.timestamp())}"
    return hashlib.sha256(said.encode("ascii")).hexdigest()


def unfinished(file_name: str) -> bool:
    """Tell whether a name says that its file is still being written."""
    return file_name.startswith(".") or file_name.lower().endswith(UNFINISHED)


def parse_name(file_name: str) -> FileName | None:
    """Read a file name; None where it does not have the agreed form or its day does not exist."""
    match = _NAME.fullmatch(file_name)
    if match is None:
        return None
    try:
        day = date.fromisoformat(match["day"])
    except ValueError:
        return None
    return FileName(
        code=match["code"].lower(),
        day=day,
        dataset=match["dataset"].lower(),
        version=NIL_VERSION if match["nil"] else int(match["version"] or 1),
        nil=bool(match["nil"]),
        format=cast(Format, match["format"].lower()),
        purpose=cast(Purpose, (match["purpose"] or "report").lower()),
    )


def identify(administration: str, file_name: str, sha256: str) -> str:
    """Return the id of a submission: the same for the same content under the same name, in whatever case.

    A name that cannot be read counts as it stands. A later drop of the same file is a submission of its
    own and is told apart by a number behind this id (see `ledger.record`).
    """
    name = parse_name(file_name)
    said = str(name) if name else file_name
    digest = hashlib.sha256(f"{administration}\n{said}\n{sha256}".encode("utf-8", "surrogateescape")).hexdigest()
    return f"{administration}-{name.day if name else 'unnamed'}-{digest[:12]}"


def submitted(administration: str, file_name: str, content: bytes, at: datetime) -> Submission:
    """Return the submission that a file is which nobody has sent: read on a desk, not out of an inbox."""
    name = parse_name(file_name)
    operation = operation_of(administration, name.day) if name else None
    sha256 = hashlib.sha256(content).hexdigest()
    return Submission(
        submission_id=identify(administration, file_name, sha256),
        administration=administration,
        file_name=file_name,
        name=name,
        operation=operation.code if operation else None,
        sha256=sha256,
        size=len(content),
        modified_at=at,
        received_at=at,
        simulated=operation is not None and operation.simulated,
    )
