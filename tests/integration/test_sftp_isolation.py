"""Whatever an administration tries over SSH, it reaches its own folder and nothing else."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import asyncssh
import pytest
from integration.servers import sftp_server

from calypso import settings
from calypso.local import keys, sftp
from calypso.registry import administrations
from calypso.settings import Settings

pytestmark = pytest.mark.core

ME, OTHER = "brb", "tto"
SECRET = b"not for Barbados\n"
ELSEWHERE = (
    f"/{OTHER}/inbox",
    f"../{OTHER}/inbox",
    f"inbox/../../{OTHER}/inbox",
    f"/../../sftp/{OTHER}/inbox",
)

needs_openssh = pytest.mark.skipif(not shutil.which("sftp"), reason="the OpenSSH client is not installed here")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A server apart from the stack's, whose inboxes Airflow empties."""
    home = tmp_path_factory.mktemp("isolation")
    sftp.create_trees(home, administrations())
    with sftp_server(home) as port:
        yield dataclasses.replace(settings.read({"CALYPSO_HOME": str(home)}), sftp_port=port)


@pytest.fixture
def foreign(server: Settings) -> Path:
    """A file in the inbox of another administration."""
    path = server.home / "sftp" / OTHER / "inbox" / "tto_2024-11-04_seizures.csv"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def mine(server: Settings) -> Path:
    """My own tree on the server's disk, with a file in each folder."""
    tree = server.home / "sftp" / ME
    for folder in sftp.FOLDERS:
        (tree / folder / "kept.csv").write_bytes(b"mine\n")
    return tree


def connect(server: Settings, account: str = ME, **options):
    given = {"client_keys": [str(keys.private(server.home, account))], "known_hosts": None, "config": None}
    return asyncssh.connect("127.0.0.1", server.sftp_port, username=account, **{**given, **options})


def as_me(server: Settings, act: Callable[[asyncssh.SFTPClient], Awaitable[object]], account: str = ME) -> object:
    async def session() -> object:
        async with connect(server, account) as connection, connection.start_sftp_client() as client:
            return await act(client)

    return asyncio.run(session())


def test_i_see_my_three_folders_and_no_other_root(server):
    async def act(client):
        return sorted(set(await client.listdir("/")) - {".", ".."}), await client.realpath("../..")

    assert as_me(server, act) == (sorted(sftp.FOLDERS), "/")


def test_i_deliver_by_writing_aside_and_renaming(server, mine):
    async def act(client):
        async with client.open("inbox/new.csv.part", "wb") as file:
            await file.write(b"a,b\n")
        await client.utime("inbox/new.csv.part", (1_700_000_000, 1_700_000_000))
        await client.posix_rename("inbox/new.csv.part", "inbox/new.csv")

    as_me(server, act)
    assert (mine / "inbox" / "new.csv").read_bytes() == b"a,b\n"
    assert (mine / "inbox" / "new.csv").stat().st_mtime == 1_700_000_000


@pytest.mark.parametrize("place", ELSEWHERE)
@pytest.mark.parametrize("attempt", ["list", "stat", "read", "write", "mkdir", "remove", "rename_to", "rename_from"])
def test_another_tree_cannot_be_reached(server, foreign, mine, place, attempt):
    async def act(client):
        path = f"{place}/{foreign.name}"
        match attempt:
            case "list":
                await client.listdir(place)
            case "stat":
                await client.stat(path)
            case "read":
                await client.open(path, "rb")
            case "write":
                await client.open(f"{place}/planted.csv", "wb")
            case "mkdir":
                await client.mkdir(f"{place}/planted")
            case "remove":
                await client.remove(path)
            case "rename_to":
                await client.rename("inbox/kept.csv", f"{place}/planted.csv")
            case "rename_from":
                await client.rename(path, "inbox/stolen.csv")

    with pytest.raises((asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied)):
        as_me(server, act)
    assert foreign.read_bytes() == SECRET
    lying = [
        path.name for path in foreign.parent.iterdir() if path.name != ".taken"
    ]  # there is one once a pull came by
    assert lying == [foreign.name]


@pytest.mark.parametrize("make", ["symlink", "link"])
def test_links_are_not_made(server, foreign, mine, make):
    async def act(client):
        await getattr(client, make)(f"../../{OTHER}/inbox/{foreign.name}", "inbox/way.csv")

    with pytest.raises(asyncssh.SFTPError):
        as_me(server, act)
    assert not (mine / "inbox" / "way.csv").is_symlink()
    assert not (mine / "inbox" / "way.csv").exists()


def test_a_link_that_is_there_leads_nowhere(server, foreign, mine):
    way = mine / "inbox" / "way"
    way.symlink_to(foreign.parent)

    async def act(client):
        await client.open(f"inbox/way/{foreign.name}", "rb")

    try:
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            as_me(server, act)
    finally:
        way.unlink()


