"""What has withstood every attempt stays so: paths and crowds by SFTP, texts that are SQL, readers' tricks, faults."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
import socket
import stat
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import psycopg2
import pytest
from corpus import offices
from corpus.cases import GOLD
from integration.line import TABLES_ALONE, Line
from integration.test_sftp_isolation import ME, OTHER, SECRET, as_me, connect, foreign, mine, server
from psycopg2.extensions import make_dsn

from calypso import building, landing, provision, warehouse
from calypso.local import postgres, supervision
from calypso.registry import administrations
from calypso.settings import Settings
from calypso.site import catalogue

__all__ = ["foreign", "mine", "server"]  # fixtures

pytestmark = pytest.mark.integration

DAY, DATE = "2024-11-05", "05/11/2024"
SQL = "'); drop table raw.findings; -- %s %(x)s {0} $$ \\"
NAMES = (
    "<script>alert(1)<script>.csv", "a\nb\rc.csv", "\x1b]0;title\x07.csv", "\u202egpj.csv", "ｂｒｂ_2024.csv",
    "e\u0301.csv", "%s{0}.csv", "$(id)`id`;id.csv", "CON", "x.csv::$DATA", "tto_2024-11-05_seizures.csv",
)  # fmt: skip
PLACES = (
    f"inbox/.taken/../../../{OTHER}/inbox", f"//{OTHER}//inbox", f"/./../{OTHER}/inbox", f"..\\{OTHER}\\inbox",
    f"inbox/../../{OTHER}/./inbox/.", "../door", "/../../keys", "/proc/self/root/etc", "/etc",
)  # fmt: skip
CROWD = 800  # connections from one address that say nothing
GONE = 40  # seconds after which a connection that says nothing is closed; half a minute, and what the machine takes


# At the SFTP server.


def test_no_spelling_of_a_path_leaves_ones_own_folder(server: Settings, foreign: Path, mine: Path) -> None:
    before = _tree(server.home)

    async def act(client: Any) -> list[str]:
        got_out = []
        for place in PLACES:
            path = f"{place}/{foreign.name}"
            for attempt in (
                client.listdir(place), client.stat(path), client.lstat(path), client.readlink(path),
                client.open(path, "rb"), client.open(path, "ab"), client.open(path, "r+b"), client.mkdir(f"{path}.d"),
                client.truncate(path, 0), client.utime(path, (0, 0)), client.chmod(path, 0o777), client.remove(path),
                client.chown(path, 0, 0), client.rmdir(place), client.rename("inbox/kept.csv", path),
                client.posix_rename(path, "inbox/got"), client.symlink(path, "inbox/way"),
                client.link(path, "inbox/way"),
            ):  # fmt: skip
                try:
                    await attempt
                except asyncssh.SFTPError:
                    continue
                got_out.append(place)
            real = await client.realpath(place)
            if not str(real).startswith("/") or str(server.home) in str(real):
                got_out.append(str(real))
        names = [str(one.longname) for one in await client.readdir("/")]
        return got_out + [name for name in names if str(server.home) in name]

    assert as_me(server, act) == []
    assert _tree(server.home) == before
    assert foreign.read_bytes() == SECRET


@pytest.mark.parametrize("folder", ["receipts", "reference", "."])
def test_nothing_is_written_beside_the_inbox(server: Settings, mine: Path, folder: str) -> None:
    before = _tree(server.home)

    async def act(client: Any) -> list[str]:
        done = []
        path = f"{folder}/kept.csv" if folder != "." else "kept.csv"
        attempts: dict[str, Callable[[], Awaitable[Any]]] = {
            "create": lambda: client.open(f"{folder}/new.csv", "wb"),
            "append": lambda: client.open(path, "ab"),
            "rename here": lambda: client.rename("inbox/kept.csv", f"{folder}/new.csv"),
            "replace": lambda: client.posix_rename("inbox/kept.csv", path),
            "mkdir": lambda: client.mkdir(f"{folder}/new"),
            "symlink": lambda: client.symlink("inbox", f"{folder}/new"),
            "spelt otherwise": lambda: client.open(f"inbox/../{folder}/new.csv", "wb"),
        }
        for name, attempt in attempts.items():
            try:
                await attempt()
            except asyncssh.SFTPError:
                continue
            done.append(name)
        return done

    assert as_me(server, act) == []
    assert _tree(server.home) == before


def test_silent_connections_keep_nobody_out_and_are_closed(server: Settings) -> None:
    silent = [socket.create_connection(("127.0.0.1", server.sftp_port)) for _ in range(200)]
    try:
        began = time.monotonic()

        async def act(client: Any) -> Any:
            return await client.listdir("/")

        assert as_me(server, act)
        assert time.monotonic() - began < 20
        for one in silent[:: len(silent) - 1]:
            one.settimeout(max(1, began + GONE - time.monotonic()))
            while one.recv(4096):  # the server's banner, and then the end
                pass
    finally:
        for one in silent:
            one.close()


def test_a_crowd_that_comes_during_a_login_does_not_end_it(server: Settings) -> None:
    """From the same address, too; so it does not either where the crowd comes again and again."""

    def come() -> None:
        with ExitStack() as held:
            for _ in range(CROWD):
                held.enter_context(socket.create_connection(("127.0.0.1", server.sftp_port)))
            arrived.set()
            ended.wait()

    async def act(client: Any) -> Any:
        return await client.listdir("/")

    for _ in range(2):
        arrived, ended = threading.Event(), threading.Event()
        with ThreadPoolExecutor(1) as elsewhere:
            crowd = elsewhere.submit(come)
            try:
                while not arrived.is_set():
                    assert as_me(server, act)
            finally:
                ended.set()
            crowd.result()


def test_a_session_may_not_ask_for_another_account_or_forward_an_agent(server: Settings) -> None:
    async def session() -> None:
        async with connect(server, agent_forwarding=True) as connection:
            await connection.create_session(asyncssh.SSHClientSession, subsystem="shell")

    with pytest.raises((asyncssh.ChannelOpenError, asyncssh.PermissionDenied)):
        asyncio.run(asyncio.wait_for(session(), 20))


# On the line: texts, names, faults.


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any]) -> Iterator[Line]:
    """Two administrations have reported a case each, the first with texts that are SQL, and the marts are built."""
    with new_line("held", None) as made:
        for code in (ME, OTHER):
            office = administrations()[code]
            row = offices.said(office, {**GOLD, "case_ref": f"{code}-1", "event_date": DATE})
            table = offices.cells(office, [{**row, "remarks": SQL}])
            head = ['x_"; drop table raw.submissions; --', f"x_{SQL}"]
            table = [[*line, *more] for line, more in zip(table, (head, ["1", SQL]), strict=True)]
            _inbox(made, code).joinpath(f"{code}_{DAY}_seizures.csv").write_bytes(offices.written(office, table, "csv"))
        made.ingest([ME, OTHER])
        building.build(made.settings, without=TABLES_ALONE)
        yield made


def test_a_text_that_is_sql_is_a_text(line: Line) -> None:
    said = line.rows("select s.administration_code, r.remarks, r.verdict from raw.seizure_rows as r "
                     "join raw.submissions as s using (submission_id) order by 1")  # fmt: skip
    assert said == [(code, SQL, "accepted") for code in sorted((ME, OTHER))]
    columns = line.rows("select column_name from information_schema.columns where table_schema = 'raw'")
    assert not [name for (name,) in columns if name.startswith("x_") or not re.fullmatch(r"\w+", name)]
    assert line.rows("select count(*) from marts.fct_cases") == [(2,)]


def test_the_documentation_of_the_warehouse_holds_no_data(line: Line, tmp_path: Path) -> None:
    page = catalogue.write(line.settings, tmp_path).read_text("utf-8")
    assert "fct_cases" in page
    assert not [text for text in (f"{ME}-1", f"{OTHER}-1", "drop table raw.findings") if text in page]


def test_no_name_of_a_file_reaches_a_log_raw_and_each_is_answered(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "calypso"):
        for name in NAMES:
            (_inbox(line, ME) / name).write_bytes(name.encode())
        ids = line.ingest([ME])
    assert len(ids) == len(NAMES)
    assert not [one.getMessage() for one in caplog.records if re.search(r"[\x00-\x1f\x7f\u202e]", one.getMessage())]
    answered = line.rows(f"select count(*) from raw.receipts where administration_code = '{ME}'")
    assert answered == [(1 + len(NAMES),)]
    assert not [path for path in _inbox(line, ME).iterdir() if path.is_file()]


def test_a_landing_that_is_full_loses_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file stays with its sender until there is space again; then it has its receipt."""
    office = administrations()[OTHER]
    row = offices.said(office, {**GOLD, "case_ref": f"{OTHER}-2", "event_date": DATE})
    path = _inbox(line, OTHER) / f"{OTHER}_{DAY}_seizures_v2.csv"
    path.write_bytes(offices.written(office, offices.cells(office, [row]), "csv"))

    def full(store: Path, fill: Callable[[Any], object]) -> tuple[str, int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(landing, "keep", full)
        with pytest.raises(OSError, match="No space"):
            line.ingest([OTHER])
    assert len(line.ingest([OTHER])) == 1


# What readers try.


TRIES = (
    "set role calypso_analyst", f"set role {provision.of_administration(ME)}", "set session authorization postgres",
    "copy (select 1) to program 'id'", "copy (select 1) to '/tmp/calypso-held'", "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')", "select * from pg_authid", "select * from pg_statistic", "select * from raw.submissions",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
    "select * from intermediate.int_submissions", "create table public.mine (n int)", "create schema mine",
    "create function public.mine() returns int language sql as 'select 1'", "select lo_import('/etc/passwd')",
    "alter system set log_statement = 'none'", "alter role current_user createrole", "create extension dblink",
)  # fmt: skip
# Each would tell of a row of another administration by an error, or by showing it.
TELLING = (
    f"select 1 / (case when administration_code = '{ME}' then 0 else 1 end) from marts.fct_cases",
    f"select case_ref::int from marts.fct_cases where administration_code = '{ME}'",
    f"select * from marts.fct_cases where case_ref = '{ME}-1'",
    f"select * from marts.cases('calypso-2024', now() - interval '1 second') where administration_code = '{ME}'",
    "select * from pg_stats where schemaname = 'marts' and tablename like 'fct%'",
)


@pytest.mark.parametrize("role", [provision.of_administration(OTHER), provision.PARTNER])
def test_a_reader_gets_no_further_than_its_own(line: Line, servers: Settings, role: str) -> None:
    with _reader(line, servers, role) as cursor:
        for attempt in TRIES:
            with pytest.raises(psycopg2.Error):
                cursor.execute(attempt)
        for query in TELLING:
            told = _told(cursor, query)
            assert "division" not in told, query
            assert f"{ME}-1" not in told, query
        cursor.execute("select * from pg_stats where schemaname = 'marts' and tablename like 'fct%'")
        assert cursor.fetchall() == []


def test_a_reader_cannot_keep_its_reading_from_being_noted(line: Line, servers: Settings) -> None:
    def noted() -> int:
        with _reader(line, servers, provision.AUDITOR) as cursor:
            cursor.execute("select count(*) from audit.reads where role = 'calypso_analyst' and relation = 'fct_cases'")
            return int(cursor.fetchone()[0])

    before = noted()
    with _reader(line, servers, provision.ANALYST, line.settings.analyst_password) as cursor:
        for name in ("log_min_messages", "log_statement", "log_min_error_statement", "log_duration"):
            with pytest.raises(psycopg2.Error, match="permission denied"):
                cursor.execute(f"set {name} = default")
        cursor.execute("set application_name = ''")
        cursor.execute("set client_min_messages = error")
        cursor.execute("prepare quietly as select count(*) from marts.fct_cases")
        cursor.execute("execute quietly")
        cursor.execute("begin; select count(*) from marts.fct_cases; rollback")
    assert noted() >= before + 2


# Secrets at rest.


def test_secrets_are_their_owners_and_in_no_command_line(servers: Settings) -> None:
    secrets = [path for path in (servers.home / "secrets").rglob("*") if path.is_file()]
    private = [*secrets, *(servers.home / "keys").rglob("*.key"), servers.home / "stack.env"]
    assert len(secrets) > len(administrations())
    for path in private:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 in (0, 0o011), path.parent
    said = {path.read_text().strip() for path in secrets}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue  # it has ended
        assert not [secret for secret in said if secret in command], process
    for log in (servers.home / "logs").glob("*.log"):
        text = log.read_text("utf-8", "replace")
        assert not [secret for secret in said if secret in text], log


def test_passwords_are_scram_pages_have_checksums_and_nobody_else_is_let_in(servers: Settings) -> None:
    with warehouse.transaction(postgres.administrator(servers)) as connection, connection.cursor() as cursor:
        for setting, value in (("password_encryption", "scram-sha-256"), ("data_checksums", "on")):
            cursor.execute(f"show {setting}")
            assert cursor.fetchone() == (value,)
        cursor.execute("select distinct auth_method from pg_hba_file_rules")
        assert cursor.fetchall() == [("scram-sha-256",)]
        cursor.execute("select rolname from pg_authid where rolpassword not like 'SCRAM-SHA-256$%'")
        assert cursor.fetchall() == []
    assert supervision.is_running(servers.home)


def _told(cursor: Any, query: str) -> str:
    """Return all that a query tells: its rows or its error, and notices."""
    try:
        cursor.execute(query)
    except psycopg2.Error as refused:
        return f"{refused.diag.message_primary} {refused.diag.message_detail} {cursor.connection.notices}"
    return f"{cursor.fetchall()} {cursor.connection.notices}"


@contextmanager
def _reader(line: Line, servers: Settings, role: str, password: str | None = None) -> Iterator[Any]:
    secret = password or (servers.home / "secrets" / f"{role}_password").read_text()
    connection = psycopg2.connect(make_dsn(line.settings.warehouse("analyst"), user=role, password=secret))
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def _inbox(line: Line, code: str) -> Path:
    return line.trees / code / "inbox"


def _tree(home: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return mode, time and content of everything in a home."""
    found = {}
    for path in sorted(home.rglob("*")):
        about = os.lstat(path)
        whole = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
        found[str(path)] = (about.st_mode, about.st_mtime_ns if whole else 0, whole)
    return found
