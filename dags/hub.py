"""The hub is the SFTP server: opened here for tasks, with how long it may say nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramiko import SFTPClient

CONNECTION = "sftp_hub"
SILENCE = 10.0  # seconds, then the server is given up: a transfer that stalls must not hold its task


@contextmanager
def hub() -> Iterator[SFTPClient]:
    """Open the hub; what waits for an answer that does not come raises TimeoutError."""
    from airflow.providers.sftp.hooks.sftp import SFTPHook

    with SFTPHook(CONNECTION).get_managed_conn() as sftp:
        if channel := sftp.get_channel():
            channel.settimeout(SILENCE)
            # Paramiko's default lets the end of each 32 KB wait until what went before is acknowledged: 40 ms a file.
            connected = channel.get_transport().sock
            if isinstance(connected, socket.socket):  # and no program that stands between
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sftp
