"""The stack serves each role with its rights, heals what is killed, and leaves nothing behind."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import time

import psycopg2
import pytest

from calypso import provision, settings, warehouse
from calypso.local import airflow, airflow_api, machine, postgres, secrets, sftp, supervision
from calypso.local import stack as quick_start
from calypso.settings import Settings


def ask(stack: Settings, role: str, query: str) -> list[tuple]:
    with psycopg2.connect(stack.warehouse(role)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []


def administer(stack: Settings, query: str) -> None:
    with psycopg2.connect(postgres.administrator(stack, stack.warehouse_database)) as connection:
        connection.cursor().execute(query)


def wait_until(condition, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.25)


@pytest.mark.parametrize("role", ["loader", "transformer", "analyst"])
def test_each_role_enters_as_itself(stack, role):
    assert ask(stack, role, "select current_user") == [(f"calypso_{role}",)]


def test_the_transformer_reads_tables_of_raw_made_later_and_the_analyst_what_it_is_granted(stack):
    owner = f"set role {warehouse.OWNER}; "
    administer(stack, owner + "create table if not exists raw.probe (n int)")
    ask(stack, "transformer", "create table if not exists marts.probe as select * from raw.probe")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(stack, "analyst", "select * from marts.probe")
    ask(stack, "transformer", "grant usage on schema marts to calypso_analyst")
    ask(stack, "transformer", "grant select on marts.probe to calypso_analyst")
    assert ask(stack, "analyst", "select * from marts.probe") == []
    ask(stack, "transformer", "drop table marts.probe")
    administer(stack, owner + "drop table raw.probe")


@pytest.mark.parametrize(
    ("role", "query"),
    [
        ("analyst", "select * from raw.submissions"),
        ("analyst", "create table marts.mine (n int)"),
        ("analyst", "create table public.mine (n int)"),
        ("analyst", "create schema mine"),
        ("analyst", "create temporary table mine (n int)"),
        ("transformer", "insert into raw.submissions (submission_id) values ('x')"),
        ("transformer", "create table raw.mine (n int)"),
        ("transformer", "create table public.mine (n int)"),
        ("loader", "create table marts.mine (n int)"),
        ("loader", "create table raw.mine (n int)"),
        ("loader", "create schema mine"),
    ],
)
def test_a_role_may_do_nothing_else(stack, role, query):
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        ask(stack, role, query)


def test_the_analyst_cannot_enter_the_database_of_airflow(stack):
    elsewhere = dataclasses.replace(stack, warehouse_database="airflow")
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        ask(elsewhere, "analyst", "select 1")


def test_provisioning_twice_is_provisioning_once(stack):
    provision.provision(postgres.administrator(stack), stack)
    assert ask(stack, "analyst", "select 1") == [(1,)]


@pytest.mark.skipif(not shutil.which("ss"), reason="ss, which lists who listens, is not installed here")
def test_nothing_listens_beyond_loopback(stack):
    listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    pids = {f"pid={pid}," for pid in supervision.remnants(stack.home)}
    ours = [line.split()[3] for line in listening.splitlines() if any(pid in line for pid in pids)]
    assert len(ours) >= 3
    assert all(address.startswith("127.0.0.1:") for address in ours)


def test_the_settings_in_force_are_found_without_being_told(stack):
    found = settings.read({"CALYPSO_HOME": str(stack.home)})
    assert found == stack
    assert (stack.home / settings.STACK_FILE).stat().st_mode & 0o777 == 0o600


def test_airflow_is_healthy_and_reads_every_dag_file(stack):
    with airflow_api.Client(stack) as client:
        assert set(client.health().values()) == {"healthy"}
        assert client.import_errors() == []
        client.dags()


def test_the_hub_connection_checks_the_host_key(stack):
    asked = (
        "from airflow.providers.sftp.hooks.sftp import SFTPHook\n"
        "hook = SFTPHook('sftp_hub')\n"
        "assert hook.host_key is not None and not hook.no_host_key_check\n"
        "print(sorted(hook.list_directory('/'))[0])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asked],
        env=airflow.environment(stack),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert answer.stdout.splitlines()[-1] in sftp.accounts(stack.home)


def test_up_again_is_quick_and_starts_nothing(stack):
    before = quick_start.status(stack)
    began = time.monotonic()
    assert quick_start.up(stack) == stack
    assert time.monotonic() - began < 10
    assert quick_start.status(stack) == before


def test_up_elsewhere_while_up_is_refused(stack):
    with pytest.raises(machine.CannotServe, match="make down"):
        quick_start.up(dataclasses.replace(stack, sftp_port=1))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.core] if name in ("postgres", "scheduler") else [])
        for name in (*quick_start.SERVERS, *airflow.COMPONENTS)
    ],
)
def test_what_is_killed_comes_back(stack, name):
    def component():
        return next(component for component in quick_start.status(stack) if component.name == name)

    def healed() -> bool:
        with airflow_api.Client(stack) as client:
            health = client.health({name.replace("-", "_"): when})
        return component().up and component().pid != killed and set(health.values()) == {"healthy"}

    def kill() -> bool:
        """Kill it, unless it is just starting again: the scheduler does when the database was killed before it."""
        nonlocal killed, when
        killed, when = component().pid, time.time()
        if killed is None:
            return False
        try:
            os.kill(killed, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    killed, when = None, 0.0
    wait_until(kill)
    wait_until(healed)
    assert quick_start.up(stack) == stack


def test_down_leaves_no_process_and_up_finds_the_data_again(stack):
    ask(stack, "transformer", "create table marts.kept as select 42 as n")
    quick_start.down(stack)
    assert supervision.remnants(stack.home) == []
    assert not any(machine.is_taken(port) for port in machine.ports(stack).values())
    quick_start.up(stack)
    assert ask(stack, "transformer", "select n from marts.kept") == [(42,)]
    ask(stack, "transformer", "drop table marts.kept")


def test_a_killed_process_manager_does_not_stand_in_the_way(stack):
    session = int((stack.home / "run" / "session").read_text())
    os.kill(session, signal.SIGKILL)
    quick_start.up(stack)
    assert all(component.up for component in quick_start.status(stack))
    assert secrets.complete(stack) == stack
