"""Both simulated operations, made once for all tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from calypso.registry import operations
from calypso.simulation import Simulation, simulate
from calypso.simulation.editions import editions


@dataclass(frozen=True)
class Made:
    """A simulation, and what it wrote into its folder."""

    simulation: Simulation
    folder: Path
    truth: dict[str, Any]


@pytest.fixture(scope="session", params=sorted(editions()))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp(request.param)
    simulation = simulate(operations()[request.param], folder)
    return Made(simulation, folder, json.loads((folder / "truth.json").read_text(encoding="utf-8")))
