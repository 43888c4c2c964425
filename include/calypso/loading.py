"""Loading brings a verdict's rows and findings into raw: one transaction for a submission, by COPY."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import ledger, locks, verdict, warehouse
from calypso.contracts import declared
from calypso.settings import Settings

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

PIECE = 1 << 20  # bytes handed to the server at a time; psycopg2's own 8 KB cost a tenth more

log = logging.getLogger(__name__)


def load(settings: Settings, submission_ids: Sequence[str]) -> list[str]:
    """Load the kept verdicts of submissions, each in a transaction of its own; return the ids newly loaded.

    What is loaded already stays as it is; a submission without a kept verdict waits, and is told in the log.
    """
    loaded = []
    with warehouse.session(settings.warehouse("loader")) as connection:
        for submission_id in submission_ids:
            try:
                with connection:
                    if load_one(connection, settings.landing, submission_id):
                        loaded.append(submission_id)
            except FileNotFoundError:
                log.error("%s has no verdict; see the log of validate", submission_id)
    return loaded


def load_one(connection: Connection, store: Path, submission_id: str) -> bool:
    """Load one submission within the caller's transaction; False where it has its final state already."""
    locks.hold(connection, "load", submission_id.split("-", 1)[0])
    if ledger.final_state(connection, submission_id) is not None:
        return False
    outcome, rows, findings = verdict.kept(store, submission_id)
    if outcome.rows_read and outcome.state != "tested":
        contract = declared()[outcome.dataset or ""]
        _copy(connection, contract.table, [name for name, _ in warehouse.columns(contract)], rows)
    _copy(connection, "findings", verdict.FINDING_COLUMNS, findings)
    ledger.reach(connection, submission_id, outcome.state, outcome)
    return True


def _copy(connection: Connection, table: str, columns: Sequence[str], path: Path) -> None:
    """Copy a file into a table of raw; its header must name the columns, so a drifted file is refused."""
    statement = f"copy raw.{table} ({', '.join(columns)}) from stdin with (format csv, header match)"
    with connection.cursor() as cursor, path.open("rb") as file:
        cursor.copy_expert(statement, file, size=PIECE)
