"""The simulated operation is replayed in containers by one command, and the published results table holds."""

from __future__ import annotations

import pytest
from compose.containers import Project

REPLAY = ("--profile", "demo", "run", "--rm", "-T", "demo")


@pytest.fixture(scope="module")
def printed(project: Project) -> str:
    return project.compose(*REPLAY)


def test_every_published_figure_holds(printed):
    told = [word for line in table(printed) for word in line.split() if word in {"yes", "NO"}]
    assert len(told) >= 8, printed
    assert set(told) == {"yes"}, printed


def test_replaying_again_changes_nothing(project, printed):
    again = project.compose(*REPLAY)
    assert " 0 files uploaded" in again
    assert table(again) == table(printed)


def table(printed: str) -> list[str]:
    """Return the lines of the results table and of the counts below it, which name no seconds."""
    return [line for line in printed.splitlines() if "│" in line or "submissions:" in line or "rows read" in line]
