"""One hostile sender of OpenSSH's costs the others nothing: each way of asking for too much has an end."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import asyncssh
import pytest
from asyncssh.packet import String
from compose import hostile
from compose.containers import HOME, Project, docker
from compose.hostile import MEGABYTE, Sender

ME, OTHER = "vgb", "sxm"
CONNECTIONS = 10  # of one account
LONGEST = 20.0  # seconds in which another logs in and lists a folder, on a machine that is busy with the attack
INBOX = f"/srv/sftp/{ME}/inbox"
SPARSE, MANY = "for i in 1 2 3 4 5 6 7 8 9 10 11; do truncate -s 201M $i.part", "for i in $(seq 10001); do :> $i.part"


@pytest.fixture(scope="module")
def senders(project: Project) -> dict[str, Sender]:
    """Two accounts, opened by keys of their own."""
    keys = {account: asyncssh.generate_private_key("ssh-ed25519") for account in (ME, OTHER)}
    public = "".join(f"{account} {key.export_public_key().decode()}" for account, key in keys.items())
    # As `calypso onboard` does with each.
    project.by_hand("sh", "-c", f'while read -r name key; do echo "$key" > {HOME}/door/$name.pub; done', said=public)
    port, host_key = project.port("CALYPSO_SFTP_PORT"), project.file("door/host.pub")
    return {account: Sender(port, host_key, account, key) for account, key in keys.items()}


@pytest.fixture
def as_me(senders):
    """Return a function that acts in a session of the hostile sender."""

    def run(act: Callable[[asyncssh.SFTPClient], Awaitable[object]]) -> object:
        async def session() -> object:
            async with senders[ME].session() as client:
                return await act(client)

        return asyncio.run(session())

    return run


def inbox(project: Project, command: str) -> str:
    """Run a command as the server's root in the inbox of the hostile sender."""
    return project.compose("exec", "-T", "sftp", "sh", "-c", f"cd {INBOX} && {command}")


def within(project: Project) -> str:
    """Return the address of the SFTP server in the network in which the hub reaches it."""
    networks = project.container("sftp")["NetworkSettings"]["Networks"]
    return str(networks[f"{project.name}_files"]["IPAddress"])


def resident(container: str) -> list[int]:
    """Return how many bytes of memory each SFTP session of the hostile sender has."""
    lines = docker("exec", container, "ps", "-u", ME, "-o", "rss=,args=").splitlines()
    return [int(line.split()[0]) * 1024 for line in lines if "internal-sftp" in line]


@pytest.mark.parametrize(
    "extension",
    [
        *(b"statvfs@openssh.com", b"fstatvfs@openssh.com", b"hardlink@openssh.com", b"fsync@openssh.com"),
        *(b"lsetstat@openssh.com", b"expand-path@openssh.com", b"home-directory", b"users-groups-by-id@openssh.com"),
    ],
)
def test_extensions_that_no_sender_needs_are_refused(as_me, extension):
    assert as_me(lambda client: hostile.ask_for(client, extension, String("inbox"))) == "SFTPPermissionDenied"


def test_a_file_is_not_copied_onto_itself(project, as_me):
    refusal = as_me(lambda client: hostile.copy_onto_itself(client, "inbox/copy.part"))
    assert refusal == "SFTPPermissionDenied"
    assert int(inbox(project, "stat -c %s copy.part; rm copy.part")) == MEGABYTE


@pytest.mark.parametrize("attempt", ["mkdir", "rmdir", "readlink"])
def test_folders_and_links_are_not_served(as_me, attempt):
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        as_me(lambda client: getattr(client, attempt)("inbox/folder"))


@pytest.mark.parametrize("way", ["truncate", "write"])
def test_a_file_grows_to_its_limit_and_no_further(project, as_me, way):
    """The session goes on; what is there is larger than what is read, so that its receipt says so."""

    async def grow(client):
        async with client.open("inbox/large.part", "wb") as file:
            await file.truncate(201 * MEGABYTE)
            with pytest.raises(asyncssh.SFTPFailure):
                await (file.truncate(8 << 40) if way == "truncate" else file.write(b"x" * 1024, 3 << 30))
        return (await client.stat("inbox/large.part")).size

    assert as_me(grow) == 201 * MEGABYTE
    inbox(project, "rm large.part")


def test_handles_of_a_session_are_few(senders):
    """Others, and the sender's own next session, are not concerned."""

    async def act():
        async with senders[ME].session() as client:
            opened = await hostile.open_handles(client, 1000)
            return opened, await senders[ME].seconds(), await senders[OTHER].seconds()

    opened, mine, others = asyncio.run(act())
    assert 4 <= opened < 24
    assert max(mine, others) < LONGEST


def test_connections_of_an_account_are_few(senders):
    async def act():
        crowd = asyncio.create_task(hostile.crowd(senders[ME], 40, 4))
        await asyncio.sleep(3)
        return await senders[OTHER].seconds(), await crowd

    others, answered = asyncio.run(act())
    assert 1 <= answered <= CONNECTIONS
    assert others < LONGEST


def test_a_connection_has_one_session(senders):
    async def act():
        async with senders[ME].connection() as connection, connection.start_sftp_client():
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.start_sftp_client()

    asyncio.run(act())


