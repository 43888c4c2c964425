"""What supervisord is given: a socket path that fits, and programs in groups that stop in order."""

from __future__ import annotations

import configparser
from pathlib import Path

from calypso.local import supervision
from calypso.local.program import Program, render

LONGEST = 107  # of a unix socket's path, which supervisord binds under a name with its pid


def test_a_long_home_gets_a_short_socket_of_its_own():
    long = Path("/var/tmp") / ("a" * 100)
    assert supervision._socket_path(Path("/home/calypso")) == Path("/home/calypso/run/supervisor.sock")
    assert len(f"{supervision._socket_path(long)}.1234567") <= LONGEST
    assert supervision._socket_path(long) != supervision._socket_path(long / "b")


def test_the_database_stops_last_and_no_command_is_misread(tmp_path):
    programs = [
        Program("postgres", ["postgres", "-c log=%m"], "database"),
        Program("sftp", ["sftp"], "services"),
    ]
    read = configparser.ConfigParser(interpolation=None)
    read.read_string(render(tmp_path, tmp_path / "control", programs))
    assert read["program:postgres"]["command"] == "postgres '-c log=%%m'"
    assert int(read["group:database"]["priority"]) < int(read["group:services"]["priority"])
    assert read["group:services"]["programs"] == "sftp"


def test_a_home_that_never_ran_has_no_processes(tmp_path):
    assert supervision.processes(tmp_path) == {}
    assert supervision.remnants(tmp_path) == []
