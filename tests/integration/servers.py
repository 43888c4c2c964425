"""Servers, alone or as a whole stack, are started by tests on ports that nothing listens on, and stopped in the end."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import paramiko

from calypso import settings
from calypso.local import keys, sftp
from calypso.local import stack as quick_start
from calypso.settings import Settings

PORTS = ("CALYPSO_WAREHOUSE_PORT", "CALYPSO_SFTP_PORT", "CALYPSO_AIRFLOW_PORT", "CALYPSO_SITE_PORT")


@contextmanager
def sftp_server(home: Path) -> Iterator[int]:
    """Serve the trees of `home` by the quick start's own SFTP server, and give its port."""
    port = free_ports()["CALYPSO_SFTP_PORT"]
    environment = {**os.environ, "CALYPSO_HOME": str(home), "CALYPSO_SFTP_PORT": port}
    server = subprocess.Popen([sys.executable, "-m", "calypso.local.sftp"], env=environment)
    try:
        answers(int(port))
        yield int(port)
    finally:
        server.terminate()
        server.wait(20)


def answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the SFTP server does not answer"
            time.sleep(0.1)


@contextmanager
def whole_stack(ports: Mapping[str, str] | None = None, *, alone: bool = False) -> Iterator[Settings]:
    """Bring a whole stack up, or its servers alone, whatever else is up on this machine, and give its settings."""
    # Not below pytest's own folders: they are private, and PostgreSQL may have to run as another account.
    with tempfile.TemporaryDirectory(prefix="calypso-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        asked = settings.read({"CALYPSO_HOME": f"{folder}/home", **(ports or free_ports())})
        try:
            yield quick_start.up(asked, alone=alone)
        finally:
            quick_start.clean(asked)


@contextmanager
def as_hub(home: Path, port: int) -> Iterator[paramiko.SFTPClient]:
    """Log in as the hub with paramiko, as Airflow's hook does, with the server's key pinned."""
    kind, key = keys.host_key(home).split()
    with paramiko.SSHClient() as client:
        client.get_host_keys().add(f"[127.0.0.1]:{port}", kind, paramiko.Ed25519Key(data=base64.b64decode(key)))
        client.connect("127.0.0.1", port, sftp.HUB, key_filename=str(keys.private(home, sftp.HUB)), allow_agent=False)
        with client.open_sftp() as session:
            yield session


def free_ports(names: Collection[str] = PORTS) -> dict[str, str]:
    """Return ports which nothing listens on, by the settings that name them."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in names]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return {name: str(probe.getsockname()[1]) for name, probe in zip(names, probes, strict=True)}
