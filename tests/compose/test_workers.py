"""With one worker or three, and with one killed, containers publish what the embedded quick start publishes.

It takes half an hour on two cores, so it runs where it is asked for:
`pytest -m compose tests/compose/test_workers.py --scaled -s`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from compose.containers import Project, docker
from integration.servers import whole_stack
from marts import ANSWERS, HASHES
from rich.console import Console

from calypso import warehouse
from calypso.local import demo
from calypso.settings import REPOSITORY

pytestmark = pytest.mark.timeout(5400)

OPERATION = "calypso-2024"
REPLAY = ("--profile", "demo", "run", "--rm", "-T", "demo")
TASKS = "select count(*) from task_instance where hostname <> '' group by hostname order by 1"
KILLED_AFTER = 200  # files answered, of 640


@dataclass(frozen=True)
class Ended:
    """What a replay ends with: a hash of each table, after how many seconds, and how many tasks each worker ran."""

    tables: Mapping[str, tuple[str, str]]
    seconds: float
    tasks: tuple[int, ...] = ()


@pytest.fixture(scope="module")
def embedded(request: pytest.FixtureRequest) -> Ended:
    """What the embedded quick start publishes."""
    if not request.config.getoption("--scaled"):
        pytest.skip("takes half an hour: say --scaled")
    with whole_stack() as stack:
        began = time.monotonic()
        demo.run(stack, OPERATION, Console(record=True))
        seconds = time.monotonic() - began
        with warehouse.transaction(stack.warehouse("transformer")) as connection, connection.cursor() as cursor:
            cursor.execute(HASHES)
            return Ended({table: (str(rows), told) for table, rows, told in cursor.fetchall()}, seconds)


@pytest.fixture
def fresh(embedded: Ended, project: Project) -> Iterator[Project]:
    """A project of its own, beside which nothing runs."""
    project.compose("stop", "--timeout", "5")
    made = Project("calypso-scaled", {**project.environment, "CALYPSO_TASKS": "14"})
    made.compose("down", "--volumes", "--remove-orphans")
    try:
        yield made
    finally:
        made.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")


def started(project: Project, workers: int) -> float:
    """Bring it up with so many workers; return after how many seconds it was healthy."""
    began = time.monotonic()
    project.compose("up", "--detach", "--wait", "--wait-timeout", "900", "--scale", f"airflow-worker={workers}")
    return time.monotonic() - began


def ended(project: Project, printed: str) -> Ended:
    """Return what a replay has ended with; every file has one answer."""
    assert "NO" not in re.findall(r"\b(?:yes|NO)\b", printed), printed
    [[answers, distinct]] = project.ask(ANSWERS)
    [[files]] = project.ask("select count(*) from raw.submissions")
    assert answers == distinct == files
    seconds = float(re.findall(r"Done in (\d+) s", printed)[-1])
    tasks = tuple(int(count) for [count] in project.ask(TASKS, "airflow"))
    return Ended({table: (rows, told) for table, rows, told in project.ask(HASHES)}, seconds, tasks)


@pytest.mark.parametrize("workers", [1, 3])
def test_containers_publish_what_the_quick_start_publishes(fresh: Project, embedded: Ended, workers: int) -> None:
    healthy = started(fresh, workers)
    found = ended(fresh, fresh.compose(*REPLAY))
    print(f"\n{workers} workers: healthy after {healthy:.0f} s, replayed in {found.seconds:.0f} s, tasks {found.tasks}")
    print(f"embedded: replayed in {embedded.seconds:.0f} s")
    assert len(found.tasks) == workers
    assert found.tables == embedded.tables


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(fresh: Project, embedded: Ended) -> None:
    started(fresh, 3)
    command = ["docker", "compose", "--project-name", fresh.name, *REPLAY]
    with subprocess.Popen(
        command, cwd=REPOSITORY, env={**os.environ, **fresh.environment}, stdout=subprocess.PIPE, text=True
    ) as replay:
        while int(fresh.ask(ANSWERS)[0][0]) < KILLED_AFTER:
            assert replay.poll() is None, "the replay has ended before it was disturbed"
            time.sleep(1)
        worker = fresh.compose("ps", "--quiet", "airflow-worker").split()[0]
        os.kill(int(docker("inspect", "--format", "{{.State.Pid}}", worker)), signal.SIGKILL)
        printed, _ = replay.communicate(timeout=2400)
    found = ended(fresh, printed)
    restarted = int(docker("inspect", "--format", "{{.RestartCount}}", worker))
    print(
        f"\none of three workers killed: replayed in {found.seconds:.0f} s, tasks {found.tasks}; "
        f"it was started again {restarted} times"
    )
    assert len(found.tasks) == 3
    assert restarted >= 1
    assert found.tables == embedded.tables
