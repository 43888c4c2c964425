"""One stack, in its own home and on free ports, serves every integration test and is always taken down.

Tests of the line need its servers alone: a session of nothing else starts no Airflow.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from corpus import golden, hundred
from integration import browsing, dbt_server, prepared, wave
from integration.line import TABLES_ALONE, Line, files_by_arrival, line, simulated
from integration.servers import as_hub, sftp_server, whole_stack

from calypso import registry
from calypso.local import sftp
from calypso.settings import Settings

HERE = Path(__file__).parent
# These drop files into the stack's own inboxes; test_demo holds the same warehouse against the truth of its operations,
# so it comes first, whatever the names of the files. The last one breaks a table, to see it mended.
AFTER_THE_DEMO = ("test_deciding", "test_golden", "test_hundred", "test_hostile", "test_served")
LAST = "test_engineers"
# Files of minutes, which are begun first where files are divided among processes: the one begun last is waited for.
LONG = ("test_replay", "test_readers", "test_known_at", "test_results", "test_sender_limits", "test_row_security")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, for it starts servers and speaks to them; put last what the demo may not see.

    Files of tests that need no Airflow are marked, too, and come first: what they measure, they measure while none
    runs beside them. `make test-line` runs them alone.
    """
    airflow = {item.path for item in items if "stack" in getattr(item, "fixturenames", ())}
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.integration)
            item.add_marker(pytest.mark.enable_socket)
            if item.path not in airflow:
                item.add_marker(pytest.mark.line)
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    here, name = item.path.parent == HERE, item.path.stem
    if not here or item.get_closest_marker("line"):
        return 0 if name in LONG else 1
    return 4 if name == LAST else 2 + int(name in AFTER_THE_DEMO)


@pytest.fixture(scope="session")
def metrics() -> Iterator[list[str]]:
    """Take what the stack sends by StatsD, a growing list of lines."""
    received: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taking:
        taking.bind(("127.0.0.1", 0))

        def take() -> None:
            while data := taking.recv(65536):
                received.extend(data.decode().splitlines())

        listening = threading.Thread(target=take, daemon=True)
        listening.start()
        told = {"STATSD_ON": "True", "STATSD_HOST": "127.0.0.1", "STATSD_PORT": str(taking.getsockname()[1])}
        with pytest.MonkeyPatch.context() as patch:
            for name, value in told.items():
                patch.setenv(f"AIRFLOW__METRICS__{name}", value)
            yield received
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"", taking.getsockname())
        listening.join(10)


@pytest.fixture(scope="session")
def stack(metrics: list[str]) -> Iterator[Settings]:
    """Bring a whole stack up for all tests, which share it."""
    with whole_stack() as up:
        yield up


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Bring PostgreSQL up for tests of the line: the stack's, where a test asks for that too."""
    with dbt_server.serving():
        if any("stack" in item.fixturenames for item in request.session.items):
            yield request.getfixturevalue("stack")
        else:
            with whole_stack(alone=True) as up:
                yield up


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium; for one file of tests, since no other event loop can run beside it."""
    with browsing.chromium() as started:
        yield started


@pytest.fixture(scope="session")
def answers(stack: Settings) -> list[wave.Answers]:
    """Drop the golden corpus in as few waves as it can come in, and then the hundred files; give the answers.

    The golden files arrive by a simulated clock and the hundred by the server's own. The warehouse is built when all
    are there, not beside each wave.
    """
    found = []
    with wave.without_builds(stack):
        for files in golden.waves(golden.golden()):
            wave.set_clock(stack, ((file.administration, file.file_name, file.arrived_at) for file in files))
            found.append(wave.drop(stack, files))
        return [*found, wave.drop(stack, hundred.hundred())]


@pytest.fixture(scope="session")
def new_line(servers: Settings) -> Iterator[Callable[..., Any]]:
    """Return a function that makes a line of its own: `with new_line(name, clock) as line`, new or like another.

    The lines share one SFTP server, apart from the stack's, whose inboxes Airflow empties.
    """
    # Above pytest's folders for the same reason as the stack's home; only this server reads it.
    home = servers.home.parent / "line"
    sftp.create_trees(home, registry.administrations())
    with ExitStack() as held:
        port = held.enter_context(sftp_server(home))
        client = held.enter_context(as_hub(home, port))
        yield lambda name, clock, like=None: line(servers, client, home / "sftp", name, clock, like)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulated operation of 2024: its files, when they arrived, and its truth."""
    return simulated(tmp_path_factory.mktemp("simulated"), "calypso-2024")[1]


@pytest.fixture(scope="session")
def replayed(
    new_line: Callable[..., Any], servers: Settings, folder: Path, pytestconfig: pytest.Config
) -> Callable[[str], Path]:
    """Return a function that gives the folder with the operation of 2024 as it was at one of its stages.

    Each stage is replayed upon the one before, once for all processes and runs, until what it is made of changes.
    """
    cache = pytestconfig.cache.mkdir("prepared")

    def at(stage: str) -> Path:
        names = list(prepared.STAGES)
        before = names[: names.index(stage)]
        like = at(before[-1]) if before else None
        after, until = prepared.STAGES[before[-1]] if before else None, prepared.STAGES[stage]
        line: Line
        with prepared.kept(cache, stage) as kept:
            if not kept.is_dir():
                with new_line(stage, folder / "clock.csv", like=like) as line:
                    arrived = files_by_arrival(folder, after, until)
                    line.replay(arrived, steps=2, without=TABLES_ALONE if until else ("unit_test",))
                    prepared.keep(kept, servers, line.settings)
        return kept

    return at


@pytest.fixture(scope="session")
def natural(new_line: Callable[..., Any], replayed: Callable[[str], Path], folder: Path) -> Iterator[Line]:
    """The operation of 2024 as it arrived, for all tests: whoever changes anything makes a line like it."""
    with new_line("replayed", folder / "clock.csv", like=replayed("as_it_arrived")) as made:
        yield made
