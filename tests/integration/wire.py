"""A wire to a server can be made to fall silent in the middle of a large transfer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

LARGE = 1 << 20  # bytes that come without a pause
PAUSE = 0.5  # seconds


class Wire:
    """What passes between the two ends, forwarded; `port` is the near one, on 127.0.0.1."""

    def __init__(self, server_port: int, port: int) -> None:
        self.server_port = server_port
        self.port = port
        self.stalls = False  # large transfers from the server, from now on
        self.stalled = 0  # connections that fell silent
        self.listens = threading.Event()

    async def serve(self, ended: asyncio.Event) -> None:
        async with await asyncio.start_server(self._connect, "127.0.0.1", self.port):
            self.listens.set()
            await ended.wait()

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, onward = await asyncio.open_connection("127.0.0.1", self.server_port)
        try:
            await asyncio.gather(self._forward(near, onward), self._forward(far, back, watched=True))
        except OSError:
            pass  # an end has hung up, which is what its other end sees, too
        finally:
            back.close()
            onward.close()

    async def _forward(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, watched: bool = False) -> None:
        run, last = 0, time.monotonic()
        while data := await source.read(1 << 16):
            now = time.monotonic()
            run, last = len(data) + (run if now - last < PAUSE else 0), now
            if watched and self.stalls and run > LARGE:
                self.stalled += 1
                while self.stalls:
                    await asyncio.sleep(PAUSE)
            to.write(data)
            await to.drain()
        to.write_eof()


@contextmanager
def wire(server_port: int, port: int) -> Iterator[Wire]:
    """Lay a wire for as long as the block runs."""
    laid = Wire(server_port, port)
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(laid.serve(ended))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert laid.listens.wait(30)
    try:
        yield laid
    finally:
        laid.stalls = False
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
