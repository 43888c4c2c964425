"""The SFTP server gives the hub every tree and each administration its own: by key only, and nothing else."""

from __future__ import annotations

import asyncio
import os
import posixpath
import sys
from collections.abc import Iterable
from pathlib import Path

import asyncssh
from asyncssh import SFTPAttrs, SFTPPermissionDenied, SSHServerChannel
from asyncssh.constants import FXF_APPEND, FXF_CREAT, FXF_TRUNC, FXF_WRITE
from asyncssh.misc import MaybeAwait

from calypso import settings
from calypso.local import keys
from calypso.local.accounts import become

HUB = keys.HUB
FOLDERS = ("inbox", "receipts", "reference")
WRITABLE = b"/inbox"


class Tree(asyncssh.SFTPServer):
    """What the hub sees: every tree. A path that leaves its root is refused, as is every link."""

    def __init__(self, chan: SSHServerChannel[bytes], root: Path) -> None:
        self._root = os.fsencode(os.path.realpath(root))
        super().__init__(chan, chroot=self._root)

    def map_path(self, path: bytes) -> bytes:
        """Return the local path; asyncssh alone would follow a link out of the root."""
        local = super().map_path(path)
        if os.path.commonpath([self._root, os.path.realpath(local)]) != self._root:
            raise SFTPPermissionDenied("This path leaves your folder.")
        return local

    def symlink(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Refuse: a link is a way out."""
        raise SFTPPermissionDenied("Links are not kept here.")

    def link(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Refuse, as for symbolic links."""
        raise SFTPPermissionDenied("Links are not kept here.")

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times and size; owners and permissions are the server's, and quietly stay so."""
        return super().setstat(path, _harmless(attrs))

    def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times, as setstat does."""
        return super().lsetstat(path, _harmless(attrs))

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times and size of an open file, as setstat does."""
        return super().fsetstat(file_obj, _harmless(attrs))


class OwnTree(Tree):
    """What an administration sees: its own tree, of which it writes the inbox only."""

    def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> MaybeAwait[object]:
        """Open a file, for writing in the inbox only."""
        if pflags & (FXF_WRITE | FXF_APPEND | FXF_CREAT | FXF_TRUNC):
            self._may_write(path)
        return super().open(path, pflags, _harmless(attrs))

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> MaybeAwait[object]:
        """Refuse: the server speaks SFTP 3, whose calls are the ones guarded here."""
        raise SFTPPermissionDenied("This server speaks SFTP version 3.")

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times in the inbox."""
        self._may_write(path)
        return super().setstat(path, attrs)

    def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times in the inbox."""
        self._may_write(path)
        return super().lsetstat(path, attrs)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Set times of a file opened in the inbox: one opened to be read is left alone."""
        name = os.fsencode(getattr(file_obj, "name", b""))
        self._may_write(name.removeprefix(self._root))
        return super().fsetstat(file_obj, attrs)

    def remove(self, path: bytes) -> MaybeAwait[None]:
        """Remove a file of the inbox."""
        self._may_write(path)
        return super().remove(path)

    def mkdir(self, path: bytes, attrs: SFTPAttrs) -> MaybeAwait[None]:
        """Make a folder in the inbox."""
        self._may_write(path)
        return super().mkdir(path, _harmless(attrs))

    def rmdir(self, path: bytes) -> MaybeAwait[None]:
        """Remove a folder of the inbox."""
        self._may_write(path)
        return super().rmdir(path)

    def rename(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Rename inside the inbox."""
        self._may_write(oldpath, newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> MaybeAwait[None]:
        """Rename inside the inbox, replacing what is there."""
        self._may_write(oldpath, newpath)
        return super().posix_rename(oldpath, newpath)

    def _may_write(self, *paths: bytes) -> None:
        """Refuse what is not below the inbox; the inbox itself stays too."""
        for path in paths:
            if not posixpath.normpath(posixpath.join(b"/", path)).startswith(WRITABLE + b"/"):
                raise SFTPPermissionDenied("Only inbox/ can be written.")


class Door(asyncssh.SSHServer):
    """Who may come in: an account that has a tree, with a key its key file holds at this moment."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Offer keys; passwords are not offered because nothing here says so."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Read the account's keys now, so that one taken out stops at once."""
        if username not in accounts(self._home):
            return False
        return key in keys.authorised(self._home, username)


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


async def serve(home: Path, port: int) -> asyncssh.SSHAcceptor:
    """Listen on loopback; sessions other than SFTP, and every forwarding, stay refused by default."""

    def tree(chan: SSHServerChannel[bytes]) -> Tree:
        account = chan.get_extra_info("username")
        root = home / "sftp"
        return Tree(chan, root) if account == HUB else OwnTree(chan, root / account)

    return await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=lambda: Door(home),
        server_host_keys=[keys.private(home, keys.SERVER)],
        sftp_factory=tree,
        sftp_version=3,
        allow_pty=False,
        agent_forwarding=False,
        gss_host=None,
        login_timeout=30,
        reuse_address=True,
    )


async def main() -> None:
    """Serve the trees of this installation until stopped."""
    known = settings.current()
    await (await serve(known.home, known.sftp_port)).wait_closed()


if __name__ == "__main__":
    os.umask(0o077)
    become(sys.argv[1:])
    asyncio.run(main())
