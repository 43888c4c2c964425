"""Each program of the quick start has its own secrets and, where root starts it, an account that shares nothing."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from calypso import settings
from calypso.containers import component
from calypso.local import accounts, airflow, machine, secrets, stack
from calypso.local.program import LAUNCHER, Program, described
from calypso.site import laying

SECRET = ("loader", "transformer", "analyst", airflow.FERNET_KEY, airflow.SECRET_KEY, airflow.JWT_SECRET)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has accounts to give")


@pytest.fixture
def known(tmp_path: Path) -> settings.Settings:
    home = tmp_path / "home"
    machine.prepare_home(home)
    (home / "host").mkdir()
    (home / "door").mkdir()
    (home / "door" / "host.pub").write_text("ssh-ed25519 AAAA host")
    return secrets.complete(settings.read({"CALYPSO_HOME": str(home)}))


def held(known: settings.Settings, environment: dict[str, str]) -> set[str]:
    """Return which secrets of a home stand anywhere in an environment."""
    names = {**{role: f"{role}_password" for role in SECRET[:3]}, **{name: name for name in SECRET[3:]}}
    values = {name: secrets.secret(known.home, file) for name, file in names.items()}
    values["database"] = secrets.secret(known.home, secrets.AIRFLOW_DATABASE)
    values["superuser"] = secrets.secret(known.home, secrets.SUPERUSER)
    return {name for name, value in values.items() if any(value in said for said in environment.values())}


def test_each_program_has_the_secrets_that_it_needs_in_its_environment(known: settings.Settings) -> None:
    found = {one.name: held(known, dict(one.environment)) for one in stack._programs(known)}
    fernet, sessions, jwt = airflow.FERNET_KEY, airflow.SECRET_KEY, airflow.JWT_SECRET
    assert found == {
        "postgres": set(),
        "sftp": set(),
        "site": set(),
        "scheduler": {"database", fernet, jwt},
        "dag-processor": {"database", fernet},
        "triggerer": {"database", fernet},
        "api-server": {"database", fernet, jwt, sessions},
    }
    hubs = {one.name for one in stack._programs(known) if "AIRFLOW_CONN_SFTP_HUB" in one.environment}
    assert hubs == {"scheduler", "triggerer"}


def test_a_password_that_no_file_holds_is_given_to_who_logs_in_with_it(
    known: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("loader", "transformer"):
        (known.home / "secrets" / f"{role}_password").unlink()
    told = settings.read(
        {
            "CALYPSO_HOME": str(known.home),
            "CALYPSO_LOADER_PASSWORD": "sesame",
            "CALYPSO_TRANSFORMER_PASSWORD": "open",
            "CALYPSO_QUEUE": "queue:6379",
        }
    )
    passwords = {"loader": "sesame", "transformer": "open"}
    found = {
        name: {role for role, value in passwords.items() if value in airflow.environment(told, name).values()}
        for name in (*airflow.COMPONENTS, "celery")
    }
    assert found == {
        "scheduler": set(),  # tasks run at the workers
        "dag-processor": set(),
        "triggerer": set(),
        "api-server": {"transformer"},
        "celery": {"loader", "transformer"},
    }
    queues = {name for name in found if "AIRFLOW__CELERY__BROKER_URL" in airflow.environment(told, name)}
    assert queues == {"scheduler", "celery"}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["airflow", "scheduler", "--skip-serve-logs"], "scheduler"),
        (["airflow", "celery", "worker"], "celery"),
        (["airflow", "db", "migrate"], None),
        (["airflow"], None),
        (["python", "scheduler"], None),
    ],
)
def test_a_component_in_a_container_is_known_by_its_command(command: list[str], name: str | None) -> None:
    assert component.of(command) == name


def test_the_launcher_gives_a_program_exactly_what_its_file_says(tmp_path: Path) -> None:
    ask = (
        "import json, os\n"
        "print(json.dumps([dict(os.environ), os.getcwd(), os.umask(0), open('/proc/self/status').read()]))"
    )
    program = Program("x", [sys.executable, "-I", "-c", ask], "services", {}, {"A": "%1\"'\n"}, None, str(tmp_path))
    file = tmp_path / "x.json"
    file.write_text(described(tmp_path, program, {"MARK": "m"}))
    done = subprocess.run(
        [sys.executable, "-I", "-S", LAUNCHER, file],
        env={"CALYPSO_LOADER_PASSWORD": "sesame"},
        capture_output=True,
        text=True,
        check=True,
    )
    environment, folder, umask, status = json.loads(done.stdout)
    environment.pop("LC_CTYPE", None)  # the interpreter's own
    assert environment == {"A": "%1\"'\n", "MARK": "m"}
    assert (folder, umask) == (str(tmp_path), 0o077)
    assert "NoNewPrivs:\t1" in status


def test_a_site_can_be_read_by_a_web_server_whatever_the_umask(tmp_path: Path) -> None:
    kept = tmp_path / "kept.html"
    kept.write_text("x")
    kept.chmod(0o600)
    before = os.umask(0o077)
    try:
        laying.lay(tmp_path / "site", {"index.html": b"x", "guides/a/b.html": b"x", "reports/r.html": kept})
    finally:
        os.umask(before)
    room = (tmp_path / "site").resolve()
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in (room, *room.rglob("*"))}
    assert modes == {(True, 0o755), (False, 0o644)}


@as_root
def test_the_accounts_of_servers_are_nobody_elses() -> None:
    found = [accounts.identifier(name) for name in (accounts.POSTGRES, accounts.SFTP, accounts.SITE)]
    assert len({*found, 0, pwd.getpwnam(machine.UNPRIVILEGED).pw_uid}) == 5
    for one in found:
        assert one is not None
        with pytest.raises(KeyError):
            pwd.getpwuid(one)


@as_root
def test_an_identifier_that_has_a_name_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "_IDENTIFIERS", {accounts.SFTP: pwd.getpwnam(machine.UNPRIVILEGED).pw_uid})
    with pytest.raises(machine.CannotServe, match="nobody"):
        accounts.identifier(accounts.SFTP)


def test_where_an_ordinary_user_runs_all_everything_is_theirs(
    known: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "is_root", lambda: False)
    (known.home / "reports").mkdir(mode=0o755)
    (known.home / "stack.env").touch(mode=0o644)
    accounts.close(known.home, known.home / "site")
    accounts.give_trees(known.home)
    assert accounts.named(accounts.SFTP) == []
    modes = {path.name: path.stat().st_mode & 0o777 for path in known.home.iterdir()}
    assert known.home.stat().st_mode & 0o777 == 0o700
    assert {mode for name, mode in modes.items() if (known.home / name).is_dir()} == {0o700}
    assert modes["stack.env"] == 0o600


@as_root
def test_a_home_of_an_earlier_version_is_closed_and_handed_over(known: settings.Settings) -> None:
    home = known.home
    for name in ("airflow/logs/dag", "reports/2024", "dbt/target", "simulation", ".site/1-x", "sftp/brb/inbox"):
        (home / name).mkdir(parents=True, exist_ok=True)
        (home / name / "file").write_text("private")
        (home / name / "file").chmod(0o644)
    for folder in (home, *(path for path in home.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    (home / "stack.env").write_text("private")
    accounts.give_trees(home)
    accounts.close(home, home / "site")
    sftp = accounts.identifier(accounts.SFTP)
    assert {path.stat().st_uid for path in (home / "sftp").rglob("*")} == {sftp}
    nobody = pwd.getpwnam(machine.UNPRIVILEGED)
    for entry in home.iterdir():
        mode, owner = entry.stat().st_mode, entry.stat()
        assert not mode & 0o007, entry
        assert (owner.st_uid, owner.st_gid) != (nobody.pw_uid, nobody.pw_gid)
    assert home.stat().st_mode & 0o777 == 0o711
    assert (home / ".site").stat().st_gid == accounts.identifier(accounts.SITE)
