"""A machine that cannot carry the quick start says so in one or two sentences, with what to do."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from calypso.local import machine

Usage = namedtuple("Usage", "total used free")


def refusal(check, *arguments) -> str:
    with pytest.raises(machine.CannotServe) as refused:
        check(*arguments)
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_disk_too_full_is_named_with_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 9, 1024**3))
    sentence = refusal(machine.check_disk, tmp_path / "home")
    assert "1.0 GB free" in sentence
    assert "CALYPSO_HOME" in sentence


def test_a_disk_with_room_is_accepted(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10, 0, machine.NEEDED_BYTES))
    machine.check_disk(tmp_path / "not" / "yet" / "there")


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="only Linux tells how much memory is free")
def test_a_machine_with_too_little_memory_is_told_what_it_needs(monkeypatch):
    machine.check_memory()
    monkeypatch.setattr(machine, "NEEDED_MEMORY", 2**60)
    sentence = refusal(machine.check_memory)
    assert "GB of memory are free" in sentence
    assert "end other programs" in sentence


def test_a_home_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    sentence = refusal(machine.check_home, tmp_path / "home")
    assert str(tmp_path) in sentence
    assert "CALYPSO_HOME" in sentence


def test_a_home_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    assert "is a file" in refusal(machine.check_home, tmp_path / "file" / "home")


def test_a_home_that_holds_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.txt").touch()
    assert "not Calypso's" in refusal(machine.check_home, tmp_path)


def test_a_home_made_by_calypso_is_accepted_again(tmp_path):
    machine.prepare_home(tmp_path / "home")
    machine.check_home(tmp_path / "home")


def test_a_private_parent_folder_is_named(tmp_path):
    home = tmp_path / "private" / "home"
    home.parent.mkdir(mode=0o700)
    # pytest's own folders may be private already: the outermost one is what stands in the way.
    private = next(folder for folder in reversed(home.parents) if not folder.stat().st_mode & 0o001)
    sentence = refusal(machine.check_entrance, home)
    assert sentence.startswith(f"{private} is private")
    assert "CALYPSO_HOME" in sentence


def test_two_servers_on_one_port_are_refused(monkeypatch):
    monkeypatch.setattr(machine, "is_taken", lambda _: False)
    sentence = refusal(machine.check_ports, {"CALYPSO_SFTP_PORT": 1, "CALYPSO_AIRFLOW_PORT": 1})
    assert "CALYPSO_SFTP_PORT and CALYPSO_AIRFLOW_PORT are both 1" in sentence


@pytest.mark.integration
@pytest.mark.enable_socket
def test_a_taken_port_is_named_with_its_setting():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sentence = refusal(machine.check_ports, {"CALYPSO_SFTP_PORT": port})
    assert f"Port {port} (CALYPSO_SFTP_PORT)" in sentence
    assert "make down" in sentence
    machine.check_ports({"CALYPSO_SFTP_PORT": port})


def test_a_taken_port_is_moved_to_the_next_free_one_that_nobody_else_wants(monkeypatch):
    monkeypatch.setattr(machine, "is_taken", {8080, 8082}.__contains__)
    wanted = {"CALYPSO_AIRFLOW_PORT": 8080, "CALYPSO_SITE_PORT": 8081, "CALYPSO_SFTP_PORT": 2222}
    assert machine.free_ports(wanted, ()) == {**wanted, "CALYPSO_AIRFLOW_PORT": 8083}
    assert machine.free_ports(wanted, {"CALYPSO_SITE_PORT"}) == {**wanted, "CALYPSO_AIRFLOW_PORT": 8083}
    set_to_the_default_of_another = {**wanted, "CALYPSO_AIRFLOW_PORT": 8081}
    moved = machine.free_ports(set_to_the_default_of_another, {"CALYPSO_AIRFLOW_PORT"})
    assert moved == {**set_to_the_default_of_another, "CALYPSO_SITE_PORT": 8083}


def test_a_port_that_is_set_by_name_is_never_moved(monkeypatch):
    monkeypatch.setattr(machine, "is_taken", {8080}.__contains__)
    wanted = {"CALYPSO_AIRFLOW_PORT": 8080, "CALYPSO_SITE_PORT": 8081}
    sentence = refusal(machine.free_ports, wanted, {"CALYPSO_AIRFLOW_PORT"})
    assert sentence.startswith("Port 8080 (CALYPSO_AIRFLOW_PORT) is taken by another program")


def test_a_machine_without_a_free_port_is_told_so(monkeypatch):
    monkeypatch.setattr(machine, "is_taken", lambda _: True)
    assert "Port 65000" in refusal(machine.free_ports, {"CALYPSO_SITE_PORT": 65000}, ())


def test_the_home_lets_pass_but_not_look(tmp_path: Path):
    home = tmp_path / "home"
    machine.prepare_home(home)
    assert home.stat().st_mode & 0o777 == 0o711
    assert (home / "secrets").stat().st_mode & 0o777 == 0o700
    assert (home / "keys").stat().st_mode & 0o777 == 0o700


def test_a_home_of_an_earlier_version_is_rearranged_once(tmp_path: Path):
    home = tmp_path / "home"
    for name in ("keys/hub", "keys/hub.pub", "keys/brb", "keys/dma.withdrawn", "secrets/postgres_password"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name)
    (home / machine.MARKER).touch()
    machine.prepare_home(home)
    (home / "keys" / "hub").write_text("another")
    machine.prepare_home(home)
    found = {str(path.relative_to(home)): path.read_text() for path in home.rglob("*") if path.is_file()}
    assert found.pop(machine.MARKER) == ""
    assert found == {
        "hub/key": "keys/hub",
        "door/hub.pub": "keys/hub.pub",
        "keys/brb": "keys/brb",
        "door/dma.withdrawn": "keys/dma.withdrawn",
        "secrets/superuser/postgres_password": "secrets/postgres_password",
        "keys/hub": "another",
    }
