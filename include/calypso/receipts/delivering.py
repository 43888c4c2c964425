"""Delivering puts a receipt into its sender's folder, in every form; a reader sees all of a file or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from calypso.folder import put
from calypso.receipts.chain import Issued
from calypso.receipts.page import page
from calypso.receipts.workbook import workbook

if TYPE_CHECKING:
    from paramiko import SFTPClient


def deliver(sftp: SFTPClient, administration: str, issued: Issued) -> None:
    """Put a receipt into its sender's folder; the JSON comes last, so that who sees it finds the rest."""
    for name, content in forms(issued):
        put(sftp, f"/{administration}/receipts", name, content)


def forms(issued: Issued) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a receipt by name: all are made from its bytes, so each delivery makes the same."""
    receipt = json.loads(issued.body)
    findings = workbook(receipt)
    if findings is not None:
        yield f"{issued.stem}.xlsx", findings
    yield f"{issued.stem}.html", page(receipt, issued)
    yield f"{issued.stem}.json.sig", issued.signature.encode("ascii")
    yield f"{issued.stem}.json", issued.body


def refer(sftp: SFTPClient, administration: str, name: str, content: bytes) -> None:
    """Put a file that verification needs into an administration's reference, where it is not there already."""
    folder = f"/{administration}/reference"
    try:
        with sftp.open(f"{folder}/{name}", "rb") as file:
            if file.read() == content:
                return
    except FileNotFoundError:
        pass  # the first delivery
    put(sftp, folder, name, content)
