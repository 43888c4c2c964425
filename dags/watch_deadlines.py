"""Watch the deadlines: remind an administration before its cut-off, and tell it each day which reports are missing.

Every ten minutes; each office by its own clock, clock changes included. A notice lies in the office's folder,
`receipts/notice.txt`, until all is there; where the connection `smtp_default` and an address in the file
`CALYPSO_CONTACTS` are given, a mail says that there is a notice, and never what it says. Days that are excused, that
the operation rests on, or about which a file is still being judged are not called missing.

A notice is recorded before it is given: killed and run again, the Dag gives each once by each channel.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from dags.hub import hub
from dags.retrying import tried

POST = "smtp_default"


@dag(
    schedule="*/10 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=tried("coordination-unit"),
    tags=["deadlines"],
    doc_md=__doc__,
)
def watch_deadlines() -> None:
    """Declare the Dag."""

    @task
    def give_notices() -> None:
        from datetime import UTC, datetime

        from calypso import contacts, notices, settings, warehouse
        from dags.post import notices_by

        now = settings.current()
        known = contacts.read(now.contacts)
        with (
            warehouse.session(now.warehouse("loader")) as connection,
            hub() as sftp,
        ):
            channels = {"folder": notices.in_folder(sftp)}
            if known.administrations:
                channels["mail"] = notices_by(POST, known)
            failed = notices.give(connection, datetime.now(UTC), channels)
        if failed:
            said = "; ".join(f"{notice.administration} by {channel}: {error}" for channel, notice, error in failed)
            raise RuntimeError(f"{len(failed)} notices could not be given and are tried again: {said}")

    give_notices()


watch_deadlines()
