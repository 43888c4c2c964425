"""A file that is dropped is answered by itself, and the warehouse follows.

How soon, with all sending within a minute, depends on the machine: `pytest tests/integration/test_served.py --served`
holds it to twenty seconds, three minutes long; otherwise they send within a quarter of a minute, and -s shows how soon.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from corpus import offices
from corpus.cases import GOLD
from integration import wave

from calypso import warehouse
from calypso.registry import administrations
from calypso.settings import Settings

pytestmark = pytest.mark.integration

WITHIN = 20  # seconds from the whole file to the receipt, of 19 in 20 files, on 2 cores
ROUNDS, MINUTE, LESS = 3, 60, 15  # seconds in which all send, where it is held to and where it is not


@dataclass(frozen=True)
class Sent:
    """One file as it was sent."""

    administration: str
    file_name: str
    content: bytes


def evening(number: int) -> list[Sent]:
    """Return a file of each administration, about the same day."""
    sent = []
    for office in administrations().values():
        rows = [offices.said(office, {**GOLD, "case_ref": f"S{number}-{item}"}) for item in range(5)]
        content = offices.written(office, offices.cells(office, rows), "csv")
        sent.append(Sent(office.code, f"{office.code}_2024-11-06_seizures_v{8000 + number}.csv", content))
    return sent


def test_all_28_are_answered_without_being_asked_for(
    stack: Settings, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    held = request.config.getoption("--served")
    rounds, during = (ROUNDS, MINUTE) if held else (1, LESS)
    draw = random.Random(5)
    seconds: list[float] = []
    for number in range(rounds):
        pauses = [draw.uniform(0, during) for _ in administrations()]
        answers = wave.drop(stack, evening(number), pauses=pauses, ask=False)
        assert all(answer.receipt["state"] == "accepted" for answer in answers.values())
        seconds += sorted(answer.seconds for answer in answers.values())
    seconds.sort()
    figures = {"files": len(seconds), "median": seconds[len(seconds) // 2], "p95": seconds[int(0.95 * len(seconds))]}
    print(figures, "longest", [round(one) for one in seconds[-8:]])
    record_property("figures", figures)
    assert len(seconds) == rounds * 28
    assert not held or figures["p95"] <= WITHIN, figures
    _the_warehouse_follows(stack)


def _the_warehouse_follows(stack: Settings) -> None:
    """Wait for a build that knows every file; nobody asks for it."""
    asked, deadline = datetime.now(UTC), time.monotonic() + 300
    query = (
        "select count(*) from raw.submissions where recorded_at < %s "
        "and submission_id not in (select submission_id from raw.build_submissions)"
    )
    while True:
        with warehouse.transaction(stack.warehouse("loader")) as connection, connection.cursor() as cursor:
            cursor.execute(query, [asked])
            if cursor.fetchone() == (0,):
                return
        assert time.monotonic() < deadline, "no build followed"
        time.sleep(1)
