"""A simulation is an operation that never was: its truth, and the files in which 28 offices would have reported it."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.registry import Operation
from calypso.simulation.clock import write_clock

if TYPE_CHECKING:
    from calypso.simulation.offices import Office
    from calypso.simulation.submissions import SimulatedFile
    from calypso.simulation.truth import Truth

__all__ = ["Simulation", "seed_of", "simulate"]

NOTICE_FILE = "SIMULATED.txt"
NOTICE = "SIMULATED: every case, item and file in this folder is invented; no administration reported any of it.\n"


@dataclass(frozen=True)
class Simulation:
    """A simulated operation: what is true in it, and the files that report it, in the order of arrival."""

    operation: Operation
    seed: int
    folder: Path
    truth: Truth
    offices: Mapping[str, Office]
    files: Sequence[SimulatedFile]


def seed_of(operation: Operation) -> int:
    """Return the default seed of an operation, made from its code."""
    return int.from_bytes(hashlib.sha256(operation.code.encode()).digest()[:4])


def simulate(operation: Operation, folder: Path, seed: int | None = None) -> Simulation:
    """Write truth.json, files/<code>/, clock.csv and SIMULATED.txt into `folder`; same seed, same bytes."""
    from calypso.simulation.agenda import agenda
    from calypso.simulation.offices import offices
    from calypso.simulation.record import record
    from calypso.simulation.stories import tell
    from calypso.simulation.submissions import submissions
    from calypso.simulation.truth import make
    from calypso.simulation.versions import versions

    seed = seed_of(operation) if seed is None else seed
    habits = offices(operation, seed)
    truth = make(operation, habits, seed)
    plan = agenda(operation, truth, habits, seed)
    files = submissions(plan, versions(plan, tell(plan)), seed)
    simulation = Simulation(operation, seed, folder, truth, habits, files)
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / NOTICE_FILE).exists():  # an earlier simulation, of another seed perhaps
        shutil.rmtree(folder / "files", ignore_errors=True)
    (folder / NOTICE_FILE).write_text(NOTICE, encoding="utf-8")
    for file in files:
        path = folder / "files" / file.administration / file.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    write_clock(folder / "clock.csv", ((f.administration, f.file_name, f.sha256, f.arrived_at) for f in files))
    (folder / "truth.json").write_text(record(simulation), encoding="utf-8")
    return simulation
