"""A variation is a simulated operation by a seed of its own, in a warehouse of its own beside the running one."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import building, history, judging, landing, ledger, loading, provision, warehouse
from calypso.local import postgres
from calypso.local.machine import CannotServe
from calypso.registry import Operation
from calypso.settings import Settings
from calypso.submission import submitted

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from calypso.simulation import Simulation
    from calypso.simulation.submissions import SimulatedFile


@contextmanager
def loaded(settings: Settings, operation: Operation, seed: int) -> Iterator[tuple[Settings, Path]]:
    """Simulate and load a variation, build its marts, and give its settings and its truth; drop it in the end.

    Its files are read, judged and loaded by the steps of the Dags; they do not travel over SFTP.
    """
    from calypso.simulation import simulate

    name = f"variation_{operation.code}_{seed}".replace("-", "_")
    home = settings.home / "variations" / name
    made = dataclasses.replace(
        settings, home=home, landing=home / "landing", site=home / "site", warehouse_database=name
    )
    administrator = postgres.administrator(settings)
    _forget(administrator, made)
    provision.provision(administrator, made)
    try:
        warehouse.prepare(postgres.administrator(settings, made.warehouse_database), judging.rules())
        simulation = simulate(operation, home / "simulation", seed)
        _load(made, simulation)
        building.build(made)
        yield made, simulation.folder / "truth.json"
    finally:
        _forget(administrator, made)


def _load(settings: Settings, simulation: Simulation) -> None:
    """Receive the files of a simulation in the order of their arrival, judge and load them."""
    with warehouse.transaction(settings.warehouse("loader")) as connection:
        ids = [_receive(settings, connection, file) for file in simulation.files]
        waiting = ledger.submissions(connection, ids)
    archive = history.Warehouse(settings.warehouse("loader"))
    if failed := judging.validate(waiting, settings.landing, archive):
        raise CannotServe(f"{len(failed)} of {len(waiting)} files could not be judged: {next(iter(failed.values()))}")
    loading.load(settings, ids)


def _receive(settings: Settings, connection: Connection, file: SimulatedFile) -> str:
    landing.keep(settings.landing, lambda draft: draft.write(file.content))
    return ledger.record(connection, submitted(file.administration, file.file_name, file.content, file.arrived_at))


def _forget(administrator: str, made: Settings) -> None:
    """Drop the warehouse of a variation, and its files."""
    with warehouse.session(administrator) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"drop database if exists {made.warehouse_database} with (force)")
    shutil.rmtree(made.home, ignore_errors=True)
