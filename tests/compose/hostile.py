"""What a hostile sender does over SFTP, as functions: each returns what it got, for a test to judge."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import asyncssh
from asyncssh.constants import FXP_INIT, FXP_OPEN, FXP_READ
from asyncssh.packet import String, UInt32, UInt64
from asyncssh.sftp import FXF_READ

MEGABYTE = 1024**2
REFUSED = (asyncssh.SFTPError, asyncssh.ConnectionLost, asyncssh.ChannelOpenError)


@dataclass(frozen=True)
class Sender:
    """An account of an SFTP server, and the key that opens it."""

    port: int
    host_key: str
    account: str
    key: asyncssh.SSHKey
    host: str = "127.0.0.1"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncssh.SSHClientConnection]:
        """Log in."""
        known = asyncssh.import_known_hosts(f"[{self.host}]:{self.port} {self.host_key}")
        given = {"client_keys": [self.key], "known_hosts": known, "config": None, "agent_path": None}
        async with asyncssh.connect(
            self.host, self.port, username=self.account, login_timeout=60, **given
        ) as connection:
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[asyncssh.SFTPClient]:
        """Log in and open a session."""
        async with self.connection() as connection, connection.start_sftp_client() as client:
            yield client

    async def seconds(self) -> float:
        """Log in, list a folder and leave; return after how long."""
        began = time.monotonic()
        async with self.session() as client:
            await client.listdir("receipts")
        return time.monotonic() - began


async def ask_for(client: asyncssh.SFTPClient, extension: bytes, *arguments: bytes) -> str:
    """Send a request of an extension, whether the server offers it or not; return its name or that of the refusal."""
    try:
        await client._handler._make_request(extension, *arguments)
    except asyncssh.SFTPError as error:
        return type(error).__name__
    return extension.decode()


async def copy_onto_itself(client: asyncssh.SFTPClient, name: str) -> str:
    """Ask for a file to be copied onto its own end, for ever."""
    async with client.open(name, "wb+") as file:
        await file.write(b"x" * MEGABYTE)
        handle = String(file._handle)
        try:
            return await asyncio.wait_for(
                ask_for(client, b"copy-data", handle, UInt64(0), UInt64(2**60), handle, UInt64(MEGABYTE)), 2
            )
        except TimeoutError:
            return "copy-data"


async def open_handles(client: asyncssh.SFTPClient, most: int) -> int:
    """Open a file again and again; return how often that went well."""
    for opened in range(most):
        try:
            await client.open("reference/version.txt", "rb")
        except asyncssh.SFTPError:
            return opened
    return most


async def crowd(sender: Sender, connections: int, seconds: float) -> int:
    """Log in so many times at once; return how many sessions of these answer after a while."""
    async with AsyncExitStack() as stack:

        async def enter() -> asyncssh.SFTPClient | None:
            try:
                return await stack.enter_async_context(sender.session())
            except (OSError, *REFUSED, asyncssh.Error):
                return None

        clients = await asyncio.gather(*(enter() for _ in range(connections)))
        await asyncio.sleep(seconds)

        async def answers(client: asyncssh.SFTPClient | None) -> bool:
            try:
                return client is not None and bool(await client.realpath("."))
            except REFUSED:
                return False

        return sum(await asyncio.gather(*map(answers, clients)))


@asynccontextmanager
async def unread(sender: Sender, reads: int) -> AsyncIterator[None]:
    """Ask for so many parts of a file, and read none of the answers while the block runs."""
    numbers = itertools.count()

    def packet(kind: int, *fields: bytes) -> bytes:
        content = bytes([kind]) + b"".join(fields)
        return UInt32(len(content)) + content

    def request(kind: int, *fields: bytes) -> bytes:
        return packet(kind, UInt32(next(numbers)), *fields)

    async with sender.connection() as connection:
        writer, reader, _ = await connection.open_session(subsystem="sftp", encoding=None)
        writer.write(packet(FXP_INIT, UInt32(3)))
        writer.write(request(FXP_OPEN, String("inbox/large.part"), UInt32(FXF_READ), UInt32(0)))
        await asyncio.sleep(1)
        await reader.read(1024)
        reader.channel.pause_reading()
        for number in range(reads):
            # A handle of OpenSSH is the number of the file that is open.
            writer.write(request(FXP_READ, String(UInt32(0)), UInt64(0), UInt32(255 * 1024)))
            if number % 100 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(5)
        yield


@asynccontextmanager
async def silent(host: str, port: int, connections: int) -> AsyncIterator[None]:
    """Hold so many connections that say nothing."""
    async with AsyncExitStack() as stack:

        async def arrive() -> None:
            try:
                _, writer = await asyncio.open_connection(host, port)
            except OSError:
                return
            stack.callback(writer.close)

        await asyncio.gather(*(arrive() for _ in range(connections)))
        await asyncio.sleep(3)
        yield
