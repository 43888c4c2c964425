"""Triggers wait in Airflow's triggerer for what starts a Dag: here, that something may be pulled from an inbox.

One loop looks into all inboxes through one connection, whatever their number, and wakes each administration's Dag by
itself. It never ends by an error: a server that cannot be reached is tried again, and every Dag has a schedule of its
own besides.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Hashable
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from dags.hub import CONNECTION

PATIENCE = 10.0  # seconds in which one inbox must be listed; the others do not wait for it longer
PAUSE = 5.0  # seconds after which a server that failed is tried again

log = logging.getLogger(__name__)


class InboxTrigger(BaseEventTrigger):
    """Fires when a file in the inbox of one administration stands still from one look to the next."""

    def __init__(self, administration: str, seconds: float) -> None:
        """Watch the inbox of `administration`, looking every so many `seconds`."""
        super().__init__()
        self.administration = administration
        self.seconds = seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return how the triggerer makes this trigger again."""
        return "dags.triggers.InboxTrigger", {"administration": self.administration, "seconds": self.seconds}

    def shared_stream_key(self) -> Hashable:
        """Return what all of them share: the loop that looks."""
        return "inboxes", self.seconds

    @classmethod
    async def open_shared_stream(cls, kwargs: dict[str, Any]) -> AsyncIterator[str]:
        """Yield the code of each administration of whose inbox there is something to pull, for ever."""
        import asyncssh
        from airflow.providers.sftp.hooks.sftp import SFTPHookAsync

        from calypso.registry import administrations
        from calypso.watch import Watch

        watches: defaultdict[str, Watch] = defaultdict(Watch)
        while True:
            try:
                async with SFTPHookAsync(CONNECTION).get_managed_conn() as sftp:
                    while True:
                        due = [code for code in administrations() if watches[code].due()]
                        looks = {code: _look(sftp, code, watches[code]) for code in due}
                        for code, news in zip(looks, await asyncio.gather(*looks.values()), strict=True):
                            if news:
                                yield code
                        await asyncio.sleep(kwargs["seconds"])
            except (OSError, asyncssh.Error) as error:
                log.warning("the inboxes cannot be watched, and are tried again: %s", error)
                await asyncio.sleep(PAUSE)

    async def filter_shared_stream(self, shared_stream: AsyncIterator[str]) -> AsyncIterator[TriggerEvent]:
        """Yield an event for each time that the loop names this administration."""
        async for code in shared_stream:
            if code == self.administration:
                yield TriggerEvent({"administration": code})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Look by itself, where the triggerer shares nothing."""
        async for event in self.filter_shared_stream(self.open_shared_stream({"seconds": self.seconds})):
            yield event


async def _look(sftp: Any, code: str, watch: Any) -> bool:
    """Look into one inbox; one that cannot be listed now has no news, and its Dag tells why when it pulls."""
    import asyncssh

    try:
        async with asyncio.timeout(PATIENCE):
            return bool(watch.look(await _drops(sftp, code)))
    except (TimeoutError, asyncssh.SFTPError) as error:
        if isinstance(error, asyncssh.SFTPConnectionLost | asyncssh.SFTPNoConnection):
            raise
        log.warning("the inbox of %s cannot be listed: %s", code, error)
        return False


async def _drops(sftp: Any, code: str) -> list[Any]:
    """Return the regular files of an inbox, their names as the bytes that they are."""
    import stat

    from calypso.folder import Drop

    return [
        Drop(entry.filename, entry.attrs.size or 0, entry.attrs.mtime or 0)
        for entry in await sftp.readdir(f"/{code}/inbox".encode())
        if stat.S_ISREG(entry.attrs.permissions or 0)
    ]
