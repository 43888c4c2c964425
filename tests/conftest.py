"""What every test may ask for: a submission made of bytes, as it would come out of an inbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from calypso.registry import operation_of
from calypso.submission import Submission, identify, parse_name

RECEIVED = datetime(2024, 11, 26, 12, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--million", action="store_true", help="judge a million rows where 400,000 would do")


@pytest.fixture(scope="session")
def submit() -> Callable[..., Submission]:
    """Return a function that makes a submission of a file name and its content."""

    def make(file_name: str, content: bytes, administration: str = "brb", received: datetime = RECEIVED) -> Submission:
        sha256 = hashlib.sha256(content).hexdigest()
        name = parse_name(file_name)
        operation = operation_of(administration, name.day) if name else None
        return Submission(
            submission_id=identify(administration, file_name, sha256),
            administration=administration,
            file_name=file_name,
            name=name,
            operation=operation.code if operation else None,
            sha256=sha256,
            size=len(content),
            modified_at=received,
            received_at=received,
            simulated=False,
        )

    return make
