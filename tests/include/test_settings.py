"""Every setting stands in .env.example with its default, and nothing else reads the environment."""

import dataclasses
import os
import re
from pathlib import Path

import pytest

from calypso import settings
from calypso.local import machine

EXAMPLE = (settings.REPOSITORY / ".env.example").read_text()


def test_the_example_names_every_setting_with_its_default(tmp_path: Path) -> None:
    said = dict(re.findall(r"^(CALYPSO_\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    fields = {f"CALYPSO_{field.name.upper()}" for field in dataclasses.fields(settings.Settings)}
    assert set(said) == fields
    given = {
        name: value
        for name, value in said.items()
        if not name.endswith(("_HOME", "_LANDING", "_SIGNING_KEYS", "_SITE"))
    }
    home = {"CALYPSO_HOME": str(tmp_path)}
    assert settings.read({**home, **given}) == settings.read(home)


def test_nothing_else_reads_the_environment() -> None:
    root = settings.REPOSITORY
    readers = {
        path.relative_to(root).as_posix()
        for room in ("include", "expectations", "dags")
        for path in (root / room).rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text())
    }
    # transformation hands the caller's environment on to dbt, confined empties it; neither reads a setting from it
    others = {"include/calypso/transformation.py", "include/calypso/confined.py"}
    assert readers <= {"include/calypso/settings.py", *others}


def test_a_clone_that_no_other_account_can_enter_keeps_its_state_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    home, outside = tmp_path / "clone" / ".calypso", tmp_path / "var" / "clone"
    home.parent.mkdir()
    monkeypatch.setattr(settings, "HOME", home)
    monkeypatch.setattr(settings, "OUTSIDE", outside)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert settings.read({}).home == outside
    assert settings.read({"CALYPSO_HOME": str(tmp_path / "said")}).home == tmp_path / "said"
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert settings.read({}).home == home


def test_a_home_outside_is_found_again_by_the_clones_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, outside = tmp_path / ".calypso", tmp_path / "outside"
    outside.mkdir()
    monkeypatch.setattr(settings, "HOME", home)
    monkeypatch.setattr(machine, "HOME", home)
    monkeypatch.setattr(machine, "OUTSIDE", outside)
    machine.link_home(outside)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)  # whatever the permissions say by now
    assert settings.read({}).home == outside
    machine.unlink_home(outside)
    assert settings.read({}).home == home
    assert not home.is_symlink()


def test_the_address_of_airflow_follows_a_port_that_was_moved() -> None:
    moved = settings.with_ports(settings.read({}), {"CALYPSO_AIRFLOW_PORT": 9001})
    assert (moved.airflow_port, moved.airflow_url) == (9001, "http://127.0.0.1:9001")
    set_by_name = settings.read({"CALYPSO_AIRFLOW_URL": "https://calypso.example"})
    assert settings.with_ports(set_by_name, {"CALYPSO_AIRFLOW_PORT": 9001}).airflow_url == "https://calypso.example"


def test_passwords_are_not_shown() -> None:
    known = settings.read({"CALYPSO_LOADER_PASSWORD": "sesame"})
    assert "sesame" not in repr(known)
