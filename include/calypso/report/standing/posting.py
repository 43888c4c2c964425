"""Posting puts each administration's standing into its folder, where it has changed; one's fault stops no other.

The page says of what content it is made, so what is there already is known without being drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from calypso import building, warehouse
from calypso.folder import put
from calypso.registry import participants
from calypso.report.due import cut_off, due
from calypso.report.standing import making
from calypso.report.standing.standing import NoStanding, Standing, ask

if TYPE_CHECKING:
    from paramiko import SFTPClient

    from calypso.registry import Operation
    from calypso.settings import Settings

Hub = Callable[[], AbstractContextManager["SFTPClient"]]


@dataclass
class Posted:
    """What was written, as `<code>/<name>`, and who could not be told, with the reason."""

    written: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def post_due(settings: Settings, now: datetime, hub: Hub) -> Posted:
    """Tell everybody in the operations that run or have ended lately, once a build knows the last day that is due."""
    last = {operation.code: (operation, day) for operation, day in due(now)}
    posted = Posted()
    for operation, day in last.values():
        if building.last_cut(settings) >= cut_off(operation, day):
            post(settings, operation.code, participants(operation), hub, posted)
    return posted


def post_all(settings: Settings, operation: Operation, hub: Hub) -> Posted:
    """Tell everybody in an operation, whenever it was."""
    posted = Posted()
    post(settings, operation.code, participants(operation), hub, posted)
    return posted


def post(settings: Settings, operation: str, codes: Sequence[str], hub: Hub, posted: Posted) -> None:
    """Tell administrations where they stand; after a fault the next is told through a connection of its own."""
    waiting = list(codes)
    while waiting:
        with hub() as sftp:
            while waiting and _told(settings, operation, waiting.pop(0), sftp, posted):
                pass


def _told(settings: Settings, operation: str, code: str, sftp: SFTPClient, posted: Posted) -> bool:
    """Tell one administration; tell whether that went well."""
    import psycopg2
    from paramiko import SSHException

    try:
        posted.written += [f"{code}/{name}" for name in tell(settings, operation, code, sftp)]
    except (OSError, EOFError, SSHException, psycopg2.Error, NoStanding) as error:
        posted.failed[code] = f"{type(error).__name__}: {error}".strip()
        return False
    return True


def tell(settings: Settings, operation: str, code: str, sftp: SFTPClient) -> list[str]:
    """Bring one administration's page and file of rows up to date; return the names of those that were written."""
    standing = read(settings, operation, code)
    folder = f"/{code}/reference"
    page, stored = making.page_name(operation), making.stored_name(operation)
    written = []
    if _there(sftp, f"{folder}/{stored}") != (rows := making.rows(standing)):
        put(sftp, folder, stored, rows)
        written.append(stored)
    # The page last: it speaks of the file beside it.
    if making.content(standing).encode() not in _there(sftp, f"{folder}/{page}"):
        put(sftp, folder, page, making.page(standing))
        written.append(page)
    return written


def read(settings: Settings, operation: str, code: str) -> Standing:
    """Ask where an administration stands, as that administration."""
    with warehouse.session(settings.warehouse("loader")) as connection:
        return ask(connection, operation, code)


def _there(sftp: SFTPClient, path: str) -> bytes:
    """Return what lies at a path; nothing where nothing does."""
    try:
        with sftp.open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
