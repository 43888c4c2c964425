"""A receipt answers a submission in its sender's language and folder: what was received, what became of it, and why.

Each is signed and carries the hash of the one before it, so that its administration can prove what it was told;
`verification` checks that with the folder alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from calypso import ledger
from calypso.receipts import chain, delivering
from calypso.receipts.chain import Issued
from calypso.receipts.composing import compose
from calypso.receipts.signing import LAST, SIGNERS, Signer, signer
from calypso.receipts.words import wording
from calypso.registry import Texts
from calypso.settings import Settings
from calypso.submission import Submission

if TYPE_CHECKING:
    from paramiko import SFTPClient
    from psycopg2.extensions import connection as Connection

__all__ = ["acknowledge", "issue", "wording"]


def acknowledge(
    connection: Connection,
    sftp: SFTPClient,
    submission_ids: Sequence[str],
    sentences: Mapping[str, Texts],
    settings: Settings,
) -> list[str]:
    """Answer submissions that have their final state; return the ids that have none and stay unanswered.

    `sentences` are the rules' by code. A receipt is written once: it is recorded first and delivered then,
    so that one whose delivery was cut off is delivered again as it was.
    """
    waiting, signs, told = [], signer(settings.signing_keys), dict[str, bytes]()
    for submission in ledger.submissions(connection, submission_ids):
        code = submission.administration
        with connection:
            state = ledger.final_state(connection, submission.submission_id)
            if state is None:
                waiting.append(submission.submission_id)
                continue
            issued = issue(connection, submission, state, sentences, signs)
        if code not in told:
            told[code] = signs.allowed_signers
            delivering.refer(sftp, code, SIGNERS, told[code])
        delivering.deliver(sftp, code, issued)
        with connection:
            ledger.reach(connection, submission.submission_id, "acknowledged")
    for code in told:
        with connection:
            stated = chain.statement(connection, code, signs)
        if told[code] != (signers := signs.allowed_signers):  # the clock has stepped back meanwhile
            delivering.refer(sftp, code, SIGNERS, signers)
        if stated:
            delivering.refer(sftp, code, LAST, stated)
    return waiting


def issue(
    connection: Connection, submission: Submission, state: str, sentences: Mapping[str, Texts], signs: Signer
) -> Issued:
    """Return a submission's receipt, made within the caller's transaction where there is none yet."""
    return chain.issue(
        connection,
        submission,
        signs,
        lambda link: compose(connection, submission, state, sentences, signs.moment(), link, signs.key_id),
    )
