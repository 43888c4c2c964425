"""One sender that is hostile, slow or shut out does not keep the other 27 waiting.

It takes half an hour on two cores, so it runs where it is asked for:
`pytest tests/integration/test_hostile.py --hostile -s`.
"""

from __future__ import annotations

import os
import statistics
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from integration import wave
from integration.test_served import Sent, evening

from calypso.local import keys
from calypso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(5400)]

HOSTILE = "cuw"
MORE = 1.10  # times the normal time
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
def normal(request: pytest.FixtureRequest, stack: Settings) -> list[float]:
    """How long the 27 wait where all behave: the median of three rounds for each place in the queue."""
    if not request.config.getoption("--hostile"):
        pytest.skip("takes half an hour: say --hostile")
    rounds = [seconds(stack, number) for number in range(3)]
    return [statistics.median(places) for places in zip(*rounds, strict=True)]


def seconds(stack: Settings, number: int) -> list[float]:
    """Return how long each of the 27 waits for its receipt, the quickest first; all send at once."""
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


@pytest.mark.parametrize("way", WAYS)
def test_a_hostile_sender_costs_the_others_a_tenth_at_most(
    stack: Settings, normal: list[float], inbox: Path, way: str
) -> None:
    WAYS[way](inbox)
    told(way, seconds(stack, 10 + list(WAYS).index(way)), normal)


def test_a_sender_whose_key_is_withdrawn_costs_the_others_nothing(stack: Settings, normal: list[float]) -> None:
    keys.withdraw(stack.home, HOSTILE)
    try:
        told("a key withdrawn", seconds(stack, 30), normal)
    finally:
        keys.reopen(stack.home, HOSTILE)
