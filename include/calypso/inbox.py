"""The inbox is where an administration drops files; what is whole there is pulled into landing and the ledger.

A file is whole when its size and time stand still for a while. It is then taken, that is renamed into a folder of
the inbox, before it is read: what its sender drops under the same name from then on is another file. The next pull
reads it once more before it is removed, so that what an upload which was only slow has written since is not lost; of
a large one it looks whether size and time are those it was recorded with.
"""

from __future__ import annotations

import logging
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO

from calypso import arrival, courtesy, landing, ledger, warehouse
from calypso.arrival import Arrival
from calypso.courtesy import Pace
from calypso.folder import Drop, about_one_file, drops, read, unchanged
from calypso.registry import operation_of
from calypso.settings import Settings
from calypso.submission import Submission, identify, parse_name, unfinished

if TYPE_CHECKING:
    from paramiko import SFTPClient
    from psycopg2.extensions import connection as Connection

TAKEN = ".taken"  # a folder in each inbox; its dot keeps it out of the listing and mostly out of sight
MOST_FILES = 500  # of one pull, so that a full inbox holds a worker for minutes and not for hours
MOST_BYTES = 2 * 1024**3  # of one pull; one file is always taken

log = logging.getLogger(__name__)


class Unavailable(Exception):
    """The server does not give this file out now."""


def pull(sftp: SFTPClient, administration: str, settings: Settings) -> list[str]:
    """Pull the whole files of an administration's inbox; return the ids of all its unanswered submissions.

    A file leaves the server only when its bytes have landed and the ledger knows it, so a pull that is
    killed loses nothing and, run again, takes nothing twice. One that cannot be fetched is passed over.
    """
    inbox = f"/{administration}/inbox"
    taken = f"{inbox}/{TAKEN}"
    _prepare(sftp, taken)
    left, whole = _settled(sftp, taken, inbox, settings.settle_seconds)
    pace = Pace()
    with warehouse.session(settings.warehouse("loader")) as connection:

        def receive(found: Iterable[Drop]) -> Iterator[Drop]:
            for arrived, drop in _in_order_of_arrival(found, administration, settings):
                if sha256 := fetch(sftp, taken, drop, settings, pace):
                    with connection:
                        ledger.lock(connection, administration)
                        ledger.record(connection, _submission(administration, drop, sha256, arrived))
                    yield drop

        with connection:
            known = [drop for drop in left if drop.size > courtesy.MUCH and _recorded(connection, administration, drop)]
        for drop in chain(known, receive(drop for drop in left if drop not in known)):
            if unchanged(sftp, taken, drop):
                sftp.remove(drop.path(taken))
        for drop in receive(_taken(sftp, inbox, taken, whole)):
            log.info("took %r", drop.raw_name)
        with connection:
            return ledger.unanswered(connection, administration)


def listed(sftp: SFTPClient, administration: str) -> list[Drop]:
    """Return what lies in an administration's inbox, whole or not, and what an earlier pull has left taken."""
    inbox = f"/{administration}/inbox"
    _prepare(sftp, f"{inbox}/{TAKEN}")
    return [*drops(sftp, f"{inbox}/{TAKEN}"), *drops(sftp, inbox)]


def _prepare(sftp: SFTPClient, taken: str) -> None:
    try:
        entry = sftp.lstat(taken)
    except FileNotFoundError:
        sftp.mkdir(taken)
        return
    if not stat.S_ISDIR(entry.st_mode or 0):
        raise NotADirectoryError(f"{taken} must be a folder: its sender has put something else there")


def _settled(sftp: SFTPClient, taken: str, inbox: str, seconds: float) -> tuple[list[Drop], list[Drop]]:
    """Return what an earlier pull left taken, and the inbox's own: what stood still for `seconds`, oldest first."""
    before = drops(sftp, taken), drops(sftp, inbox)
    if not any(before):
        return [], []
    time.sleep(seconds)
    after = drops(sftp, taken), drops(sftp, inbox)
    left, whole = (
        sorted(set(first) & set(second), key=lambda drop: (drop.modified, drop.raw_name))
        for first, second in zip(before, after, strict=True)
    )
    return left, [drop for drop in whole if not unfinished(drop.file_name)]


def _taken(sftp: SFTPClient, inbox: str, taken: str, whole: Iterable[Drop]) -> Iterator[Drop]:
    """Take files of the inbox and yield them, as many as one pull may; what is left waits for the next.

    Renaming never replaces: while a file of this name is still held, its successor waits.
    """
    count = size = 0
    for drop in whole:
        if count >= MOST_FILES or size >= MOST_BYTES:
            return
        try:
            sftp.rename(drop.path(inbox), drop.path(taken))
        except OSError as error:
            _pass_over(sftp, drop, error)
            continue
        count, size = count + 1, size + drop.size
        yield drop


def _in_order_of_arrival(
    found: Iterable[Drop], administration: str, settings: Settings
) -> Sequence[tuple[Arrival, Drop]]:
    """Return files with their arrival: of two drops of one file the later is the duplicate."""
    arrived = [(arrival.of(administration, drop.file_name, settings.simulated_clock), drop) for drop in found]
    return sorted(arrived, key=lambda pair: pair[0].turn)


def fetch(sftp: SFTPClient, folder: str, drop: Drop, settings: Settings, pace: Pace) -> str | None:
    """Bring the bytes of a file into the landing store and return their SHA-256.

    None where it cannot be had, or changed meanwhile: what landed then is part of no submission, and a later
    pull takes the file when it is whole.
    """

    def fill(draft: BinaryIO) -> None:
        try:
            read(sftp, drop.path(folder), drop.size, draft, pace.of_one_file())
        except OSError as error:
            _pass_over(sftp, drop, error)
            raise Unavailable from error

    if not unchanged(sftp, folder, drop):
        return None
    try:
        sha256, size = landing.keep(settings.landing, fill)
    except Unavailable:
        return None
    return sha256 if size == drop.size and unchanged(sftp, folder, drop) else None


def _pass_over(sftp: SFTPClient, drop: Drop, error: OSError) -> None:
    """Tell in the log that one file cannot be had now; anything else that went wrong is raised."""
    if not about_one_file(sftp, error):
        raise error
    log.warning("%r cannot be had, and is tried again by the next pull: %s", drop.raw_name, error)


def _recorded(connection: Connection, administration: str, drop: Drop) -> bool:
    return ledger.knows(connection, administration, drop.file_name, drop.size, _moment(drop))


def _moment(drop: Drop) -> datetime:
    return datetime.fromtimestamp(drop.modified, UTC)


def _submission(administration: str, drop: Drop, sha256: str, arrived: Arrival) -> Submission:
    name = parse_name(drop.file_name)
    operation = operation_of(administration, name.day) if name else None
    return Submission(
        submission_id=identify(administration, drop.file_name, sha256),
        administration=administration,
        file_name=drop.file_name,
        name=name,
        operation=operation.code if operation else None,
        sha256=sha256,
        size=drop.size,
        modified_at=_moment(drop),
        received_at=arrived.at,
        simulated=arrived.simulated,
    )
