"""The command line starts quickly, lists what it can do, and says what is wrong in one sentence."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from calypso import cli, settings
from calypso.local import machine, stack

HEAVY = ("airflow", "asyncssh", "dbt", "great_expectations", "httpx", "pandas", "psycopg2", "pydantic")


@pytest.fixture
def installation(tmp_path, monkeypatch) -> settings.Settings:
    known = settings.read({"CALYPSO_HOME": str(tmp_path / "home")})
    monkeypatch.setattr(settings, "current", lambda: known)
    return known


def run(*arguments: str):
    return CliRunner().invoke(cli.app, arguments)


def test_every_command_is_listed_with_a_sentence():
    listed = run("--help").output
    for command in cli.app.registered_commands:
        assert command.callback.__name__.replace("_", "-") in listed
        assert command.callback.__doc__.strip().endswith(".")


def test_help_waits_for_nothing_heavy():
    asked = f"import sys, calypso.cli; print([name for name in {HEAVY!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_status_of_a_stack_that_never_ran_is_down_and_fails(installation):
    answer = run("status")
    assert answer.exit_code == 1
    assert [line.split()[:2] for line in answer.output.splitlines()] == [
        [name, "down"] for name in ("postgres", "sftp", "site", "scheduler", "dag-processor", "triggerer", "api-server")
    ]


def test_a_machine_that_cannot_serve_gets_one_sentence_and_no_trace(installation, monkeypatch):
    def refuse(*_, **__):
        raise machine.CannotServe("The disk is full.")

    monkeypatch.setattr(stack, "up", refuse)
    answer = run("up")
    assert (answer.exit_code, answer.stderr, answer.stdout) == (1, "The disk is full.\n", "")


def test_clean_leaves_a_folder_that_is_not_ours(installation):
    installation.home.mkdir()
    (installation.home / "thesis.txt").touch()
    answer = run("clean")
    assert answer.exit_code == 1
    assert "was not made by Calypso" in answer.stderr
    assert (installation.home / "thesis.txt").exists()


def test_clean_of_nothing_is_no_error(installation):
    assert run("clean").exit_code == 0


@pytest.mark.integration
@pytest.mark.enable_socket
def test_a_warehouse_that_is_down_gets_one_sentence(installation, monkeypatch):
    nowhere = dataclasses.replace(installation, warehouse_port=1)
    monkeypatch.setattr(settings, "current", lambda: nowhere)
    answer = run("sql", "select 1")
    assert answer.exit_code == 1
    assert answer.stderr == "The warehouse does not answer at 127.0.0.1:1: run `make up`.\n"
