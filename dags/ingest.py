"""Ingest the submissions of one administration: pull what waits in its inbox, validate it, load it, acknowledge it.

One Dag for each administration of the registry, so that a slow, broken or hostile sender delays nobody else and
each can be paused alone. A file that stands still in the inbox starts it; so does a schedule, in case that was missed.
Tasks pass submission ids, never data. A bad file is not a failed task: its sender gets a receipt that says what to
correct. A red task means that an engineer is needed.

- **pull** takes the whole files out of `/<code>/inbox` into the landing store and the ledger (`raw.submissions`).
- **validate** reads each and lets Great Expectations judge its rows; the verdicts are kept beside the landing store.
- **load** brings rows, findings and final states into `raw`, one transaction for a submission.
- **acknowledge** puts a receipt into `/<code>/receipts`. It fails where a submission has no final state. Its XCom names
  the files that the run has answered, and what became of each.

`load` and `acknowledge` update the asset `raw`, which wakes `build_warehouse`.

Every step may be killed and run again: what is done already stays as it is.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, dag, get_parsing_context, task

from calypso.registry import Administration, administrations
from calypso.settings import current
from dags.retrying import tried
from dags.triggers import InboxTrigger

RAW = Asset(name="raw", uri="calypso://warehouse/raw")


def ingest(administration: Administration, minute: int) -> None:
    """Declare the Dag of one administration, which also runs at this minute of every ten."""
    code = administration.code
    inbox = Asset(
        name=f"inbox__{code}",
        uri=f"calypso://sftp/{code}/inbox",
        watchers=[AssetWatcher(name=f"inbox__{code}", trigger=InboxTrigger(code, current().watch_seconds))],
    )

    @dag(
        dag_id=f"ingest__{code}",
        dag_display_name=f"Ingest: {administration.names.en}",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(f"{minute}-59/10 * * * *", timezone="UTC"), assets=[inbox]
        ),
        catchup=False,
        max_active_runs=1,
        default_args={
            **tried("data-engineering", times=3, after=timedelta(seconds=20)),
            "weight_rule": "upstream",  # what has begun is ended first: a receipt does not wait for others' pulls
        },
        tags=["ingest", administration.language],
        doc_md=__doc__,
    )
    def ingest_administration() -> None:
        @task
        def pull() -> list[str]:
            from airflow.providers.sftp.hooks.sftp import SFTPHook
            from airflow.sdk.exceptions import AirflowSkipException

            from calypso import inbox, settings

            with SFTPHook("sftp_hub").get_managed_conn() as sftp:
                waiting = inbox.pull(sftp, code, settings.current())
            if not waiting:
                raise AirflowSkipException("nothing waits in the inbox")
            return waiting

        @task
        def validate(submission_ids: list[str]) -> list[str]:
            from calypso import history, ledger, settings, warehouse
            from expectations import judge

            now = settings.current()
            with warehouse.transaction(now.warehouse("loader")) as connection:
                submissions = ledger.submissions(connection, submission_ids)
            judge.validate(submissions, now.landing, history.Warehouse(now.warehouse("loader"), now.landing))
            return submission_ids

        @task(outlets=[RAW])
        def load(submission_ids: list[str]) -> list[str]:
            from calypso import loading, settings

            loading.load(settings.current(), submission_ids)
            return submission_ids

        @task(outlets=[RAW])
        def acknowledge(submission_ids: list[str]) -> list[str]:
            from airflow.providers.sftp.hooks.sftp import SFTPHook

            from calypso import ledger, receipts, settings, warehouse
            from expectations.rules import sentences

            now = settings.current()
            with (
                warehouse.session(now.warehouse("loader")) as connection,
                SFTPHook("sftp_hub").get_managed_conn() as sftp,
            ):
                unjudged = receipts.acknowledge(connection, sftp, submission_ids, sentences(), now)
                answered = ledger.outcomes(connection, submission_ids)
            if unjudged:
                raise RuntimeError(f"no final state, see the log of validate: {', '.join(unjudged)}")
            return answered

        acknowledge(load(validate(pull())))

    ingest_administration()


# A task that starts needs its own Dag alone; whoever looks for Dags needs all.
wanted = get_parsing_context().dag_id
for number, each in enumerate(administrations().values()):
    if wanted in (None, f"ingest__{each.code}"):
        ingest(each, number % 10)
