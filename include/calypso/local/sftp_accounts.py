"""Accounts bound what each one that logs in may have open, so that none of them uses up what the others need.

The process may open so many files. Of these the server and the hub have their own, connections that have not logged in
share a few, and what is left is divided: whatever one account does, the others have their part.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.constants import DISC_BY_APPLICATION, DISC_TOO_MANY_CONNECTIONS, OPEN_RESOURCE_SHORTAGE

from calypso import sender_limits
from calypso.local import keys
from calypso.local.sftp_session import Session
from calypso.local.sftp_usage import Usage

MOST_FILES = 65_536  # that the process asks for
FEWEST_HANDLES = 4

log = logging.getLogger(__name__)


class Account:
    """What one account has open, over all its connections."""

    def __init__(self, name: str, usage: Usage | None, most_handles: int | None) -> None:
        """Begin with nothing open. The hub has neither quota nor limits: the server is there for it."""
        self.name, self.most_handles = name, most_handles
        self.connections: set[Door] = set()
        self.sessions: set[Session] = set()
        self.files: set[Any] = set()
        self.usage = usage

    @property
    def is_bounded(self) -> bool:
        """Tell whether limits hold for this account."""
        return self.most_handles is not None

    def may_open(self) -> None:
        """Refuse one more open file or folder where there are too many."""
        if self.most_handles is not None and sum(one.handles for one in self.sessions) >= self.most_handles:
            raise asyncssh.SFTPFailure(f"You have {self.most_handles} files or folders open: close some.")


class Accounts:
    """Everybody who is connected."""

    def __init__(self, home: Path, names: Callable[[], set[str]], least_percent: float) -> None:
        """Serve the trees of `home`; `names` returns the accounts there are now."""
        self.home, self._names, self._least_percent = home, names, least_percent
        self._accounts: dict[str, Account] = {}
        # Connections that have not logged in, and their addresses: first the one that has come no further for longest.
        self._strangers: dict[Door, str] = {}

    def admits(self, name: str, key: asyncssh.SSHKey) -> bool:
        """Tell whether this key opens this account at this moment; none does where the keys cannot be read."""
        try:
            return name in self._names() and key in keys.authorised(self.home, name)
        except (OSError, ValueError) as error:
            log.warning("the keys of %r cannot be read, and the account stays closed: %s", name, error)
            return False

    def account(self, name: str) -> Account:
        """Return what an account has open."""
        if name not in self._accounts:
            if name == keys.HUB:
                self._accounts[name] = Account(name, None, None)
            else:
                made = Account(name, None, most_handles(len(self._names())))
                made.usage = Usage(self.home / "sftp" / name / "inbox", self._least_percent, lambda: made.files)
                self._accounts[name] = made
        return self._accounts[name]

    def arrive(self, door: Door, address: str) -> None:
        """Let a connection log in. Where too many are at it, the first of the address that has most is closed."""
        self._strangers[door] = address
        if len(self._strangers) > most_strangers():
            [(crowded, _)] = Counter(self._strangers.values()).most_common(1)
            first = next(one for one, came_from in self._strangers.items() if came_from == crowded)
            del self._strangers[first]
            first.abort()

    def come_further(self, door: Door) -> None:
        """Put a connection that begins to show its keys behind those that have said less."""
        if door in self._strangers:
            self._strangers[door] = self._strangers.pop(door)

    def leave(self, door: Door) -> None:
        """Forget a connection that has logged in or ended."""
        self._strangers.pop(door, None)

    async def watch(self) -> None:
        """Close, for ever, the connections whose key no longer opens their account."""
        while True:
            await asyncio.sleep(sender_limits.WITHDRAWN_SECONDS)
            for account in list(self._accounts.values()):
                for door in list(account.connections):
                    door.close_if_withdrawn()


class Door(asyncssh.SSHServer):
    """One connection: who may come in, with which key, and how many sessions it may open."""

    def __init__(self, accounts: Accounts, start: Callable[[Account, Any], asyncssh.SFTPServer]) -> None:
        """Let in whom `accounts` admits; `start` makes the SFTP server of a session."""
        self._accounts, self._start = accounts, start
        self._account: Account | None = None
        self._offered: dict[str, asyncssh.SSHKey] = {}  # the last key that would open each account
        self._has_begun = False

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Count the connection, and read no more from it while it does not read what it is sent."""
        self._connection = conn
        transport: Any = conn._transport
        # asyncssh leaves these two empty, and would hold answers that nobody reads without an end.
        conn.pause_writing = transport.pause_reading  # type: ignore[method-assign]
        conn.resume_writing = transport.resume_reading  # type: ignore[method-assign]
        transport.set_write_buffer_limits(high=sender_limits.UNREAD_BYTES)
        self._accounts.arrive(self, str((conn.get_extra_info("peername") or [""])[0]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._accounts.leave(self)
        if self._account:
            self._account.connections.discard(self)

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a key."""
        if not self._has_begun:  # once only: with another name it begins again
            self._has_begun = True
            self._accounts.come_further(self)
        return True

    def public_key_auth_supported(self) -> bool:
        """Offer keys; passwords are not offered because nothing here says so."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Read the account's keys now, so that one taken out stops at once."""
        if not self._accounts.admits(username, key):
            return False
        self._offered[username] = key
        return True

    def auth_completed(self) -> None:
        """Close the connection again where its account has too many."""
        self._accounts.leave(self)
        account = self._accounts.account(self._connection.get_extra_info("username"))
        if account.is_bounded and len(account.connections) >= sender_limits.CONNECTIONS:
            self._connection.disconnect(
                DISC_TOO_MANY_CONNECTIONS,
                f"You have {sender_limits.CONNECTIONS} connections open: close some.",
            )
            return
        account.connections.add(self)
        self._account = account

    def session_requested(self) -> Any:
        """Open a session, which speaks SFTP and nothing else."""
        account = self._account
        if account is None or self.close_if_withdrawn():
            return False
        if account.is_bounded and len(account.sessions) >= sender_limits.SESSIONS:
            raise asyncssh.ChannelOpenError(
                OPEN_RESOURCE_SHORTAGE, f"You have {sender_limits.SESSIONS} sessions open: close some."
            )
        channel: Any = self._connection.create_server_channel(None, "strict", sender_limits.WINDOW_BYTES)
        # Variables would be kept without an end.
        channel._process_env_request = None
        return channel, Session(account, lambda chan: self._start(account, chan))

    def close_if_withdrawn(self) -> bool:
        """End the connection where its key no longer opens the account, and tell whether that is so."""
        if self._account is None or self._accounts.admits(self._account.name, self._offered[self._account.name]):
            return False
        self._connection.disconnect(DISC_BY_APPLICATION, "Your key was withdrawn.")
        return True

    def abort(self) -> None:
        """End the connection without a word."""
        self._connection.abort()


def most_strangers() -> int:
    """Return how many connections may be there that have not logged in."""
    return min(sender_limits.UNAUTHENTICATED, _open_files() // 8)


def most_handles(accounts: int) -> int:
    """Return how many files and folders an account may have open, where there are so many accounts."""
    own = most_strangers() + sender_limits.RESERVED_FOR_THE_HUB + sender_limits.RESERVED_FOR_THE_SERVER
    part = (_open_files() - own) // max(accounts, 1) - sender_limits.CONNECTIONS
    return max(FEWEST_HANDLES, min(sender_limits.HANDLES, part))


def raise_open_files() -> None:
    """Let this process open as many files as it may, up to a number that is enough."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if wanted > _open_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _open_files() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_FILES if soft == resource.RLIM_INFINITY else soft
