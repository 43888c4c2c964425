"""What supervisord is given: a socket path that fits, and programs in groups that stop in order."""

from __future__ import annotations

import configparser
import json
import shlex
from pathlib import Path

from calypso.local import supervision
from calypso.local.program import Program, described, render

LONGEST = 107  # of a unix socket's path, which supervisord binds under a name with its pid


def test_a_long_home_gets_a_short_socket_of_its_own():
    long = Path("/var/tmp") / ("a" * 100)
    assert supervision._socket_path(Path("/home/calypso")) == Path("/home/calypso/run/supervisor.sock")
    assert len(f"{supervision._socket_path(long)}.1234567") <= LONGEST
    assert supervision._socket_path(long) != supervision._socket_path(long / "b")


def test_the_database_stops_last_and_no_command_is_misread(tmp_path):
    home = tmp_path / "100 %m"
    programs = [
        Program("postgres", ["postgres", "-c log=%m"], "database"),
        Program("sftp", ["sftp"], "services", environment={"CALYPSO_LOADER_PASSWORD": "sesame"}),
    ]
    told = render(home, home / "control", programs)
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(told)
    assert shlex.split(read["program:postgres"]["command"])[-1] == f"{home}/run/postgres.json".replace("%", "%%")
    assert int(read["group:database"]["priority"]) < int(read["group:services"]["priority"])
    assert read["group:services"]["programs"] == "sftp"
    assert "sesame" not in told
    assert json.loads(described(home, programs[0], {"MARK": "x"})) == {
        "command": ["postgres", "-c log=%m"],
        "environment": {"MARK": "x"},
        "identifier": None,
        "directory": str(home),
    }


def test_a_home_that_never_ran_has_no_processes(tmp_path):
    assert supervision.processes(tmp_path) == {}
    assert supervision.remnants(tmp_path) == []
