"""On a shared host nobody else gets at a home, its processes or their secrets; the servers of root are not root."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from integration.servers import whole_stack

from calypso.local import accounts, machine, onboarding, secrets
from calypso.local import stack as quick_start
from calypso.settings import Settings

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can look as somebody else")
LOOK = """
import json, os, sys
os.setgroups([]); os.setresgid(%(group)d, %(group)d, %(group)d); os.setresuid(%(user)d, %(user)d, %(user)d)
def may(path):
    try:
        os.listdir(path) if os.path.isdir(path) else os.close(os.open(path, os.O_RDONLY))
        return True
    except OSError:
        return False
print(json.dumps([path for path in json.load(sys.stdin) if may(path)]))
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[Settings]:
    """Servers of their own: another file's tests write into theirs by hand, and as whoever they are."""
    with whole_stack(alone=True) as up:
        yield up


def readable(paths: list[Path], user: int, group: int) -> list[str]:
    """Return which of `paths` an account may list or read."""
    ask = LOOK % {"user": user, "group": group}
    done = subprocess.run(
        [sys.executable, "-c", ask], input=json.dumps([*map(str, paths)]), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def everything(home: Path) -> list[Path]:
    return [home, *home.rglob("*")]


@as_root
def test_nobody_reads_anything_below_a_home(servers: Settings) -> None:
    nobody = pwd.getpwnam(machine.UNPRIVILEGED)
    paths = everything(servers.home)
    assert len(paths) > 1000
    assert readable(paths, nobody.pw_uid, nobody.pw_gid) == []


@as_root
@pytest.mark.parametrize(
    ("program", "folders"),
    [
        (accounts.POSTGRES, {"postgres"}),
        (accounts.SFTP, {"sftp", "host", "door"}),
        (accounts.SITE, {".site", "site"}),
    ],
)
def test_a_server_reads_its_own_folders_and_no_others(servers: Settings, program: str, folders: set[str]) -> None:
    account = accounts.identifier(program)
    assert account is not None
    found = readable(everything(servers.home), account, account)
    assert {Path(path).relative_to(servers.home).parts[0] for path in found} <= folders
    assert found


def test_servers_have_no_secret_in_their_environment_and_gain_no_privilege(servers: Settings) -> None:
    files = [path for path in (servers.home / "secrets").rglob("*") if path.is_file()]
    values = [path.read_bytes().strip() for path in files]
    manager = int((servers.home / "run" / "session").read_text())
    running = {one.name: one.pid for one in quick_start.status(servers) if one.pid}
    assert set(running) == set(quick_start.SERVERS)
    for pid in (manager, *running.values()):
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        assert not [value for value in values if value in environment]
        assert b"\0AIRFLOW" not in environment
    for pid in running.values():
        assert "NoNewPrivs:\t1" in Path(f"/proc/{pid}/status").read_text()


@as_root
def test_servers_of_root_run_under_accounts_of_their_own(servers: Settings) -> None:
    owners = {one.name: Path(f"/proc/{one.pid}").stat().st_uid for one in quick_start.status(servers) if one.pid}
    found = {
        one.name: Path(f"/proc/{one.pid}/status").read_text().split("Uid:\t")[1].split()[:4]
        for one in quick_start.status(servers)
        if one.pid
    }
    assert found == {name: [str(accounts.identifier(name))] * 4 for name in quick_start.SERVERS}
    assert set(owners) == set(found)


def test_what_root_makes_in_a_tree_is_the_servers(servers: Settings) -> None:
    onboarding.onboard(servers, "brb", None)
    tree = servers.home / "sftp" / "brb"
    owner = (servers.home / "sftp").stat().st_uid
    assert {path.stat().st_uid for path in [tree, *tree.rglob("*")]} == {owner}


def test_the_settings_in_force_hold_every_password_and_are_closed(servers: Settings) -> None:
    told = (servers.home / "stack.env").read_text()
    assert f"CALYPSO_LOADER_PASSWORD={secrets.secret(servers.home, 'loader_password')}" in told
    assert (servers.home / "stack.env").stat().st_mode & 0o777 == 0o600


@as_root
def test_a_cluster_of_nobody_is_taken_over_at_the_next_up(servers: Settings) -> None:
    """As an earlier version has left it: data of nobody, folders open to all, trees of root."""
    quick_start.down(servers)
    nobody = pwd.getpwnam(machine.UNPRIVILEGED)
    for path in (servers.home / "postgres" / "data", *(servers.home / "postgres" / "data").rglob("*")):
        os.lchown(path, nobody.pw_uid, nobody.pw_gid)
    for path in (servers.home / "sftp", *(servers.home / "sftp").rglob("*")):
        os.lchown(path, 0, 0)
    for path in servers.home.iterdir():
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    quick_start.up(servers, alone=True)
    assert readable(everything(servers.home), nobody.pw_uid, nobody.pw_gid) == []
    assert {one.name for one in quick_start.status(servers) if one.up} == set(quick_start.SERVERS)
