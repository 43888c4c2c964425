"""Retiring an administration ends what it has open in the warehouse, and stays until it is let in again."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import psycopg2
import pytest
from typer.testing import CliRunner

from calypso import cli, provision, settings, warehouse
from calypso.local import keys, onboarding, postgres, preparing, sftp
from calypso.local.machine import CannotServe
from calypso.receipts import signing
from calypso.settings import REPOSITORY, Settings

pytestmark = pytest.mark.integration

CODE, ROLE = "sxm", provision.of_administration("sxm")


@pytest.fixture
def platform(servers: Settings) -> Iterator[Settings]:
    """The servers, with the account open before and after."""
    sftp.create_trees(servers.home, [CODE])
    onboarding.onboard(servers, CODE)
    yield servers
    onboarding.onboard(servers, CODE)


def login(settings: Settings) -> psycopg2.extensions.connection:
    password = (settings.home / "secrets" / f"{ROLE}_password").read_text()
    return psycopg2.connect(psycopg2.extensions.make_dsn(settings.warehouse("analyst"), user=ROLE, password=password))


def is_open(settings: Settings) -> bool:
    with warehouse.session(postgres.administrator(settings)) as connection, connection.cursor() as cursor:
        cursor.execute("select rolcanlogin from pg_roles where rolname = %s", [ROLE])
        [can_login] = cursor.fetchone() or [False]
    if can_login:
        login(settings).close()
        return True
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        login(settings)
    return False


def test_its_sessions_end_and_its_role_logs_in_no_more_until_it_is_let_in_again(platform: Settings) -> None:
    idle, busy, other = login(platform), login(platform), warehouse.session(platform.warehouse("analyst"))
    with other as analyst, analyst.cursor() as still:
        with busy.cursor() as cursor:
            cursor.execute("select 1")  # in a transaction that stays open
        onboarding.retire(platform, CODE)
        for session in (idle, busy):
            with pytest.raises(psycopg2.OperationalError):
                session.cursor().execute("select 1")
        still.execute("select 1")
    assert not is_open(platform)
    preparing.warehouse(platform)  # as every start does
    assert not is_open(platform)
    onboarding.onboard(platform, CODE)
    assert is_open(platform)


def test_what_it_was_told_can_be_told_still(platform: Settings) -> None:
    """Its standing is asked in its role by the loader, whether its account is open or not."""
    onboarding.retire(platform, CODE)
    with warehouse.transaction(platform.warehouse("loader")) as connection, connection.cursor() as cursor:
        cursor.execute(f"set role {ROLE}")
        cursor.execute("select current_user, pg_has_role(%s, %s, 'usage')", [ROLE, provision.ADMINISTRATIONS])
        assert cursor.fetchone() == (ROLE, True)


def test_one_that_never_had_a_key_is_closed_too(platform: Settings) -> None:
    for half in (keys.public, keys.private):
        half(platform.home, CODE).unlink()
    onboarding.retire(platform, CODE)
    sftp.create_trees(platform.home, [CODE])  # as every start does, too
    preparing.warehouse(platform)
    assert keys.authorised(platform.home, CODE) == []
    assert not is_open(platform)
    with pytest.raises(CannotServe, match="has no open account"):
        onboarding.retire(platform, CODE)
    with pytest.raises(CannotServe, match="has no open account"):
        onboarding.retire(platform, "zzz")


def test_where_the_warehouse_does_not_answer_its_keys_are_closed_and_one_is_told(platform: Settings) -> None:
    away = dataclasses.replace(platform, warehouse_port=1)
    with pytest.raises(CannotServe, match=f"(?s)keys of {CODE} open nothing.*calypso retire {CODE}` again"):
        onboarding.retire(away, CODE)
    assert keys.authorised(platform.home, CODE) == []
    assert is_open(platform)
    onboarding.retire(platform, CODE)
    assert not is_open(platform)


def test_the_commands_of_the_guide_are_those(
    platform: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the guide to security says to do when a key was stolen, for this administration."""
    guide = (REPOSITORY / "docs/security.md").read_text("utf-8").split("## What a thief could do")[1]
    [block] = re.findall(r"^```bash\n(.*?)^```$", guide.split("\n## ")[0], re.MULTILINE | re.DOTALL)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_public_key(tmp_path / f"{CODE}.pub")
    monkeypatch.chdir(tmp_path)
    known = dataclasses.replace(platform, signing_keys=tmp_path / "signing")
    monkeypatch.setattr(settings, "current", lambda: known)
    signed = signing.signer(known.signing_keys).key_id
    opened = keys.public(platform.home, CODE).read_bytes()
    said = {}
    for line in block.splitlines():
        words = shlex.split(line.replace("brb", CODE), comments=True)
        assert words[0] == ".venv/bin/calypso"
        answer = CliRunner().invoke(cli.app, words[1:])
        assert answer.exit_code == 0, answer.output
        said[words[1]] = answer.output
        if words[1] == "retire":
            assert not is_open(platform)
    assert list(said) == ["retire", "onboard", "rotate-signing-key"]
    assert is_open(platform)
    assert keys.authorised(platform.home, CODE) == [key.convert_to_public()]
    assert signing.signer(known.signing_keys).key_id != signed
    assert signing.signer(known.signing_keys).key_id in said["rotate-signing-key"]
    keys.public(platform.home, CODE).write_bytes(opened)
