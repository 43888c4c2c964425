"""One project of containers serves every test of this folder, and is taken down with all that it has kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from compose.containers import PORTS, Project, engine_answers
from integration.servers import free_ports

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder: it needs an engine, speaks to servers, and waits for images to be built."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.compose)
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session", autouse=True)
def engine() -> None:
    """Run none of it where there is no engine; `make test-compose` says so in one line."""
    if not engine_answers():
        pytest.skip("no Docker engine answers here")


@pytest.fixture(scope="session")
def project() -> Iterator[Project]:
    """Build the images and bring all up, healthy, as the guide says."""
    made = Project("calypso-test", {**free_ports(PORTS), "CALYPSO_VERSION": "test", "CALYPSO_SETTLE_SECONDS": "2"})
    made.compose("down", "--volumes", "--remove-orphans")
    try:
        made.compose("up", "--detach", "--build", "--wait", "--wait-timeout", "900")
        yield made
    finally:
        made.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")
