"""A session speaks SFTP version 3 with one client, and never works ahead of what the client has read.

It handles the requests that clients of senders and the hub need. What asyncssh offers beyond them is refused as
unsupported: `copy-data` and `fsync` hold the process for as long as one sender likes, `statvfs` shows the host's disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.constants import FXP_BLOCK, FXP_LINK, FXP_READLINK, FXP_UNBLOCK
from asyncssh.packet import SSHPacket
from asyncssh.sftp import SFTPLimits, SFTPServerHandler
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

from calypso import sender_limits

if TYPE_CHECKING:
    from calypso.local.sftp_accounts import Account

VERSION = 3
POSIX_RENAME, LIMITS = b"posix-rename@openssh.com", b"limits@openssh.com"
REFUSED = (
    b"copy-data",
    b"fsync@openssh.com",
    b"fstatvfs@openssh.com",
    b"hardlink@openssh.com",
    b"lsetstat@openssh.com",
    b"ranges@asyncssh.com",
    b"statvfs@openssh.com",
)
SHORTEST, LONGEST = 0.001, 0.05  # seconds from one look at what the client has read to the next


class Handler(SFTPServerHandler):
    """Answers the requests of one session, each after the others and after its client has read most answers."""

    def __init__(
        self, server: asyncssh.SFTPServer, reader: SSHReader[bytes], writer: SSHWriter[bytes], account: Account
    ) -> None:
        """Answer what comes by `reader`."""
        super().__init__(server, reader, writer, VERSION)
        self._extensions = [(POSIX_RENAME, b"1"), (LIMITS, b"1")]
        self._account, self._channel = account, writer.channel

    @property
    def handles(self) -> int:
        """Return how many files and folders are open."""
        return len(self._file_handles) + len(self._dir_handles)

    async def recv_packet(self) -> SSHPacket:
        """Receive a request, once it is the turn of this session and its client has read what it was answered."""
        await asyncio.sleep(0)  # what has come already would be answered in one go, and the others would wait
        wait = SHORTEST
        while self._unread() > sender_limits.UNREAD_BYTES and not self._channel.is_closing():
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST)
        if self._reader is None or self._channel.is_closing():
            raise EOFError
        size = int.from_bytes(await self._reader.readexactly(4), "big")
        if size > sender_limits.REQUEST_BYTES:
            raise asyncssh.SFTPBadMessage(f"A request may have at most {sender_limits.REQUEST_BYTES} bytes.")
        return SSHPacket(await self._reader.readexactly(size))

    def _unread(self) -> int:
        """Return how many bytes of answers wait in the channel and in the connection."""
        connection: Any = self._channel.get_connection()
        transport = connection and connection._transport
        return self._channel.get_write_buffer_size() + (transport.get_write_buffer_size() if transport else 0)

    async def _process_open(self, packet: SSHPacket) -> bytes:
        self._account.may_open()
        return await super()._process_open(packet)

    async def _process_opendir(self, packet: SSHPacket) -> bytes:
        self._account.may_open()
        return await super()._process_opendir(packet)

    async def _process_limits(self, packet: SSHPacket) -> SFTPLimits:
        packet.check_end()
        most = self._account.most_handles or 0
        return SFTPLimits(sender_limits.REQUEST_BYTES, sender_limits.DATA_BYTES, sender_limits.DATA_BYTES, most)


# asyncssh calls handlers by this table, which names its own functions; ours stand in their place.
_OWN = {function.__name__: function for function in vars(Handler).values() if callable(function)}
_UNSUPPORTED = {*REFUSED, FXP_READLINK, FXP_LINK, FXP_BLOCK, FXP_UNBLOCK}
Handler._packet_handlers = {
    kind: _OWN.get(getattr(function, "__name__", ""), function)
    for kind, function in SFTPServerHandler._packet_handlers.items()
    if kind not in _UNSUPPORTED
}


class Session(SSHServerStreamSession[bytes]):
    """One session of an account, from its opening to its end."""

    def __init__(self, account: Account, start: Callable[[Any], asyncssh.SFTPServer]) -> None:
        """Count as a session of `account`; `start` makes the SFTP server that it is served by."""
        super().__init__(None, start, VERSION)
        self._account = account
        self._handler: Handler | None = None
        account.sessions.add(self)

    @property
    def handles(self) -> int:
        """Return how many files and folders are open."""
        return self._handler.handles if self._handler else 0

    def session_started(self) -> None:
        """Begin to answer."""
        channel: Any = self._chan
        connection: Any = self._conn
        server: Any = self._init_sftp_server()
        reader, writer = SSHReader(self, channel), SSHWriter(self, channel)
        self._handler = Handler(server, reader, writer, self._account)
        connection.create_task(self._handler.run(), reader.logger)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count no longer."""
        self._account.sessions.discard(self)
        super().connection_lost(exc)

    def exception_received(self, exc: Exception) -> None:
        """Pass over signals and breaks, which would end a session without closing its files."""
