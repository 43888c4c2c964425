"""What one account asks of the SFTP server is refused, plainly and at once, where it would cost the others."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import asyncssh
import paramiko
import pytest
from asyncssh.constants import FXF_READ, FXP_INIT, FXP_OPEN, FXP_READ
from asyncssh.packet import String, UInt32, UInt64
from integration.servers import answers, free_ports
from paramiko.sftp import CMD_EXTENDED, CMD_EXTENDED_REPLY, int64

from calypso import sender_limits
from calypso.local import keys, sftp
from calypso.registry import administrations

pytestmark = pytest.mark.integration

ME, OTHER = "brb", "tto"
MEGABYTE = 1024**2
PROMPT = 5.0  # seconds in which a login and a listing end on a busy machine


class Server:
    """One SFTP server, with the process that it runs in."""

    def __init__(self, home: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.home, self.port, self.process = home, port, process

    def inbox(self, account: str = ME) -> Path:
        return self.home / "sftp" / account / "inbox"

    def memory(self) -> int:
        """Return the bytes that the process holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    @contextmanager
    def login(self, account: str = ME) -> Iterator[paramiko.SSHClient]:
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.MissingHostKeyPolicy())
            key = str(keys.private(self.home, account))
            client.connect("127.0.0.1", self.port, account, key_filename=key, allow_agent=False, look_for_keys=False)
            yield client

    @contextmanager
    def client(self, account: str = ME) -> Iterator[paramiko.SFTPClient]:
        with self.login(account) as client, client.open_sftp() as session:
            # Paramiko leaves the end of each 32 KB waiting until what went before is acknowledged: 40 ms a request.
            session.sock.get_transport().sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield session

    def connect(self, account: str = ME, **options):
        given = {"client_keys": [str(keys.private(self.home, account))], "known_hosts": None, "config": None}
        return asyncssh.connect("127.0.0.1", self.port, username=account, **{**given, **options})

    def serves(self, account: str = OTHER) -> None:
        """Check that an account logs in and lists its inbox promptly."""
        began = time.monotonic()
        with self.client(account) as client:
            client.listdir("/")
        assert time.monotonic() - began < PROMPT


@contextmanager
def serving(home: Path, most_files: int | None = None) -> Iterator[Server]:
    """Serve the trees of every administration, by a process that may open so many files."""
    sftp.create_trees(home, administrations())
    port = free_ports()["CALYPSO_SFTP_PORT"]
    environment = {**os.environ, "CALYPSO_HOME": str(home), "CALYPSO_SFTP_PORT": port}
    command = [sys.executable, "-m", "calypso.local.sftp"]
    if most_files:
        command = ["bash", "-c", f'ulimit -n {most_files}; exec "$@"', "bash", *command]
    process = subprocess.Popen(command, env=environment)
    try:
        answers(int(port))
        yield Server(home, int(port), process)
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("limits")) as made:
        yield made


@pytest.fixture(scope="module")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("few"), most_files=1024) as made:
        yield made


