"""Posting puts a notice into its office's folder, where it lies until all is there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from calypso.folder import put
from calypso.notices.giving import Channel, Notice
from calypso.notices.words import FILE_NAME, page

if TYPE_CHECKING:
    from paramiko import SFTPClient


def in_folder(sftp: SFTPClient) -> Channel:
    """Return the channel that writes into the folders of the server, and takes away what is settled."""

    def carry(notice: Notice) -> None:
        folder = f"/{notice.administration}/receipts"
        if notice.days:
            put(sftp, folder, FILE_NAME, page(notice).encode("utf-8-sig"))
            return
        with contextlib.suppress(FileNotFoundError):  # the office has removed it already
            sftp.remove(f"{folder}/{FILE_NAME}")

    return carry
