"""One sender that is hostile, slow or shut out does not keep the other 27 waiting.

It takes half an hour on two cores, so it runs where it is asked for:
`pytest tests/integration/test_hostile.py --hostile -s`.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from integration import wave
from integration.servers import free_ports, whole_stack
from integration.test_served import Sent, evening
from integration.wire import Wire, wire

from calypso.local import airflow, airflow_api, keys
from calypso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(5400)]

HOSTILE = "cuw"
MORE = 1.10  # times the normal time
ROUNDS = 3
DAY = "cuw_2024-11-08_seizures"
GIGABYTE = 1 << 30


def unreadable(inbox: Path) -> None:
    for version in range(20):
        (inbox / f"{DAY}_v{version + 1}.xlsx").write_bytes(os.urandom(200_000))


def endless_line(inbox: Path) -> None:
    (inbox / f"{DAY}_v31.csv").write_bytes(b"case_ref,case_type\n" + b"x," * 20_000_000)


def two_gigabytes(inbox: Path) -> None:
    with (inbox / f"{DAY}_v32.csv").open("wb") as file:
        file.write(b"case_ref,case_type\n")
        file.truncate(2 * GIGABYTE)


def zip_bomb(inbox: Path) -> None:
    part = inbox / f"{DAY}_v33.xlsx.part"
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as bomb, bomb.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(1024):
            sheet.write(bytes(1 << 20))
    part.rename(inbox / f"{DAY}_v33.xlsx")


def five_thousand_files(inbox: Path) -> None:
    for version in range(5000):
        (inbox / f"{DAY}_v{version + 1000}.csv").write_text(f"case_ref\nH-{version}\n")


WAYS: Mapping[str, Callable[[Path], None]] = {
    "an unreadable file": unreadable,
    "an endless line": endless_line,
    "2 GB": two_gigabytes,
    "a zip bomb": zip_bomb,
    "5,000 small files": five_thousand_files,
}


@pytest.fixture(scope="module")
def laid(request: pytest.FixtureRequest) -> Iterator[tuple[Settings, Wire]]:
    """A stack of its own, which reaches its SFTP server over a wire that can fall silent."""
    if not request.config.getoption("--hostile"):
        pytest.skip("takes half an hour: say --hostile")
    ports = free_ports()
    near, connection = int(free_ports()["CALYPSO_SFTP_PORT"]), airflow.connection
    with (
        wire(int(ports["CALYPSO_SFTP_PORT"]), near) as one,
        pytest.MonkeyPatch.context() as patch,
        ExitStack() as held,
    ):
        patch.setattr(airflow, "connection", lambda settings: connection(dataclasses.replace(settings, sftp_port=near)))
        yield held.enter_context(whole_stack(ports)), one


@pytest.fixture(scope="module")
def stack(laid: tuple[Settings, Wire]) -> Settings:
    return laid[0]


@pytest.fixture(scope="module")
def normal(stack: Settings) -> list[float]:
    """How long the 27 wait where all behave: the median of three rounds for each place in the queue."""
    rounds = [seconds(stack, number) for number in range(ROUNDS + 1)][1:]  # the first warms up
    found = [statistics.median(places) for places in zip(*rounds, strict=True)]
    told("all behave", found, found)
    return found


def seconds(stack: Settings, number: int, attack: Callable[[], None] = lambda: None) -> list[float]:
    """Return how long each of the 27 waits for its receipt, the quickest first; all send at once, after the attack."""
    at_rest(stack)
    attack()
    files: list[Sent] = [one for one in evening(number) if one.administration != HOSTILE]
    return sorted(answer.seconds for answer in wave.drop(stack, files, ask=False).values())


def told(way: str, found: list[float], normal: list[float]) -> None:
    median, last = found[len(found) // 2] / normal[len(normal) // 2], found[-1] / normal[-1]
    print(f"| {way} | {found[len(found) // 2]:.1f} s | {median:.2f} | {found[-1]:.1f} s | {last:.2f} |")
    assert median <= MORE
    assert last <= MORE


@pytest.fixture
def inbox(stack: Settings) -> Iterator[Path]:
    """The hostile sender's inbox on the server's disk; what is left in it is cleared away."""
    folder = stack.home / "sftp" / HOSTILE / "inbox"
    yield folder
    for path in folder.glob("cuw_*"):
        path.unlink(missing_ok=True)


def at_rest(stack: Settings) -> None:
    """Wait until nothing is ingested or built any more, so that each round begins alike."""
    deadline = time.monotonic() + 900
    with airflow_api.Client(stack) as client:
        while any(run["dag_id"].startswith(("ingest__", "build_")) for run in client.runs(state=["queued", "running"])):
            assert time.monotonic() < deadline, "the stack does not come to rest"
            time.sleep(2)


@pytest.mark.parametrize("way", WAYS)
def test_a_hostile_sender_costs_the_others_a_tenth_at_most(
    stack: Settings, normal: list[float], inbox: Path, way: str
) -> None:
    told(way, seconds(stack, 10 + list(WAYS).index(way), lambda: WAYS[way](inbox)), normal)


def test_a_server_that_stalls_in_one_senders_file_costs_the_others_a_tenth_at_most(
    laid: tuple[Settings, Wire], normal: list[float], inbox: Path
) -> None:
    stack, one = laid

    def stall() -> None:
        one.stalls = True
        (inbox / f"{DAY}_v34.csv").write_bytes(b"case_ref,case_type\n" + b"x," * 5_000_000)

    try:
        told("a server that stalls", seconds(stack, 40, stall), normal)
        assert one.stalled
    finally:
        one.stalls = False


def test_a_sender_whose_key_is_withdrawn_costs_the_others_nothing(stack: Settings, normal: list[float]) -> None:
    keys.withdraw(stack.home, HOSTILE)
    try:
        told("a key withdrawn", seconds(stack, 30), normal)
    finally:
        keys.reopen(stack.home, HOSTILE)