@pytest.fixture(autouse=True)
def emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the inbox empty for the next test."""
    yield
    for name in ("server", "small_server"):
        if name in request.fixturenames:
            lying = sorted(request.getfixturevalue(name).inbox().rglob("*"), reverse=True)
            for path in lying:
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
            time.sleep(2 if len(lying) > 1000 else 0)  # until the server counts a crowded inbox again


# Size and number of what lies in an inbox


def far_away(client: paramiko.SFTPClient, file: paramiko.SFTPFile) -> None:
    file.seek(2**60)
    write(file, 1)


def write(file: paramiko.SFTPFile, megabytes: int) -> None:
    for _ in range(megabytes * 32):
        file.write(b"x" * 32768)
    file.flush()


TOO_LONG = {
    "write far away": far_away,
    "truncate": lambda client, _: client.truncate("inbox/a.csv", 8 * 1024**4),
    "truncate when open": lambda _, file: file.truncate(8 * 1024**4),
    "truncate to 3 GB": lambda client, _: client.truncate("inbox/a.csv", 3 * 1024**3),
}


@pytest.mark.parametrize("way", TOO_LONG)
def test_no_file_is_made_longer_than_a_file_may_be(server: Server, way: str) -> None:
    with server.client() as client, client.open("inbox/a.csv", "w") as file:
        file.write(b"a")
        file.flush()
        with pytest.raises(OSError, match="at most 201 MB"):
            TOO_LONG[way](client, file)
    assert (server.inbox() / "a.csv").stat().st_size == 1
    server.serves()


def test_an_upload_that_is_cut_at_the_limit_is_too_large_to_be_read(server: Server) -> None:
    """What lies there is answered by F010 then, and not as if half of it were the whole."""
    with server.client() as client, client.open("inbox/a.csv", "w") as file:
        file.truncate(sender_limits.MAX_BYTES + MEGABYTE // 2)
        file.seek(sender_limits.MAX_BYTES + MEGABYTE // 2)
        with pytest.raises(OSError, match="at most"):
            write(file, 32)
    assert (server.inbox() / "a.csv").stat().st_size > sender_limits.MAX_BYTES


def fill(client: paramiko.SFTPClient, count: int = 10) -> None:
    """Bring an inbox near its quota of bytes by long files that store nothing."""
    for number in range(count):
        with client.open(f"inbox/{number}.csv", "w") as file:
            file.truncate(sender_limits.MAX_BYTES)


@pytest.mark.parametrize("way", ["write", "append", "truncate", "removed but open"])
def test_an_inbox_holds_no_more_bytes_than_its_quota(server: Server, way: str) -> None:
    with server.client() as client, ExitStack() as held:
        fill(client)
        if way == "removed but open":
            held.enter_context(client.open("inbox/9.csv", "r"))
            client.remove("inbox/9.csv")
        file = held.enter_context(client.open("inbox/more.csv", "a" if way == "append" else "w"))
        with pytest.raises(OSError, match="quota of 2048 MB"):
            file.truncate(100 * MEGABYTE) if way == "truncate" else write(file, 50)
    server.serves()


def make(client: paramiko.SFTPClient, name: str, megabytes: int) -> None:
    with client.open(f"inbox/{name}", "w") as file:
        file.truncate(megabytes * MEGABYTE)


def test_what_is_removed_is_given_back(server: Server) -> None:
    with server.client() as client:
        fill(client)
        with pytest.raises(OSError, match="quota"):
            make(client, "more.csv", 100)
        client.remove("inbox/0.csv")
        make(client, "more.csv", 100)
        client.posix_rename("inbox/more.csv", "inbox/1.csv")  # which was twice as long
        make(client, "more.csv", 200)
        with pytest.raises(OSError, match="quota"):
            make(client, "again.csv", 200)
        (server.inbox() / "2.csv").unlink()  # as a pull does, which is seen soon
        time.sleep(2)
        make(client, "again.csv", 200)


def test_an_inbox_holds_no_more_files_and_folders_than_its_quota(server: Server) -> None:
    for number in range(sender_limits.INBOX_ENTRIES):
        (server.inbox() / str(number)).touch()
    time.sleep(2)  # what others put there is seen after some seconds
    with server.client() as client:
        with pytest.raises(OSError, match="quota of 10000 files"):
            client.open("inbox/more.csv", "w")
        with pytest.raises(OSError, match="quota of 10000 files"):
            client.mkdir("inbox/more")
        with client.open("inbox/0", "w") as file:  # one that is there may be written
            file.write(b"a")
        client.remove("inbox/0")
        client.open("inbox/more.csv", "w").close()
    server.serves()


def test_folders_do_not_come_to_lie_where_they_cannot_be_counted(server: Server) -> None:
    with server.client() as client:
        path = "inbox"
        for _ in range(sender_limits.INBOX_DEPTH):
            path += "/a"
            client.mkdir(path)
        with pytest.raises(PermissionError, match="At most 8 folders"):
            client.mkdir(f"{path}/a")
        client.mkdir("inbox/b")
        client.rename("inbox/b", "inbox/c")
        for rename in (client.rename, client.posix_rename):
            with pytest.raises(PermissionError, match="stays where it was made"):
                rename("inbox/c", "inbox/a/c")


OF_THE_HUB = {
    "mkdir": lambda client: client.mkdir("inbox/.taken"),
    "rmdir": lambda client: client.rmdir("inbox/.taken"),
    "remove": lambda client: client.remove("inbox/.taken/a"),
    "write": lambda client: client.open("inbox/x/../.taken/b", "w"),
    "rename": lambda client: client.rename("inbox/.taken", "inbox/other"),
    "posix_rename": lambda client: client.posix_rename("inbox/mine", "inbox//.taken/b"),
    "from": lambda client: client.rename("inbox/.taken/a", "inbox/b"),
    "replace": lambda client: client.posix_rename("inbox/mine", "inbox/.taken"),
    "utime": lambda client: client.utime("inbox/.taken/a", (0, 0)),
}


@pytest.mark.parametrize("way", OF_THE_HUB)
def test_what_a_pull_has_taken_is_not_the_senders(server: Server, way: str) -> None:
    taken = server.inbox() / ".taken"
    (server.inbox() / "mine").write_bytes(b"mine")
    if way != "mkdir":
        taken.mkdir()
    if way in ("remove", "from", "utime"):
        (taken / "a").write_bytes(b"theirs")
    with server.client() as client, pytest.raises(PermissionError):
        OF_THE_HUB[way](client)
    assert (server.inbox() / "mine").exists()
    assert taken.is_dir() == (way != "mkdir")


# What a client may ask for


EXTENSIONS = ["statvfs@openssh.com", "hardlink@openssh.com", "lsetstat@openssh.com", "copy-data", "ranges@asyncssh.com"]


@pytest.mark.parametrize("extension", [*EXTENSIONS, "fstatvfs@openssh.com", "fsync@openssh.com"])
def test_what_no_sender_needs_is_not_done(server: Server, extension: str) -> None:
    with server.client() as client, pytest.raises(OSError, match="Unsupported"):
        client._request(CMD_EXTENDED, extension, "inbox", "inbox")


def test_a_file_is_not_copied_onto_its_own_end(server: Server) -> None:
    with server.client() as client, client.open("inbox/a.csv", "w+") as file:
        file.write(b"x" * 1000)
        file.flush()
        arguments = (file.handle, int64(0), int64(2**60), file.handle, int64(1000))
        with pytest.raises(OSError, match="Unsupported"):
            client._request(CMD_EXTENDED, "copy-data", *arguments)
    assert (server.inbox() / "a.csv").stat().st_size == 1000


def test_clients_hear_what_they_may_ask_for(server: Server) -> None:
    async def session() -> tuple[str, int, bool, bool]:
        async with (
            server.connect(compression_algs=["zlib@openssh.com", "none"]) as connection,
            connection.start_sftp_client() as client,
        ):
            return (
                connection.get_extra_info("recv_compression"),
                client.limits.max_write_len,
                client._handler._supports_posix_rename,
                client.supports_remote_copy,
            )

    assert asyncio.run(session()) == ("none", sender_limits.DATA_BYTES, True, False)


def test_a_request_is_no_larger_than_a_client_needs(server: Server) -> None:
    with server.client() as client, pytest.raises((EOFError, OSError, paramiko.SSHException)):
        client._request(CMD_EXTENDED, "limits@openssh.com", "x" * sender_limits.REQUEST_BYTES)
    server.serves(ME)
    with server.client() as client:
        assert client._request(CMD_EXTENDED, "limits@openssh.com")[0] == CMD_EXTENDED_REPLY


# What an account may have open


def open_all(client: paramiko.SFTPClient, count: int) -> list[paramiko.SFTPFile]:
    files = []
    with suppress(OSError):
        while len(files) < count:
            files.append(client.open("inbox/a.csv", "r"))
    return files


def test_an_account_opens_no_more_files_and_folders_than_it_may(server: Server) -> None:
    (server.inbox() / "a.csv").touch()
    with server.client() as one, server.client() as two:
        files = [*open_all(one, 50), *open_all(two, 1000)]
        assert len(files) == sender_limits.HANDLES
        with pytest.raises(OSError, match="64 files or folders open"):
            one.listdir("inbox")
        server.serves()
        files.pop().close()
        one.listdir("inbox")
    with server.client() as client:  # which has its own again, after the others have gone
        deadline = time.monotonic() + 10
        while len(files := open_all(client, 64)) < sender_limits.HANDLES:
            assert time.monotonic() < deadline
            [file.close() for file in files]


def test_one_account_does_not_open_what_a_small_server_has_for_all(small_server: Server) -> None:
    (small_server.inbox() / "a.csv").touch()
    with ExitStack() as held:
        clients = [held.enter_context(small_server.client()) for _ in range(sender_limits.CONNECTIONS)]
        files = [open_all(client, 200) for client in clients]
        assert sum(map(len, files)) < sender_limits.HANDLES
        for account in (OTHER, sftp.HUB):
            small_server.serves(account)


def test_an_account_has_no_more_connections_than_it_may(server: Server) -> None:
    with ExitStack() as held:
        for _ in range(sender_limits.CONNECTIONS):
            held.enter_context(server.login())
        with pytest.raises((paramiko.SSHException, EOFError, OSError)), server.client() as client:
            client.listdir("/")
        server.serves()
        server.serves(sftp.HUB)
    deadline = time.monotonic() + 10
    while True:
        try:
            server.serves(ME)
            return
        except (paramiko.SSHException, EOFError, OSError):
            assert time.monotonic() < deadline


def test_an_account_has_no_more_sessions_than_it_may(server: Server) -> None:
    with server.login() as client, ExitStack() as held:
        for _ in range(sender_limits.SESSIONS):
            held.enter_context(client.open_sftp())
        with pytest.raises(paramiko.ChannelException):
            client.open_sftp()
        server.serves()


def test_connections_that_do_not_log_in_keep_nobody_out(small_server: Server) -> None:
    with ExitStack() as held:
        for _ in range(1_100):
            held.enter_context(socket.create_connection(("127.0.0.1", small_server.port), timeout=10))
        for account in (ME, OTHER, sftp.HUB):
            small_server.serves(account)


@pytest.mark.parametrize("waits", ["in the channel", "in the connection"])
def test_answers_that_are_not_read_are_not_held(server: Server, waits: str) -> None:
    (server.inbox() / "a.csv").write_bytes(bytes(MEGABYTE))
    before = server.memory()

    async def ask_and_read_nothing() -> None:
        async with server.connect() as connection:
            size = {"window": 2**31 - 1} if waits == "in the connection" else {}
            channel, _ = await connection.create_session(
                asyncssh.SSHClientSession, subsystem="sftp", encoding=None, **size
            )
            channel.pause_reading()
            if waits == "in the connection":
                connection._transport.pause_reading()
            channel.write(packet(FXP_INIT, UInt32(3)))
            channel.write(packet(FXP_OPEN, UInt32(0), String("inbox/a.csv"), UInt32(FXF_READ), UInt32(0)))
            read = [UInt32(1), String(bytes(4)), UInt64(0), UInt32(32768)]  # by the first handle that is given
            channel.write(packet(FXP_READ, *read) * 60_000)
            await asyncio.sleep(3)
            await asyncio.to_thread(server.serves)
            assert server.memory() - before < 64 * MEGABYTE
            connection.abort()

    asyncio.run(ask_and_read_nothing())
    server.serves(ME)


def packet(kind: int, *parts: bytes) -> bytes:
    return String(bytes([kind]) + b"".join(parts))


# Whose key is withdrawn


def test_sessions_of_a_withdrawn_key_end_and_no_new_one_opens(server: Server) -> None:
    account = "dma"
    with server.login(account) as login, server.client() as mine:
        client = login.open_sftp()
        client.listdir("/")
        assert keys.withdraw(server.home, account)
        try:
            with pytest.raises((paramiko.SSHException, EOFError, OSError)):
                login.open_sftp()
            with pytest.raises((paramiko.SSHException, EOFError, OSError)):
                client.listdir("/")
        finally:
            keys.reopen(server.home, account)
        mine.listdir("/")
    server.serves(account)


def test_an_idle_session_of_a_withdrawn_key_ends_by_itself(server: Server) -> None:
    account = "grd"
    with server.client(account) as client:
        keys.withdraw(server.home, account)
        try:
            deadline = time.monotonic() + 3 * sender_limits.WITHDRAWN_SECONDS
            while client.get_channel().transport.is_active():
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            keys.reopen(server.home, account)
