"""OpenSSH gives each administration its own tree and nothing else, and the hub every file that comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncssh
import pytest
from compose.containers import Project

from calypso import alerts
from calypso.local.sftp import FOLDERS

ME, OTHER = "brb", "tto"
ELSEWHERE = (f"/{OTHER}/inbox", f"../{OTHER}/inbox", f"inbox/../../{OTHER}/inbox", "/etc", "../../../etc")
DROPPED = "brb_2023-11-05_seizures_nil.csv"  # of no operation: it changes no figure
HOST_KEY = "/var/lib/calypso/host/key"
REFUSED = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure)


@pytest.fixture(scope="module")
def key(project: Project) -> asyncssh.SSHKey:
    """A key that an administration has made itself, of which the platform knows the public half."""
    made = asyncssh.generate_private_key("ssh-ed25519")
    told = project.by_hand("calypso", "onboard", ME, "--key", "-", said=made.export_public_key().decode())
    assert "its own, given before" in told
    return made


@pytest.fixture(scope="module")
def host_key(project: Project) -> str:
    """The server's key, as it is pinned."""
    return project.file("door/host.pub")


def connect(project: Project, key: asyncssh.SSHKey | None, host_key: str, account: str = ME, **options):
    port = project.port("CALYPSO_SFTP_PORT")
    known = asyncssh.import_known_hosts(f"[127.0.0.1]:{port} {host_key}")
    given = {"client_keys": [key] if key else None, "known_hosts": known, "config": None, "agent_path": None}
    return asyncssh.connect("127.0.0.1", port, username=account, **{**given, **options})


@pytest.fixture
def as_me(project, key, host_key):
    """Return a function that acts in a session of my own."""

    def run(act: Callable[[asyncssh.SFTPClient], Awaitable[object]]) -> object:
        async def session() -> object:
            async with connect(project, key, host_key) as connection, connection.start_sftp_client() as client:
                return await act(client)

        return asyncio.run(session())

    return run


def test_i_see_my_three_folders_and_no_other_root(as_me):
    async def act(client):
        return sorted(set(await client.listdir("/")) - {".", ".."}), await client.realpath("../..")

    assert as_me(act) == (sorted(FOLDERS), "/")


def test_what_i_deliver_the_hub_can_take_whatever_its_permissions(project, as_me):
    """The whole of it: an upload that shuts everybody out is pulled, judged and answered."""

    async def deliver(client):
        async with client.open(f"inbox/{DROPPED}.part", "wb", asyncssh.SFTPAttrs(permissions=0o600)):
            pass
        await client.chmod(f"inbox/{DROPPED}.part", 0o400)
        await client.posix_rename(f"inbox/{DROPPED}.part", f"inbox/{DROPPED}")

    async def answered(client):
        stem = DROPPED.removesuffix(".csv")
        return any(name.startswith(stem) and name.endswith(".json") for name in await client.listdir("receipts"))

    as_me(deliver)
    deadline = time.monotonic() + 300
    while not as_me(answered):
        assert time.monotonic() < deadline, "no receipt has come"
        time.sleep(2)


@pytest.mark.parametrize("place", ELSEWHERE)
@pytest.mark.parametrize("attempt", ["list", "read", "write", "mkdir", "rename_to"])
def test_nothing_outside_my_tree_can_be_reached(as_me, place, attempt):
    async def act(client):
        match attempt:
            case "list":
                await client.listdir(place)
            case "read":
                await client.open(f"{place}/passwd", "rb")
            case "write":
                await client.open(f"{place}/planted.csv", "wb")
            case "mkdir":
                await client.mkdir(f"{place}/planted")
            case "rename_to":
                await client.rename("inbox", f"{place}/planted")

    with pytest.raises(REFUSED):
        as_me(act)


@pytest.mark.parametrize("make", ["symlink", "link"])
def test_links_are_not_made(as_me, make):
    async def act(client):
        await getattr(client, make)("/reference/version.txt", "inbox/way.csv")

    with pytest.raises(asyncssh.SFTPError):
        as_me(act)