@pytest.mark.parametrize("folder", ["receipts", "reference"])
@pytest.mark.parametrize("attempt", ["write", "remove", "rename", "mkdir", "truncate", "utime"])
def test_what_the_hub_gives_is_read_and_not_changed(server, mine, folder, attempt):
    async def act(client):
        async with client.open(f"{folder}/kept.csv", "rb") as file:
            assert await file.read() == b"mine\n"
        match attempt:
            case "write":
                await client.open(f"{folder}/kept.csv", "ab")
            case "remove":
                await client.remove(f"{folder}/kept.csv")
            case "rename":
                await client.posix_rename(f"{folder}/kept.csv", "inbox/taken.csv")
            case "mkdir":
                await client.mkdir(f"{folder}/new")
            case "truncate":
                await client.truncate(f"{folder}/kept.csv", 0)
            case "utime":
                await client.utime(f"{folder}/kept.csv", (0, 0))

    with pytest.raises(asyncssh.SFTPPermissionDenied):
        as_me(server, act)
    assert (mine / folder / "kept.csv").read_bytes() == b"mine\n"


@pytest.mark.parametrize("folder", sftp.FOLDERS)
@pytest.mark.parametrize("attempt", ["rmdir", "rename"])
def test_the_three_folders_stay(server, mine, folder, attempt):
    async def act(client):
        await (client.rmdir(folder) if attempt == "rmdir" else client.rename(folder, f"inbox/{folder}2"))

    (mine / folder / "kept.csv").unlink()
    with pytest.raises(asyncssh.SFTPError):
        as_me(server, act)
    assert (mine / folder).is_dir()


def test_permissions_stay_as_the_server_set_them(server, mine):
    before = (mine / "inbox" / "kept.csv").stat().st_mode

    async def act(client):
        await client.chmod("inbox/kept.csv", 0o777)

    as_me(server, act)
    assert (mine / "inbox" / "kept.csv").stat().st_mode == before


def test_the_hub_sees_every_tree(server, foreign):
    async def act(client):
        names = set(await client.listdir("/"))
        async with client.open(f"{OTHER}/inbox/{foreign.name}", "rb") as file:
            return {ME, OTHER} <= names, await file.read()

    assert as_me(server, act, sftp.HUB) == (True, SECRET)


@pytest.mark.parametrize("command", [None, "id", "scp -t /"])
def test_there_is_no_shell_and_no_command(server, command):
    async def session():
        async with connect(server) as connection:
            await connection.run(command, check=True)

    with pytest.raises(asyncssh.ChannelOpenError):
        asyncio.run(asyncio.wait_for(session(), 10))


def test_nothing_is_forwarded(server):
    async def out():
        async with connect(server) as connection:
            await connection.open_connection("127.0.0.1", server.sftp_port)

    async def back():
        async with connect(server) as connection:
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", server.sftp_port)

    for attempt in (out, back):
        with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ChannelListenError)):
            asyncio.run(attempt())


@pytest.mark.parametrize("account", [ME, sftp.HUB, "root", "nobody", "..", "host"])
def test_a_password_opens_nothing(server, account):
    async def session():
        async with connect(server, account, client_keys=None, password=""):
            return

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(session())


@pytest.mark.parametrize("account", [OTHER, sftp.HUB, "nobody", f"../{ME}"])
def test_my_key_opens_my_account_only(server, account):
    async def session():
        async with connect(server, account, client_keys=[str(keys.private(server.home, ME))]):
            return

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(session())


def test_a_key_taken_out_stops_at_once_and_does_not_come_back(server):
    async def act(client):
        return await client.listdir("/")

    public = keys.public(server.home, "dma")
    held = public.read_bytes()
    as_me(server, act, "dma")
    try:
        public.unlink()
        sftp.create_trees(server.home, ["dma"])
        with pytest.raises(asyncssh.PermissionDenied):
            as_me(server, act, "dma")
    finally:
        public.write_bytes(held)


@needs_openssh
def test_openssh_delivers_and_is_kept_inside(server, foreign, mine, tmp_path):
    def batch(*commands: str) -> subprocess.CompletedProcess[str]:
        options = [
            "-oStrictHostKeyChecking=no",
            f"-oUserKnownHostsFile={tmp_path / 'known'}",
            "-oBatchMode=yes",
        ]
        key = str(keys.private(server.home, ME))
        return subprocess.run(
            ["sftp", "-F", "none", "-b", "-", "-i", key, *options, f"-P{server.sftp_port}", f"{ME}@127.0.0.1"],
            input="\n".join(commands),
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    (tmp_path / "report.csv").write_text("a,b\n")
    sent = batch(
        f"put -p {tmp_path / 'report.csv'} inbox/report.csv.part",
        "rename inbox/report.csv.part inbox/report.csv",
    )
    assert sent.returncode == 0, sent.stderr
    assert (mine / "inbox" / "report.csv").read_text() == "a,b\n"
    for attempt in (
        f"get ../{OTHER}/inbox/{foreign.name} {tmp_path}/stolen",
        f"ls /{OTHER}",
        f"ln -s ../../{OTHER} inbox/way",
        f"put {tmp_path}/report.csv receipts/forged.csv",
    ):
        assert batch(attempt).returncode != 0, attempt
    assert not (tmp_path / "stolen").exists()


@needs_openssh
def test_openssh_gets_no_shell(server, tmp_path):
    options = ["-oStrictHostKeyChecking=no", f"-oUserKnownHostsFile={tmp_path / 'known'}", "-oBatchMode=yes"]
    key = str(keys.private(server.home, ME))
    for command in ([], ["id"]):
        done = subprocess.run(
            ["ssh", "-F", "none", "-i", key, *options, f"-p{server.sftp_port}", f"{ME}@127.0.0.1", *command],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=30,
        )
        assert done.returncode != 0
        assert "uid=" not in done.stdout
