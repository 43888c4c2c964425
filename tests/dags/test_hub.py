"""The hub's connection, as tasks open it through Airflow, to a real server."""

from __future__ import annotations

import dataclasses
import os
import statistics
import time
from pathlib import Path

import pytest
from integration.servers import sftp_server

from calypso import registry, settings
from calypso.folder import put
from calypso.local import airflow, sftp
from dags.hub import CONNECTION, SILENCE, hub

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

STALL = 0.040  # seconds for which Linux may put an acknowledgement off
JUST_ABOVE = 33_000  # bytes, of which the first 32 KB go in one packet and the rest in another


def test_no_file_waits_for_an_acknowledgement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sftp.create_trees(tmp_path, registry.administrations())
    with sftp_server(tmp_path) as port:
        here = dataclasses.replace(settings.read({"CALYPSO_HOME": str(tmp_path)}), sftp_port=port)
        monkeypatch.setenv(f"AIRFLOW_CONN_{CONNECTION.upper()}", airflow.connection(here))
        times = []
        with hub() as opened:
            assert opened.get_channel().gettimeout() == SILENCE
            for number in range(10):
                began = time.monotonic()
                put(opened, "/brb/receipts", f"{number}.xlsx", os.urandom(JUST_ABOVE))
                times.append(time.monotonic() - began)
        assert (tmp_path / "sftp" / "brb" / "receipts" / "9.xlsx").stat().st_size == JUST_ABOVE
    assert statistics.median(times) < STALL / 2