@pytest.mark.parametrize("folder", ["receipts", "reference", ""])
@pytest.mark.parametrize("attempt", ["write", "remove", "rename", "mkdir", "chmod"])
def test_what_the_hub_gives_is_read_and_not_changed(as_me, folder, attempt):
    async def act(client):
        async with client.open("reference/version.txt", "rb") as file:
            assert await file.read()
        match attempt:
            case "write":
                await client.open(f"{folder}/new.csv", "wb")
            case "remove":
                await client.remove("reference/version.txt")
            case "rename":
                await client.posix_rename("reference/version.txt", "inbox/taken.csv")
            case "mkdir":
                await client.mkdir(f"{folder}/new")
            case "chmod":
                await client.chmod("inbox", 0o700)

    with pytest.raises(REFUSED):
        as_me(act)


@pytest.mark.parametrize("command", [None, "id", "scp -t /"])
def test_there_is_no_shell_and_no_command(project, key, host_key, command):
    """Whatever is asked for, nothing of what a shell or command would print comes back."""

    async def session():
        async with connect(project, key, host_key) as connection:
            return await asyncio.wait_for(connection.run(command, input=b"", check=False, encoding=None), 20)

    done = asyncio.run(session())
    assert b"uid=" not in (done.stdout or b"") + (done.stderr or b"")
    assert done.stdout in {b"", b"This service allows sftp connections only.\n"}
    assert done.exit_status != 0


def test_nothing_is_forwarded(project, key, host_key):
    async def out():
        async with connect(project, key, host_key) as connection:
            await connection.open_connection("postgres", 5432)

    async def back():
        async with connect(project, key, host_key) as connection:
            await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 1)

    async def local_socket():
        async with connect(project, key, host_key) as connection:
            await connection.open_unix_connection("/run/sshd.sock")

    for attempt in (out, back, local_socket):
        with pytest.raises((asyncssh.ChannelOpenError, asyncssh.ChannelListenError)):
            asyncio.run(attempt())


@pytest.mark.parametrize("account", [ME, "hub", "root", "nobody", "sshd"])
def test_a_password_opens_nothing(project, host_key, account):
    async def session():
        async with connect(project, None, host_key, account, password=""):
            return

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(session())


@pytest.mark.parametrize("account", [OTHER, "hub", "root", "nobody"])
def test_my_key_opens_my_account_only(project, key, host_key, account):
    async def session():
        async with connect(project, key, host_key, account):
            return

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(session())


def test_a_key_taken_out_stops_at_once_and_ends_what_is_open(project, host_key):
    made = asyncssh.generate_private_key("ssh-ed25519")
    project.by_hand("calypso", "onboard", "dma", "--key", "-", said=made.export_public_key().decode())

    async def session():
        async with connect(project, made, host_key, "dma") as connection, connection.start_sftp_client() as client:
            await client.listdir("/")
            await asyncio.to_thread(project.by_hand, "calypso", "retire", "dma")
            await asyncio.wait_for(connection.wait_closed(), 10)
        async with connect(project, made, host_key, "dma"):
            return

    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(session())


def test_another_host_key_stops_the_pull_with_an_alert(project, key):
    """The server gets a key that nobody has pinned: nothing is pulled, and the engineers are told why."""
    swap = f"import asyncssh; asyncssh.generate_private_key('ssh-ed25519').write_private_key('{HOST_KEY}')"
    keep = f"import shutil; shutil.copy('{HOST_KEY}', '{HOST_KEY}.kept')"
    back = f"import os; os.replace('{HOST_KEY}.kept', '{HOST_KEY}')"

    def server(*lines: str) -> None:
        project.compose("run", "--rm", "--no-deps", "-T", "secrets", "python", "-c", "; ".join(lines))
        project.compose("restart", "--timeout", "5", "sftp")

    cause = alerts.cause_of(_another_key(), "ingest.pull")
    server(keep, swap)
    try:
        project.compose("exec", "-T", "airflow-scheduler", "calypso", "airflow", "dags", "trigger", f"ingest__{ME}")
        question = f"select count(*) from raw.alerts where cause = '{cause}' and place = 'ingest__{ME}'"
        deadline = time.monotonic() + 300
        while project.ask(question) == [["0"]]:
            assert time.monotonic() < deadline, "no alert has been raised"
            time.sleep(5)
    finally:
        server(back)


def _another_key() -> Exception:
    import paramiko

    return paramiko.BadHostKeyException("sftp", paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate())
