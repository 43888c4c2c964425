"""The hub is the SFTP server: opened here for tasks, with how long it may say nothing."""

from __future__ import annotations

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
        yield sftp
