"""One stack, in its own home and on free ports, serves every integration test and is always taken down."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from calypso import settings
from calypso.local import stack as quick_start
from calypso.settings import Settings

HERE = Path(__file__).parent
PORTS = ("CALYPSO_WAREHOUSE_PORT", "CALYPSO_SFTP_PORT", "CALYPSO_AIRFLOW_PORT")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder: it starts servers and speaks to them."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.enable_socket)


@pytest.fixture(scope="session")
def stack() -> Iterator[Settings]:
    """Bring a whole stack up, whatever else is up on this machine, and give its settings."""
    # Not below pytest's own folders: they are private, and PostgreSQL may have to run as another account.
    with tempfile.TemporaryDirectory(prefix="calypso-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        asked = settings.read({"CALYPSO_HOME": f"{folder}/home", **free_ports()})
        try:
            yield quick_start.up(asked)
        finally:
            quick_start.clean(asked)


def free_ports() -> dict[str, str]:
    """Return three ports which nothing listens on."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in PORTS]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: str(probe.getsockname()[1]) for name, probe in zip(PORTS, probes, strict=True)}
