"""A wave is files dropped at once over SFTP, each as the administration that owns it, and answered by its own Dag."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

import asyncssh
import httpx

from calypso import warehouse
from calypso.local import airflow_api, demo, keys
from calypso.settings import Settings
from calypso.simulation.clock import HEADER

PATIENCE = 600  # seconds without a receipt, on a machine that is also asked for other things
TRIGGER_AGAIN = 5


class File(Protocol):
    """What is dropped."""

    @property
    def administration(self) -> str: ...
    @property
    def file_name(self) -> str: ...
    @property
    def content(self) -> bytes: ...


@dataclass(frozen=True)
class Answer:
    """What a sender finds for one file: its receipt, and where and when."""

    receipt: Mapping[str, Any]
    path: Path  # of its JSON
    seconds: float  # from the moment the file had its name to that in which the receipt had its own


Answers = Mapping[tuple[str, str], Answer]  # by administration and file name


def drop(settings: Settings, files: Sequence[File], *, pauses: Sequence[float] = (), ask: bool = True) -> Answers:
    """Drop files into their administrations' inboxes, and return the answers once all are there.

    `pauses` are the seconds that the senders wait before they begin, in the order of their files. The Dags are asked to
    run, or left to wake by themselves.
    """
    before = set(_receipts(settings, files))
    complete = asyncio.run(_upload(settings, files, pauses))
    with airflow_api.Client(settings) as client:
        found = _wait(settings, client if ask else None, before, files)
    answers = {}
    for path in found:
        receipt = json.loads(path.read_bytes())
        key = (path.parents[1].name, receipt["file_name"])
        assert key in complete, f"{path} answers a file that was not dropped there"
        assert key not in answers, f"{path} answers a file that has its answer"
        answers[key] = Answer(receipt, path, path.stat().st_mtime - complete[key])
    return answers


@contextmanager
def without_builds(settings: Settings) -> Iterator[None]:
    """Pause the Dag that builds the warehouse, as an engineer may; what has woken it meanwhile wakes it in the end."""
    with airflow_api.Client(settings) as client:
        client.patch(f"/dags/{demo.BUILD}", {"is_paused": True})
        try:
            yield
        finally:
            client.patch(f"/dags/{demo.BUILD}", {"is_paused": False})


def set_clock(settings: Settings, arrivals: Iterable[tuple[str, str, datetime]]) -> None:
    """Let files arrive at simulated moments, told by administration and file name; others keep theirs."""
    clock = settings.simulated_clock
    assert clock is not None
    clock.parent.mkdir(parents=True, exist_ok=True)
    known = list(csv.reader(clock.read_text("utf-8").splitlines())) if clock.exists() else [HEADER]
    part = clock.with_suffix(".part")
    with part.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([*known, *((code, name, "", at.isoformat()) for code, name, at in arrivals)])
    part.replace(clock)


def _receipts(settings: Settings, files: Sequence[File]) -> Iterable[Path]:
    """Return the receipts of those who send."""
    for code in {file.administration for file in files}:
        yield from (settings.home / "sftp" / code / "receipts").glob("*.json")


async def _upload(settings: Settings, files: Sequence[File], pauses: Sequence[float]) -> dict[tuple[str, str], float]:
    """Upload as careful senders do, all side by side; return when each file had its name."""
    by_sender = defaultdict(list)
    for file in files:
        by_sender[file.administration].append(file)
    uploads = (
        _upload_as(settings, code, own, pause)
        for (code, own), pause in zip_longest(by_sender.items(), pauses[: len(by_sender)], fillvalue=0)
    )
    return {key: moment for part in await asyncio.gather(*uploads) for key, moment in part.items()}


async def _upload_as(
    settings: Settings, code: str, files: Sequence[File], pause: float
) -> dict[tuple[str, str], float]:
    await asyncio.sleep(pause)
    host_key = f"[127.0.0.1]:{settings.sftp_port} {keys.host_key(settings.home)}"
    complete = {}
    async with AsyncExitStack() as held:
        connection = await held.enter_async_context(
            asyncssh.connect(
                "127.0.0.1",
                settings.sftp_port,
                username=code,
                client_keys=[str(keys.private(settings.home, code))],
                known_hosts=asyncssh.import_known_hosts(host_key),
                config=None,
            )
        )
        client = await held.enter_async_context(connection.start_sftp_client())
        for file in files:
            async with client.open(f"inbox/{file.file_name}.part", "wb") as part:
                await part.write(file.content)
        for file in files:
            await client.posix_rename(f"inbox/{file.file_name}.part", f"inbox/{file.file_name}")
            complete[code, file.file_name] = time.time()
    return complete


def _wait(settings: Settings, client: airflow_api.Client | None, before: set[Path], files: Sequence[File]) -> set[Path]:
    """Wait until every file has its answer; ask the Dags to run of each administration that still lacks one."""
    expected: dict[str, int] = defaultdict(int)
    for file in files:
        expected[file.administration] += 1
    found: set[Path] = set()
    asked, moved = 0.0, time.monotonic()
    while True:
        if (now := set(_receipts(settings, files)) - before) != found:
            found, moved = now, time.monotonic()
        answered: dict[str, int] = defaultdict(int)
        for path in found:
            answered[path.parents[1].name] += 1
        waiting = sorted(code for code, count in expected.items() if answered[code] < count)
        if not waiting:
            return found
        assert time.monotonic() - moved < PATIENCE, (
            f"no receipts for {[(c, expected[c] - answered[c]) for c in waiting]}"
        )
        if client and time.monotonic() - asked > TRIGGER_AGAIN:
            with suppress(httpx.TimeoutException):  # too busy to answer: it is asked again
                _trigger(client, waiting)
            asked = time.monotonic()
        time.sleep(0.5)


def _trigger(client: airflow_api.Client, codes: Iterable[str]) -> None:
    active = {run["dag_id"] for run in client.runs(state=["queued", "running"])}
    for code in codes:
        if f"ingest__{code}" not in active:
            client.trigger(f"ingest__{code}")


def findings(settings: Settings, answers: Iterable[Answer]) -> Mapping[str, list[tuple[Any, ...]]]:
    """Return what the warehouse holds of the submissions answered, by their ids: rule, row, column, field, given."""
    ids = [answer.receipt["submission_id"] for answer in answers]
    found: dict[str, list[tuple[Any, ...]]] = {key: [] for key in ids}
    with warehouse.transaction(settings.warehouse("transformer")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select submission_id, rule_code, row_number, column_letter, field, value_given from raw.findings "
            "where submission_id = any(%s) order by submission_id, finding_no",
            [ids],
        )
        for submission_id, *finding in cursor:
            found[submission_id].append(tuple(finding))
    return found
