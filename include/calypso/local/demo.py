"""The demo replays a simulated operation: files go in over SFTP, the results table and the reports come out."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncssh
from rich.console import Console

from calypso import warehouse
from calypso.deadlines import reporting_days
from calypso.local import airflow_api, durations, keys, results, stack
from calypso.local.machine import CannotServe
from calypso.local.stack import Say
from calypso.registry import Operation, administrations, operations, participants
from calypso.settings import Settings

PATIENCE = 600  # seconds without any progress
POLL = 0.5
BUILD = "build_warehouse"
PUBLISHING = ("publish_situation_report", "publish_standings")
WAKE = 5  # seconds in which a wake becomes a run

# Brings the platform up or finds it so, calls the last as soon as files may come, and returns what is in force.
Start = Callable[[Settings, Say, Callable[[Settings], None]], Settings]


@dataclass(frozen=True)
class Replay:
    """What a demo works on: the running stack, the operation, and where its simulated files lie."""

    settings: Settings
    operation: Operation
    folder: Path

    def files(self) -> dict[str, list[Path]]:
        """Return the simulated files of each administration, in the order in which they are said to have arrived."""
        from calypso.arrival import read_clock

        arrivals = read_clock(self.folder / "clock.csv")
        return {
            folder.name: sorted(folder.iterdir(), key=lambda path: (arrivals[folder.name, path.name], path.name))
            for folder in sorted((self.folder / "files").iterdir())
        }


def run(settings: Settings, code: str, console: Console, start: Start = stack.up) -> None:
    """Replay the operation `code`, beginning with where the platform stands; raises CannotServe."""
    if code not in operations():
        raise CannotServe(f"There is no operation {code}: the registry knows {', '.join(operations())}.")
    began = time.monotonic()
    is_new = not (_folder(settings, code) / "truth.json").exists()

    def say(sentence: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {sentence}")

    if is_new:
        say(durations.expected(settings.home, "demo"))
    replay = _replay(start(settings, say, lambda known: drop(known, code, say)), code)
    with airflow_api.Client(replay.settings) as client:
        ingest(replay, client, say)
        build(replay, client, say)
        publish(replay, client, say)
    seconds = time.monotonic() - began
    if is_new and not settings.queue:  # containers keep no home of their own
        durations.keep(replay.settings.home, "demo", seconds)
    results.show(replay.settings, replay.operation, console, seconds)


def drop(settings: Settings, code: str, say: Callable[[str], None]) -> None:
    """Drop the simulated files of an operation, which the platform takes in by itself."""
    replay = _replay(settings, code)
    simulate(replay, say)
    say(f"{asyncio.run(upload(replay))} files uploaded over SFTP, each as the administration it belongs to")


def _replay(settings: Settings, code: str) -> Replay:
    return Replay(settings, operations()[code], _folder(settings, code))


def _folder(settings: Settings, code: str) -> Path:
    return settings.home / "simulation" / code


def simulate(replay: Replay, say: Callable[[str], None]) -> None:
    """Write the simulated operation unless it is there, and tell its clock to the pull."""
    from calypso import simulation

    if not (replay.folder / "truth.json").exists():
        draft = replay.folder.with_name(f".{replay.folder.name}")
        shutil.rmtree(draft, ignore_errors=True)
        simulation.simulate(replay.operation, draft)
        draft.rename(replay.folder)
    say(f"{sum(map(len, replay.files().values()))} simulated files in {replay.folder}")
    clock = replay.settings.simulated_clock
    if clock is None:
        raise CannotServe("A simulated operation needs CALYPSO_SIMULATED_CLOCK: run `make down` and `make demo`.")
    lines: dict[str, None] = {}
    for told in sorted(replay.folder.parent.glob("*/clock.csv")):
        lines.update(dict.fromkeys(told.read_text(encoding="utf-8").splitlines()))
    part = clock.with_suffix(".part")
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(clock)


async def upload(replay: Replay) -> int:
    """Upload what the warehouse has not seen yet, all administrations side by side; return how many files."""
    seen = _recorded(replay)
    tasks = [
        _upload_as(replay.settings, code, [path for path in files if (code, path.name) not in seen])
        for code, files in replay.files().items()
    ]
    return sum(await asyncio.gather(*tasks))


async def _upload_as(settings: Settings, code: str, files: list[Path]) -> int:
    """Upload files into an inbox as a careful sender does: under a temporary name, renamed when whole.

    They get their names when all are there, in the order given, so that whenever a pull comes it finds the first first.
    """
    if not files:
        return 0
    host_key = f"[{settings.sftp_host}]:{settings.sftp_port} {keys.host_key(settings.home)}"
    async with (
        asyncssh.connect(
            settings.sftp_host,
            settings.sftp_port,
            username=code,
            client_keys=[str(keys.private(settings.home, code))],
            known_hosts=asyncssh.import_known_hosts(host_key),
            config=None,
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        for path in files:
            await sftp.put(str(path), f"inbox/{path.name}.part")
        for path in files:
            await sftp.posix_rename(f"inbox/{path.name}.part", f"inbox/{path.name}")
    return len(files)


def ingest(replay: Replay, client: airflow_api.Client, say: Callable[[str], None]) -> None:
    """Wait until the ingest Dags, which the dropped files have woken, have answered; tell each one that is done."""
    expected = {code: len(files) for code, files in replay.files().items()}
    _wait_for_dags(client, [f"ingest__{code}" for code in expected])
    answered = _answered(replay)
    waiting = {code for code in expected if answered[code] < expected[code]}
    if len(waiting) < len(expected):
        say(f"{len(expected) - len(waiting)} administrations have all their receipts already")
    moved = time.monotonic()
    while waiting:
        before, answered = answered, _answered(replay)
        for code in sorted(code for code in waiting if answered[code] >= expected[code]):
            waiting.discard(code)
            done = len(expected) - len(waiting)
            say(f"{done:2}/{len(expected)}  {administrations()[code].names.en}: {expected[code]} files answered")
        if answered != before:
            moved = time.monotonic()
        elif time.monotonic() - moved > PATIENCE:
            raise CannotServe(
                f"Nothing has moved for {PATIENCE} s; {', '.join(sorted(waiting))} wait. "
                f"Their Dags ingest__<code> in Airflow say why."
            )
        time.sleep(POLL)


def build(replay: Replay, client: airflow_api.Client, say: Callable[[str], None]) -> None:
    """Wait until the marts know every file that has its receipt."""
    if _published(replay):
        return
    say("dbt builds the warehouse")
    began = asked = time.monotonic()
    since = _last_receipt(replay)
    while not _published(replay):
        if _failed_since(client, since) or time.monotonic() - began > PATIENCE:
            raise CannotServe(f"The warehouse was not built: the Dag {BUILD} in Airflow says why.")
        # The receipts have woken the Dag already, unless the wake was spent on a build that failed.
        if time.monotonic() - asked > WAKE and not client.runs(BUILD, state=["queued", "running"]):
            client.trigger(BUILD)
            asked = time.monotonic()
        time.sleep(POLL)


def publish(replay: Replay, client: airflow_api.Client, say: Callable[[str], None]) -> None:
    """Let the Dags publish what people look at, of an operation that for them has long ended."""
    from calypso.report import underway
    from calypso.site import publishing as site

    settings, code = replay.settings, replay.operation.code
    underway.begin(settings.home / "reports", code)
    site.publish(settings)
    for dag_id in PUBLISHING:
        client.trigger(dag_id, {"operation": code})
    days, offices = len(list(reporting_days(replay.operation))), len(participants(replay.operation))
    say(f"{days} daily reports, the results and {offices} own pages are being published, for some minutes yet")


def _published(replay: Replay) -> bool:
    """Tell whether the marts hold every submission that was answered."""
    query = (
        "select not exists (select from raw.submission_states as t where t.state = 'acknowledged' and not exists "
        "(select from marts.fct_submissions as known "
        "where known.submission_id = t.submission_id and known.final_state is not null))"
    )
    [[there]] = _read(replay, "select to_regclass('marts.fct_submissions') is not null")
    return bool(there) and _read(replay, query) == [(True,)]


def _failed_since(client: airflow_api.Client, moment: datetime) -> bool:
    """Tell whether a build that began after `moment` has failed."""
    starts = [run["start_date"] for run in client.runs(BUILD, state="failed")]
    return any(start and datetime.fromisoformat(start) > moment for start in starts)


def _wait_for_dags(client: airflow_api.Client, dag_ids: list[str]) -> None:
    began = time.monotonic()
    while missing := set(dag_ids) - set(client.dags()):
        if time.monotonic() - began > PATIENCE / 10:
            errors = client.import_errors()
            raise CannotServe(f"Airflow does not know {len(missing)} of the Dags. {' '.join(errors)[:400]}")
        time.sleep(POLL)


def _recorded(replay: Replay) -> set[tuple[str, str]]:
    query = "select administration_code, file_name from raw.submissions"
    return {(code, name) for code, name in _read(replay, query)}


def _answered(replay: Replay) -> Counter[str]:
    query = (
        "select s.administration_code, count(*) from raw.submissions as s "
        "join raw.submission_states as t using (submission_id) "
        "where t.state = 'acknowledged' and s.file_name = any(%s) group by 1"
    )
    names = [path.name for files in replay.files().values() for path in files]
    return Counter({code: count for code, count in _read(replay, query, [names])})


def _last_receipt(replay: Replay) -> datetime:
    [[moment]] = _read(replay, "select max(reached_at) from raw.submission_states where state = 'acknowledged'")
    assert isinstance(moment, datetime)
    return moment


def _read(replay: Replay, query: str, parameters: list[object] | None = None) -> list[tuple]:  # type: ignore[type-arg]
    dsn = replay.settings.warehouse("transformer")
    with warehouse.transaction(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
