"""The chain is the numbered order of an administration's receipts: each carries the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from calypso import locks
from calypso.receipts.signing import Signer
from calypso.submission import Submission

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True)
class Link:
    """The place of a receipt in its administration's chain; the first one has no receipt before it."""

    number: int
    previous_sha256: str | None


@dataclass(frozen=True)
class Issued:
    """A receipt as it is recorded: its bytes, which never change, and their signature."""

    stem: str
    body: bytes
    signature: str


def issue(
    connection: Connection, submission: Submission, signer: Signer, compose: Callable[[Link], dict[str, Any]]
) -> Issued:
    """Return a submission's receipt, composing, signing and recording it at the end of the chain if there is none.

    The caller's transaction holds the chain until it ends: numbers have no gap, and no two receipts share one.
    """
    locks.hold(connection, "receipts", submission.administration)
    if found := recorded(connection, submission):
        return found
    receipt = compose(_next(connection, submission.administration))
    issued = Issued(file_stem(submission), encode(receipt), "")
    issued = Issued(issued.stem, issued.body, signer.sign(issued.body))
    _record(connection, submission, signer, receipt, issued)
    return issued


def encode(receipt: dict[str, Any]) -> bytes:
    """Return the bytes of a receipt, which are what is signed, chained, recorded and delivered."""
    return json.dumps(receipt, ensure_ascii=False, indent=1).encode() + b"\n"


def recorded(connection: Connection, submission: Submission) -> Issued | None:
    """Return the receipt a submission has, None while it has none."""
    with connection.cursor() as cursor:
        cursor.execute("select body, signature from raw.receipts where submission_id = %s", [submission.submission_id])
        found = cursor.fetchone()
    return Issued(file_stem(submission), found[0].encode(), found[1]) if found else None


def file_stem(submission: Submission) -> str:
    """Return the name of a receipt without its ending: of letters, digits and marks that no system minds."""
    shown = str(submission.name).rsplit(".", 1)[0] if submission.name else submission.administration
    day = f"{submission.name.day}-" if submission.name else "unnamed-"
    return f"{shown}_receipt_{submission.submission_id.split('-', 1)[1].removeprefix(day)}"


def statement(connection: Connection, administration: str, signer: Signer) -> bytes | None:
    """Return a signed statement of the last receipt that an administration was given, None before the first.

    A chain alone cannot say that its newest end was cut off; this says how far it goes.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select r.number, r.sha256, r.file_name from raw.receipts as r "
            "join raw.submission_states as t on t.submission_id = r.submission_id and t.state = 'acknowledged' "
            "where r.administration_code = %s order by r.number desc limit 1",
            [administration],
        )
        last = cursor.fetchone()
    if last is None:
        return None
    number, sha256, file_name = last
    said = {
        "administration": {"code": administration},
        "number": number,
        "sha256": sha256,
        "file_name": file_name,
        "key_id": signer.key_id,
        "stated_at": signer.moment().isoformat(timespec="seconds"),
    }
    return encode({**said, "signature": signer.sign(encode(said))})


def _next(connection: Connection, administration: str) -> Link:
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, sha256 from raw.receipts where administration_code = %s order by number desc limit 1",
            [administration],
        )
        last = cursor.fetchone()
    return Link(last[0] + 1, last[1]) if last else Link(1, None)


def _record(
    connection: Connection, submission: Submission, signer: Signer, receipt: dict[str, Any], issued: Issued
) -> None:
    values = {
        "submission_id": submission.submission_id,
        "administration_code": submission.administration,
        "number": receipt["number"],
        "previous_sha256": receipt["previous_sha256"],
        "file_name": f"{issued.stem}.json",
        "language": receipt["language"],
        "issued_at": datetime.fromisoformat(receipt["answered_at"]),
        "body": issued.body.decode(),
        "sha256": hashlib.sha256(issued.body).hexdigest(),
        "signature": issued.signature,
        "key_id": signer.key_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"insert into raw.receipts ({', '.join(values)}) values ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )
