"""What every test may ask for: a submission made of bytes, as it would come out of an inbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from calypso.submission import Submission, submitted

RECEIVED = datetime(2024, 11, 26, 12, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--million", action="store_true", help="judge a million rows where 400,000 would do")
    parser.addoption("--growth", action="store_true", help="measure what builds cost, on operations of two sizes")
    parser.addoption("--served", action="store_true", help="hold three minutes of senders to the seconds they may wait")
    parser.addoption("--killed", action="store_true", help="kill each component ten times in a replay of its own")
    parser.addoption("--hostile", action="store_true", help="measure what a hostile sender costs the others")
    parser.addoption("--readers", action="store_true", help="measure what a crowd of readers costs those who send")
    parser.addoption(
        "--scaled", action="store_true", help="replay in containers with one worker and three, killing one"
    )
    parser.addoption("--questions", type=int, default=150, help="how many questions to ask of what was known when")
    parser.addoption("--seed", type=int, help="invent the same files again as a run that failed")


@pytest.fixture(scope="session")
def submit() -> Callable[..., Submission]:
    """Return a function that makes a submission of a file name and its content."""

    def make(file_name: str, content: bytes, administration: str = "brb", received: datetime = RECEIVED) -> Submission:
        return submitted(administration, file_name, content, received)

    return make
