"""One stack, in its own home and on free ports, serves every integration test and is always taken down."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import paramiko
import pytest
from corpus import golden, hundred
from integration import wave
from integration.line import line

from calypso import registry, settings
from calypso.local import keys, sftp
from calypso.local import stack as quick_start
from calypso.settings import Settings

HERE = Path(__file__).parent
# These drop files into the stack's own inboxes; test_demo holds the same warehouse against the truth of its operations,
# so it comes first, whatever the names of the files.
AFTER_THE_DEMO = ("test_golden", "test_hundred", "test_served")
PORTS = ("CALYPSO_WAREHOUSE_PORT", "CALYPSO_SFTP_PORT", "CALYPSO_AIRFLOW_PORT")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, for it starts servers and speaks to them; put last what the demo may not see."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.enable_socket)
    items.sort(key=lambda item: item.path.parent == HERE and item.path.stem in AFTER_THE_DEMO)


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


@pytest.fixture(scope="session")
def answers(stack: Settings) -> list[wave.Answers]:
    """Drop the golden corpus in as few waves as it can come in, and then the hundred files; give the answers.

    The golden files arrive by a simulated clock and the hundred by the server's own.
    """
    found = []
    for files in golden.waves(golden.golden()):
        wave.set_clock(stack, ((file.administration, file.file_name, file.arrived_at) for file in files))
        found.append(wave.drop(stack, files))
    return [*found, wave.drop(stack, hundred.hundred())]


@pytest.fixture(scope="session")
def new_line(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Return a function that makes a line of its own: `with new_line(name, clock) as line`.

    The lines share one SFTP server, apart from the stack's, whose inboxes Airflow empties.
    """
    # Above pytest's folders for the same reason as the stack's home; only this server reads it.
    home = stack.home.parent / "line"
    sftp.create_trees(home, registry.administrations())
    with ExitStack() as held:
        port = held.enter_context(sftp_server(home))
        client = held.enter_context(as_hub(home, port))
        yield lambda name, clock: line(stack, client, home / "sftp", name, clock)


@contextmanager
def sftp_server(home: Path) -> Iterator[int]:
    """Serve the trees of `home` by the quick start's own SFTP server, and give its port."""
    port = free_ports()["CALYPSO_SFTP_PORT"]
    environment = {**os.environ, "CALYPSO_HOME": str(home), "CALYPSO_SFTP_PORT": port}
    server = subprocess.Popen([sys.executable, "-m", "calypso.local.sftp"], env=environment)
    try:
        _answers(int(port))
        yield int(port)
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the SFTP server does not answer"
            time.sleep(0.1)


@contextmanager
def as_hub(home: Path, port: int) -> Iterator[paramiko.SFTPClient]:
    """Log in as the hub with paramiko, as Airflow's hook does, with the server's key pinned."""
    kind, key = keys.host_key(home).split()
    with paramiko.SSHClient() as client:
        client.get_host_keys().add(f"[127.0.0.1]:{port}", kind, paramiko.Ed25519Key(data=base64.b64decode(key)))
        client.connect("127.0.0.1", port, sftp.HUB, key_filename=str(keys.private(home, sftp.HUB)), allow_agent=False)
        with client.open_sftp() as session:
            yield session


def free_ports() -> dict[str, str]:
    """Return three ports which nothing listens on."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in PORTS]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: str(probe.getsockname()[1]) for name, probe in zip(PORTS, probes, strict=True)}
