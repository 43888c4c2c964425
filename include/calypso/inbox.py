"""The inbox is where an administration drops files; what is whole there is pulled into landing and the ledger.

A file is whole when its size and time stand still for a while. It is then taken, that is renamed into a folder of
the inbox, before it is read: what its sender drops under the same name from then on is another file. The next pull
reads it once more before it is removed, so that what an upload which was only slow has written since is not lost; of
a large one it looks whether size and time are those it was recorded with. One that is larger than what is read at all
is refused by the size that the server lists, and none of its bytes is fetched.
"""

from __future__ import annotations

import logging
import secrets
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain, takewhile
from typing import TYPE_CHECKING, BinaryIO

from calypso import arrival, courtesy, landing, ledger, space, warehouse
from calypso.arrival import Arrival
from calypso.courtesy import Pace
from calypso.folder import Drop, about_one_file, drops, read, unchanged
from calypso.registry import operation_of
from calypso.settings import Settings
from calypso.sheet import MAX_BYTES
from calypso.submission import Submission, identify, not_fetched, parse_name, unfinished

if TYPE_CHECKING:
    from paramiko import SFTPClient
    from psycopg2.extensions import connection as Connection

TAKEN = ".taken"  # a folder in each inbox; its dot keeps it out of the listing and mostly out of sight
MOST_FILES = 500  # of one pull, so that a full inbox holds a worker for minutes and not for hours
MOST_BYTES = 2 * 1024**3  # of one pull
TRIES = 5  # to make the folder of what is taken, where something else lies in its place

log = logging.getLogger(__name__)


class Unavailable(Exception):
    """The server does not give this file out now."""


class Portion:
    """What one pull may still read, of the new or of what an earlier one left, as files, bytes and disk allow."""

    def __init__(self, settings: Settings) -> None:
        """Begin with all that one pull may take."""
        self._settings = settings
        self._files, self._bytes = MOST_FILES, MOST_BYTES
        self._is_over = False

    def takes(self, drop: Drop) -> bool:
        """Tell whether this file is part of it; where one is not, no later one is, so that the oldest goes first."""
        size = 0 if too_large(drop) else drop.size
        if disk := space.short(self._settings, size):
            self._end(f"no more is taken in until there is space: {disk}")
        elif not self._files or size > self._bytes:
            self._end("what is left in the inbox waits for the next pull")
        if self._is_over:
            return False
        self._files, self._bytes = self._files - 1, self._bytes - size
        return True

    def _end(self, why: str) -> None:
        if not self._is_over:
            log.warning("%s", why)
        self._is_over = True


def too_large(drop: Drop) -> bool:
    """Tell whether a file is refused by its listed size, before a byte of it is fetched."""
    return drop.size > MAX_BYTES


def pull(sftp: SFTPClient, administration: str, settings: Settings) -> list[str]:
    """Pull the whole files of an administration's inbox; return the ids of all its unanswered submissions.

    A file leaves the server only when its bytes have landed and the ledger knows it, so a pull that is
    killed loses nothing and, run again, takes nothing twice. One that cannot be fetched is passed over; one that is
    too large is recorded, and removed without being fetched. Where the disk has too little space nothing is pulled,
    and what has come in is answered all the same.
    """
    with warehouse.session(settings.warehouse("loader")) as connection:
        if disk := space.short(settings):
            log.warning("no file is taken in until there is space: %s", disk)
        elif _prepare(sftp, f"/{administration}/inbox"):
            _take_in(sftp, connection, administration, settings)
        with connection:
            return ledger.unanswered(connection, administration)


