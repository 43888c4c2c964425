"""Bringing puts a file through the line as it stands in this tree, its arrival by SFTP and its receipt apart.

    python -m guides.bringing brb brb_2025-12-16_seizures.csv < its bytes

prints the submission's id.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from calypso import history, landing, ledger, loading, settings, warehouse
from calypso.settings import Settings
from calypso.submission import submitted
from expectations import judge


def bring(known: Settings, administration: str, file_name: str, content: bytes) -> str:
    """Land, record, judge and load a file; return its submission's id."""
    landing.keep(known.landing, lambda draft: draft.write(content))
    submission = submitted(administration, file_name, content, datetime.now(UTC))
    with warehouse.transaction(known.warehouse("loader")) as connection:
        ledger.record(connection, submission)
    archive = history.Warehouse(known.warehouse("loader"), known.landing)
    assert judge.validate([submission], known.landing, archive) == {}
    loading.load(known, [submission.submission_id])
    return submission.submission_id


if __name__ == "__main__":
    print(bring(settings.current(), *sys.argv[1:3], sys.stdin.buffer.read()))
