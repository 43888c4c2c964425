"""The quick start starts wherever it is tried: in a private folder, and where its ports are taken."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.servers import PORTS, free_ports, whole_stack

from calypso import settings
from calypso.local import control_group, machine, stack
from calypso.settings import REPOSITORY

pytestmark = [pytest.mark.integration, pytest.mark.core]

OF_NO_CLONE = shutil.ignore_patterns(".git", ".venv", ".tools", ".calypso", ".hypothesis", "*cache*", "target", "logs")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which another program listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the working tree in a folder that its owner alone may enter."""
    copy = tmp_path / "private" / "clone"
    copy.parent.mkdir(mode=0o700)
    shutil.copytree(REPOSITORY, copy, ignore=OF_NO_CLONE)
    return copy


def calypso(clone: Path, *arguments: str) -> str:
    """Run a command of that clone, with the ports that it finds by itself, and return what it says."""
    chosen = {name: value for name, value in os.environ.items() if not name.startswith("CALYPSO_")}
    done = subprocess.run(
        [sys.executable, "-c", "from calypso.cli import main; main()", *arguments],
        cwd=clone,
        env={**chosen, "PYTHONPATH": os.pathsep.join([str(clone / "include"), str(clone)])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a folder that other accounts can enter")
def test_a_clone_that_no_other_account_can_enter_is_started_from(clone: Path) -> None:
    link = clone / ".calypso"
    try:
        said = calypso(clone, "up", "--alone")
        assert "Calypso is up" in said
        assert said.count(" is private, and PostgreSQL, which never runs as root, could not enter it") == 1
        home = link.readlink()
        assert f"all data lie in {home}" in said
        assert home.parent == settings.OUTSIDE.parent
        assert (link / "sftp" / "brb" / "inbox").is_dir()
        for server in stack.SERVERS:
            assert f"{server:<14} up" in calypso(clone, "status")
        assert calypso(clone, "down") == "Calypso is down.\n"
        assert f"{'postgres':<14} down" in calypso(clone, "status")
        assert (home / "postgres" / "data" / "PG_VERSION").exists()
    finally:
        assert calypso(clone, "clean") == "Calypso is down and its home is removed.\n"
    assert not home.exists()
    assert not link.is_symlink()


def test_a_port_that_another_program_has_is_no_reason_to_stop(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    with whole_stack({**free_ports(), "CALYPSO_SFTP_PORT": str(taken)}, alone=True) as up:
        assert up.sftp_port > taken
        told = f"Port {taken} is taken by another program: {up.sftp_port} is used instead (CALYPSO_SFTP_PORT)"
        assert told in capsys.readouterr().out
        again = settings.read({"CALYPSO_HOME": str(up.home)})
        assert again == up
        assert stack.up(again, alone=True) == up
        if group := control_group.create(up.home.absolute()):
            assert len((group / control_group.MEMBERS).read_text().split()) > len(stack.SERVERS)
        [sftp] = [one for one in stack.status(again) if one.name == "sftp"]
        assert (sftp.up, sftp.address) == (True, f"sftp://127.0.0.1:{up.sftp_port}")
    assert group is None or not group.exists()


def test_a_port_that_was_set_by_name_is_never_changed(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = {**free_ports(), "CALYPSO_SITE_PORT": str(taken)}
    for name in PORTS:
        monkeypatch.setenv(name, ports[name])
    sentence = rf"Port {taken} \(CALYPSO_SITE_PORT\) is taken by another program: set CALYPSO_SITE_PORT to a free port"
    with pytest.raises(machine.CannotServe, match=sentence), whole_stack(ports, alone=True):
        pass
