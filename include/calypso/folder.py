"""A folder on the SFTP server is listed and read as it is: names are bytes a sender chose, and no link is followed."""

from __future__ import annotations

import errno
import stat
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR, SFTPError
from paramiko.sftp_attr import SFTPAttributes

if TYPE_CHECKING:
    from paramiko import SFTPClient

# What the server says of one file alone: gone, not for us, or (without a number) any other refusal.
OF_ONE_FILE = (errno.ENOENT, errno.EACCES, None)
CHUNK = 32 * 1024  # bytes, what one request may ask for
WINDOW = 32 * 1024 * 1024  # bytes that are asked for ahead of what has come


@dataclass(frozen=True)
class Drop:
    """One regular file in a folder, as the server lists it."""

    raw_name: bytes
    size: int
    modified: int  # seconds since 1970, as the server tells it; SFTP knows no smaller part

    @property
    def file_name(self) -> str:
        """Return the name as text; bytes that are no UTF-8 are written out, like `\\xe9`."""
        return self.raw_name.decode("utf-8", "backslashreplace")

    def path(self, folder: str) -> bytes:
        """Return the path of the file in a folder."""
        return folder.encode() + b"/" + self.raw_name


def drops(sftp: SFTPClient, folder: str) -> list[Drop]:
    """Return the regular files of a folder, without links, folders and whatever else is named like a file.

    Paramiko's own listing stops at the first name that is not UTF-8, and so would every file of that inbox.
    """
    return [
        Drop(name, entry.st_size or 0, int(entry.st_mtime or 0))
        for name, entry in _listing(sftp, folder)
        if stat.S_ISREG(entry.st_mode or 0) and b"/" not in name
    ]


def _listing(sftp: SFTPClient, folder: str) -> list[tuple[bytes, SFTPAttributes]]:
    kind, message = sftp._request(CMD_OPENDIR, folder.encode())  # type: ignore[attr-defined]
    if kind != CMD_HANDLE:
        raise SFTPError("expected a handle")
    handle, found = message.get_binary(), []
    while True:
        try:
            kind, message = sftp._request(CMD_READDIR, handle)  # type: ignore[attr-defined]
        except EOFError:
            break
        if kind != CMD_NAME:
            raise SFTPError("expected names")
        for _ in range(message.get_int()):
            name, _shown = message.get_binary(), message.get_binary()
            found.append((name, SFTPAttributes._from_msg(message)))  # type: ignore[attr-defined]
    sftp._request(CMD_CLOSE, handle)  # type: ignore[attr-defined]
    return found


def unchanged(sftp: SFTPClient, folder: str, drop: Drop) -> bool:
    """Tell whether a file is still the regular file that was listed."""
    try:
        entry = sftp.lstat(drop.path(folder))
    except OSError as error:
        if not about_one_file(sftp, error):
            raise
        return False
    there = Drop(drop.raw_name, entry.st_size or 0, int(entry.st_mtime or 0))
    return stat.S_ISREG(entry.st_mode or 0) and there == drop


def read(sftp: SFTPClient, path: bytes, size: int, draft: BinaryIO, told: Callable[[int], None]) -> None:
    """Write the first `size` bytes of a file into a draft, or what there is; `told` hears how many it has had.

    They are asked for a window at a time: paramiko lists every request before it sends one. Where the server says
    nothing for as long as its channel waits, TimeoutError is raised and the connection is closed: paramiko would wait
    as long again for an answer to its closing the file.
    """
    had = 0
    with sftp.open(path, "rb") as file:
        try:
            while had < size:
                if had % WINDOW == 0:
                    file.prefetch(min(size, had + WINDOW))
                if not (chunk := file.read(min(CHUNK, size - had, WINDOW - had % WINDOW))):
                    return
                draft.write(chunk)
                had += len(chunk)
                told(had)
        except TimeoutError:
            sftp.close()
            raise


def about_one_file(sftp: SFTPClient, error: OSError) -> bool:
    """Tell whether an error is what the server says of one file, so that the next may be asked for."""
    channel = sftp.get_channel()
    said = error.errno in OF_ONE_FILE and not isinstance(error, TimeoutError)  # which is that it said nothing
    return said and channel is not None and not channel.closed


def put(sftp: SFTPClient, folder: str, name: str, content: bytes) -> None:
    """Write a file under a name that nobody reads, and give it its own when it is whole."""
    draft = f"{folder}/.{name}.tmp"
    with sftp.open(draft, "wb") as file:
        file.set_pipelined(True)
        file.write(content)
    sftp.posix_rename(draft, f"{folder}/{name}")