def test_answers_that_nobody_fetches_fill_no_memory(project, senders):
    server = project.container("sftp")
    inbox(project, f"truncate -s 4M large.part && chown {ME}:{ME} large.part")

    async def act():
        async with hostile.unread(senders[ME], 4000), hostile.unread(senders[ME], 4000):
            return resident(server["Id"]), await senders[OTHER].seconds()

    sessions, others = asyncio.run(act())
    assert len(sessions) == 2
    assert max(sessions) < 70 * MEGABYTE
    assert others < LONGEST
    inbox(project, "rm large.part")


def test_whoever_does_not_log_in_shuts_nobody_out(project, senders):
    """At most until the server has seen that there are too many; the hub has a listener of its own."""
    host, hubs_port = within(project), 2223

    async def act():
        async with hostile.silent("127.0.0.1", senders[OTHER].port, 400):
            began = time.monotonic()
            reader, writer = await asyncio.open_connection(host, hubs_port)
            banner = await asyncio.wait_for(reader.readline(), LONGEST)
            writer.close()
            hub = time.monotonic() - began
            while True:
                try:
                    await senders[OTHER].seconds()
                except (OSError, asyncssh.Error):
                    await asyncio.sleep(0.5)
                else:
                    return banner, hub, time.monotonic() - began

    banner, hub, others = asyncio.run(act())
    assert banner.startswith(b"SSH-2.0-")
    assert hub < LONGEST / 4
    assert others < LONGEST


def test_the_hub_does_not_come_in_from_outside(project, senders):
    """Its key opens nothing at the port that is published, and no sender's key opens anything at its own."""
    read = ("run", "--rm", "--no-deps", "-T", "secrets", "cat", f"{HOME}/hub/key")
    key = asyncssh.import_private_key(project.compose(*read))
    host, port = within(project), 2223
    outside = Sender(senders[ME].port, senders[ME].host_key, "hub", key)
    inside = Sender(port, senders[ME].host_key, "hub", key, host)

    async def listed(sender):
        async with sender.session() as client:
            return await client.listdir("/")

    assert {ME, OTHER} <= set(asyncio.run(listed(inside)))
    for wrong in (outside, Sender(port, senders[ME].host_key, ME, senders[ME].key, host)):
        with pytest.raises((asyncssh.PermissionDenied, asyncssh.ConnectionLost)):
            asyncio.run(listed(wrong))


@pytest.mark.parametrize("attempt", ["list", "rmdir", "rename", "plant", "replace", "chmod"])
def test_what_the_hub_has_taken_is_out_of_reach(as_me, attempt):
    async def act(client):
        match attempt:
            case "list":
                await client.listdir("inbox/.taken")
            case "rmdir":
                await client.rmdir("inbox/.taken")
            case "rename":
                await client.posix_rename("inbox/.taken", "inbox/aside")
            case "plant":
                await client.open("inbox/.taken/planted.csv", "wb")
            case "replace":
                async with client.open("inbox/mine.part", "wb"):
                    pass
                await client.posix_rename("inbox/mine.part", "inbox/.taken")
            case "chmod":
                await client.chmod("inbox/.taken", 0o777)

    with pytest.raises((asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure)):
        as_me(act)


@pytest.mark.parametrize("filled", [SPARSE, MANY])
def test_an_inbox_has_a_quota_of_bytes_and_of_entries(project, senders, as_me, filled):
    """Who has passed it removes some and writes again; what was open has been ended, and only that."""

    async def write(client):
        async with client.open("inbox/next.part", "wb") as file:
            await file.write(b"data")

    async def held():
        async with senders[ME].session() as client, client.open("inbox/held.part", "wb"):
            command = f"{filled}; done; chown {ME}:{ME} *.part"
            await asyncio.to_thread(inbox, project, command)
            for _ in range(60):
                await asyncio.sleep(0.5)
                await client.listdir("inbox")

    with pytest.raises((asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost)):
        asyncio.run(held())
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        as_me(write)
    assert asyncio.run(senders[OTHER].seconds()) < LONGEST
    as_me(lambda client: client.remove("inbox/1.part"))
    inbox(project, "rm *.part")
    deadline = time.monotonic() + LONGEST
    while True:
        try:
            as_me(write)
            break
        except asyncssh.SFTPPermissionDenied:
            assert time.monotonic() < deadline, "the sender cannot write again"
            time.sleep(0.5)
    inbox(project, "rm next.part")


def test_nobody_writes_where_the_disk_is_short_and_receipts_are_read(project, senders):
    """Tried on a second server of the same trees, which is content with no disk."""
    setting = ("--env", "CALYPSO_DISK_LEAST_PERCENT=100")
    started = project.compose("run", "--detach", "--no-deps", *setting, "sftp").strip()
    try:
        [found] = json.loads(docker("inspect", started))
        host = found["NetworkSettings"]["Networks"][f"{project.name}_senders"]["IPAddress"]
        me = Sender(2222, senders[ME].host_key, ME, senders[ME].key, host)
        deadline = time.monotonic() + LONGEST
        while f"{ME} writes no more" not in project.logs(started):
            assert time.monotonic() < deadline, "the server does not see the disk"
            time.sleep(0.5)

        async def act():
            async with me.session() as client:
                await client.listdir("receipts")
                async with client.open("reference/version.txt", "rb") as file:
                    assert await file.read()
                with pytest.raises(asyncssh.SFTPPermissionDenied):
                    await client.open("inbox/new.part", "wb")

        asyncio.run(act())
    finally:
        docker("rm", "--force", started)