def _take_in(sftp: SFTPClient, connection: Connection, administration: str, settings: Settings) -> None:
    inbox = f"/{administration}/inbox"
    taken = f"{inbox}/{TAKEN}"
    left, whole = _settled(sftp, taken, inbox, settings.settle_seconds)
    pace = Pace()

    def receive(found: Iterable[Drop]) -> Iterator[Drop]:
        for arrived, drop in _in_order_of_arrival(found, administration, settings):
            if sha256 := fetch(sftp, taken, drop, settings, pace):
                with connection:
                    ledger.lock(connection, administration)
                    ledger.record(connection, _submission(administration, drop, sha256, arrived))
                yield drop

    with connection:
        known = [drop for drop in left if drop.size > courtesy.MUCH and _recorded(connection, administration, drop)]
    again = takewhile(Portion(settings).takes, (drop for drop in left if drop not in known))
    for drop in chain(known, receive(again)):
        _remove(sftp, taken, drop)
    for drop in receive(_taken(sftp, inbox, taken, takewhile(Portion(settings).takes, whole))):
        log.info("took %r", drop.raw_name)
        if too_large(drop):  # nothing of it is read once more
            _remove(sftp, taken, drop)


def _remove(sftp: SFTPClient, taken: str, drop: Drop) -> None:
    """Remove a file that is recorded, unless it has changed since."""
    if unchanged(sftp, taken, drop):
        sftp.remove(drop.path(taken))


def listed(sftp: SFTPClient, administration: str) -> list[Drop]:
    """Return what lies in an administration's inbox, whole or not, and what an earlier pull has left taken."""
    inbox = f"/{administration}/inbox"
    left = drops(sftp, f"{inbox}/{TAKEN}") if _prepare(sftp, inbox) else []
    return [*left, *drops(sftp, inbox)]


def _prepare(sftp: SFTPClient, inbox: str) -> bool:
    """Make the folder of what is taken; tell whether it is there.

    What its sender has put in its place is moved aside into the inbox: a file is then taken as any other is.
    """
    taken = f"{inbox}/{TAKEN}"
    for _ in range(TRIES):
        try:
            entry = sftp.lstat(taken)
        except FileNotFoundError:
            with suppress(OSError):  # made meanwhile, which the next look shows
                sftp.mkdir(taken)
            continue
        if stat.S_ISDIR(entry.st_mode or 0):
            return True
        with suppress(FileNotFoundError):
            sftp.rename(taken, _aside(inbox))
    log.warning("nothing is taken in: %s is no folder, and comes back when it is moved aside", taken)
    return False


def _aside(inbox: str) -> str:
    """Return a name in an inbox that nothing has."""
    return f"{inbox}/taken-{secrets.token_hex(8)}"


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
    """Take files of the inbox and yield them.

    Renaming never replaces: while a file of this name is still held, its successor waits.
    """
    for drop in whole:
        try:
            _clear(sftp, inbox, drop.path(taken))
            sftp.rename(drop.path(inbox), drop.path(taken))
        except OSError as error:
            _pass_over(sftp, drop, error)
            continue
        yield drop


def _clear(sftp: SFTPClient, inbox: str, path: bytes) -> None:
    """Move aside what lies where a file is to be taken to and is no file: it would keep it from ever being taken."""
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(sftp.lstat(path).st_mode or 0):
            sftp.rename(path, _aside(inbox))


def _in_order_of_arrival(
    found: Iterable[Drop], administration: str, settings: Settings
) -> Sequence[tuple[Arrival, Drop]]:
    """Return files with their arrival: of two drops of one file the later is the duplicate."""
    arrived = [(arrival.of(administration, drop.file_name, settings.simulated_clock), drop) for drop in found]
    return sorted(arrived, key=lambda pair: pair[0].turn)


def fetch(sftp: SFTPClient, folder: str, drop: Drop, settings: Settings, pace: Pace) -> str | None:
    """Bring the bytes of a file into the landing store and return their SHA-256.

    One that is too large is not brought, and what stands for its hash is returned. None where a file cannot be had, or
    changed meanwhile: what landed then is part of no submission, and a later pull takes the file when it is whole.
    """

    def fill(draft: BinaryIO) -> None:
        try:
            read(sftp, drop.path(folder), drop.size, draft, pace.of_one_file())
        except OSError as error:
            _pass_over(sftp, drop, error)
            raise Unavailable from error

    if not unchanged(sftp, folder, drop):
        return None
    if too_large(drop):
        return not_fetched(drop.size, _moment(drop))
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
