"""The SFTP server gives the hub every tree and each administration its own: by key only, and nothing else."""

from __future__ import annotations

import asyncio
import fcntl
import os
import posixpath
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

import asyncssh
from asyncssh import SFTPAttrs, SFTPPermissionDenied, SSHServerChannel
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_TRUNC, FXF_WRITE
from asyncssh.misc import MaybeAwait

from calypso import sender_limits, settings
from calypso.local import keys
from calypso.local.accounts import become
from calypso.local.sftp_accounts import Account, Accounts, Door, raise_open_files
from calypso.local.sftp_usage import Usage

HUB = keys.HUB
FOLDERS = ("inbox", "receipts", "reference")
INBOX, TAKEN = b"inbox", b".taken"


class Tree(asyncssh.SFTPServer):
    """What the hub sees: every tree. A path that leaves its root is refused, as is every link."""

    def __init__(self, chan: SSHServerChannel[bytes], root: Path, account: Account) -> None:
        self._root = os.fsencode(os.path.realpath(root))
        self._account = account
        super().__init__(chan, chroot=self._root)

    def map_path(self, path: bytes) -> bytes:
        """Return the local path; asyncssh alone would follow a link out of the root."""
        local = super().map_path(path)
        if os.path.commonpath([self._root, os.path.realpath(local)]) != self._root:
            raise SFTPPermissionDenied("This path leaves your folder.")
        return local

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> MaybeAwait[object]:
        """Open a file, which counts as open until it is closed."""
        opened = super().open(path, pflags, _harmless(attrs))
        self._account.files.add(opened)
        return opened

    def close(self, file_obj: object) -> MaybeAwait[None]:
        """Close a file."""
        self._account.files.discard(file_obj)
        return super().close(file_obj)

    def read(self, file_obj: object, offset: int, size: int) -> MaybeAwait[bytes]:
        """Read as much of a file as one answer may hold."""
        return super().read(file_obj, offset, min(size, sender_limits.DATA_BYTES))

    def symlink(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Refuse: a link is a way out."""
        raise SFTPPermissionDenied("Links are not kept here.")

    def link(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Refuse, as for symbolic links."""
        raise SFTPPermissionDenied("Links are not kept here.")

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times and size; owners and permissions are the server's, and quietly stay so."""
        return super().setstat(path, _harmless(attrs))

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times and size of an open file, as setstat does."""
        return super().fsetstat(file_obj, _harmless(attrs))


class OwnTree(Tree):
    """What an administration sees: its own tree, of which it writes the inbox only, within its quota.

    The folder of what a pull has taken is the hub's.
    """

    def __init__(self, chan: SSHServerChannel[bytes], root: Path, account: Account, usage: Usage) -> None:
        super().__init__(chan, root, account)
        self._usage = usage

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> MaybeAwait[object]:
        """Open a file, for writing in the inbox only."""
        if not pflags & (FXF_WRITE | FXF_APPEND | FXF_CREAT | FXF_TRUNC):
            return super().open(path, pflags, attrs)
        self._may_write(path)
        before = self._found(path)
        if before is None:
            self._usage.may_add()
        opened = super().open(path, pflags, attrs)
        length = os.fstat(cast(BinaryIO, opened).fileno()).st_size
        self._usage.change(before is None, length - (before.st_size if before else 0))
        return opened

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> MaybeAwait[object]:
        """Refuse: the server speaks SFTP 3, whose calls are the ones guarded here."""
        raise SFTPPermissionDenied("This server speaks SFTP version 3.")

    def write(self, file_obj: object, offset: int, data: bytes) -> MaybeAwait[int]:
        """Write, where the file and the inbox stay within their limits."""
        descriptor = cast(BinaryIO, file_obj).fileno()
        had, end = os.fstat(descriptor).st_size, offset + len(data)
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_APPEND:
            end = max(end, had + len(data))  # it is written at the end, whatever the offset says
        self._usage.may_grow(end, end - had)
        written = super().write(file_obj, offset, data)
        self._usage.change(size=max(end - had, 0))
        return written

    def close(self, file_obj: object) -> MaybeAwait[None]:
        """Close a file; of one that was removed meanwhile nothing is left then."""
        found = os.fstat(cast(BinaryIO, file_obj).fileno())
        closed = super().close(file_obj)
        if found.st_nlink == 0 and not self._usage.is_open(found):
            self._usage.change(size=-found.st_size)
        return closed

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times and size in the inbox."""
        self._may_write(path)
        self._resizing(self._found(path), attrs)
        return super().setstat(path, attrs)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times and size of a file opened in the inbox: one opened to be read is left alone."""
        name = os.fsencode(getattr(file_obj, "name", b""))
        self._may_write(name.removeprefix(self._root))
        self._resizing(os.fstat(cast(BinaryIO, file_obj).fileno()), attrs)
        return super().fsetstat(file_obj, attrs)

    def remove(self, path: bytes) -> MaybeAwait[None]:
        """Remove a file of the inbox."""
        self._may_write(path)
        before = self._found(path)
        removed = super().remove(path)
        self._gone(before)
        return removed

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Make a folder in the inbox."""
        self._may_write(path)
        self._usage.may_add()
        made = super().mkdir(path, _harmless(attrs))
        self._usage.change(1)
        return made

    def rmdir(self, path: bytes) -> MaybeAwait[None]:
        """Remove a folder of the inbox."""
        self._may_write(path)
        removed = super().rmdir(path)
        self._usage.change(-1)
        return removed

    def rename(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Rename inside the inbox."""
        self._may_rename(oldpath, newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Rename inside the inbox, replacing what is there."""
        self._may_rename(oldpath, newpath)
        before, replaced = self._found(oldpath), self._found(newpath)
        renamed = super().posix_rename(oldpath, newpath)
        if before and replaced and not os.path.samestat(before, replaced):
            self._gone(replaced)
        return renamed

    def _may_write(self, *paths: bytes) -> None:
        """Refuse what is not below the inbox, and what belongs to a pull; the inbox itself stays too."""
        for path in paths:
            folder, *below = _parts(path)
            if folder != INBOX or not below:
                raise SFTPPermissionDenied("Only inbox/ can be written.")
            if below[0] == TAKEN:
                raise SFTPPermissionDenied("What lies in inbox/.taken is being received, and stays as it is.")
            if len(below) > sender_limits.INBOX_DEPTH:
                raise SFTPPermissionDenied(f"At most {sender_limits.INBOX_DEPTH} folders may lie in each other.")

    def _may_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Refuse as for writing, and to move a folder elsewhere: folders would come to lie beyond their depth."""
        self._may_write(oldpath, newpath)
        before = self._found(oldpath)
        if before and stat.S_ISDIR(before.st_mode) and _parts(oldpath)[:-1] != _parts(newpath)[:-1]:
            raise SFTPPermissionDenied("A folder stays where it was made.")

    def _found(self, path: bytes) -> os.stat_result | None:
        """Return what lies at a path, None where there is nothing."""
        try:
            return os.lstat(self.map_path(path))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _resizing(self, before: os.stat_result | None, attrs: SFTPAttrs) -> None:
        """Ask for the bytes by which a file would grow, and give back those by which it would shrink."""
        if attrs.size is not None and before:
            self._usage.may_grow(attrs.size, attrs.size - before.st_size)
            self._usage.change(size=attrs.size - before.st_size)

    def _gone(self, before: os.stat_result | None) -> None:
        """Give back what was removed; the bytes of an open file only when it is closed."""
        if before:
            freed = before.st_size if stat.S_ISREG(before.st_mode) and not self._usage.is_open(before) else 0
            self._usage.change(-1, -freed)


def accounts(home: Path) -> set[str]:
    """Return the hub and every code that has a tree."""
    return {HUB, *(entry.name for entry in os.scandir(home / "sftp") if entry.is_dir())}


def create_trees(home: Path, codes: Iterable[str]) -> None:
    """Make the tree and key of every code, the hub's key and the server's; what is there stays."""
    codes = list(codes)
    make_trees(home, codes)
    for name in (HUB, keys.SERVER, *codes):
        keys.create(home, name)


def make_trees(home: Path, codes: Iterable[str]) -> None:
    """Make the tree of every code; in containers the SFTP server has made it before, and all stays as it is."""
    (home / "sftp").mkdir(mode=0o700, parents=True, exist_ok=True)
    for code in codes:
        for folder in FOLDERS:
            (home / "sftp" / code / folder).mkdir(parents=True, exist_ok=True)


def _harmless(attrs: SFTPAttrs) -> SFTPAttrs:
    return SFTPAttrs(size=attrs.size, atime=attrs.atime, mtime=attrs.mtime)


def _parts(path: bytes) -> list[bytes]:
    """Return the names on the way from the root to a path."""
    return posixpath.normpath(posixpath.join(b"/", path)).lstrip(b"/").split(b"/")


async def serve(home: Path, port: int, least_percent: float) -> None:
    """Serve on loopback until stopped; sessions other than SFTP, and every forwarding, stay refused by default.

    Senders may write while `least_percent` of the disk are free.
    """
    everybody = Accounts(home, lambda: accounts(home), least_percent)
    root = home / "sftp"

    def start(account: Account, chan: SSHServerChannel[bytes]) -> Tree:
        if account.usage is None:
            return Tree(chan, root, account)
        return OwnTree(chan, root / account.name, account, account.usage)

    acceptor = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: Door(everybody, start),
        server_host_keys=[keys.private(home, keys.SERVER)],
        allow_pty=False,
        agent_forwarding=False,
        gss_host=None,
        compression_algs=None,  # a packet of some kilobytes could unpack to gigabytes
        login_timeout=sender_limits.LOGIN_SECONDS,
        keepalive_interval=sender_limits.KEEPALIVE_SECONDS,
        reuse_address=True,
    )
    async with asyncio.TaskGroup() as together:
        together.create_task(everybody.watch())
        together.create_task(acceptor.wait_closed())


async def main() -> None:
    """Serve the trees of this installation until stopped."""
    known = settings.current()
    raise_open_files()
    await serve(known.home, known.sftp_port, known.disk_least_percent)


if __name__ == "__main__":
    os.umask(0o077)
    become(sys.argv[1:])
    asyncio.run(main())
