"""Ingest the submissions of one administration: pull what waits in its inbox, and answer it.

One Dag for each administration of the registry, so that a slow, broken or hostile sender delays nobody else and
each can be paused alone. A file that stands still in the inbox starts it; so does a schedule, in case that was missed.
Tasks pass submission ids, never data. A bad file is not a failed task: its sender gets a receipt that says what to
correct. A red task means that an engineer is needed.

- **pull** takes the whole files out of `/<code>/inbox` into the landing store and the ledger (`raw.submissions`).
- **answer** goes the rest of the line:
    1. *validate* reads each file and lets Great Expectations judge its rows; the verdicts are kept beside the landing
       store.
    2. *load* brings rows, findings and final states into `raw`, one transaction for a submission.
    3. *acknowledge* puts a receipt into `/<code>/receipts`. The task fails where a submission has no final state.
       Its XCom names the files that the run has answered, and what became of each.

`answer` updates the asset `raw`, which wakes `build_warehouse`. Where `CALYPSO_LINEAGE` says where lineage goes, a
third task tells what each file became.

Whoever brings much goes behind those who bring little: such a task lets all others have the processor first.

Every step may be killed and run again: what is done already stays as it is. So the steps need no tasks of their own,
each of which costs Airflow as much work as all of them together cost us, and the sender as many seconds.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, dag, get_parsing_context, task

from calypso.registry import Administration, administrations
from calypso.settings import current
from dags import assets
from dags.hub import hub
from dags.retrying import tried
from dags.triggers import InboxTrigger


def ingest(administration: Administration, minute: int) -> None:
    """Declare the Dag of one administration, which also runs at this minute of every ten."""
    code = administration.code
    watcher = AssetWatcher(name=f"inbox__{code}", trigger=InboxTrigger(code, current().watch_seconds))

    @dag(
        dag_id=f"ingest__{code}",
        dag_display_name=f"Ingest: {administration.names.en}",
        schedule=AssetOrTimeSchedule(
            timetable=CronTriggerTimetable(f"{minute}-59/10 * * * *", timezone="UTC"),
            assets=[assets.inbox(code, [watcher])],
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
            from airflow.sdk.exceptions import AirflowSkipException

            from calypso import courtesy, inbox, settings

            with hub() as sftp:
                courtesy.give_way(drop.size for drop in inbox.listed(sftp, code))
                waiting = inbox.pull(sftp, code, settings.current())
            if not waiting:
                raise AirflowSkipException("nothing waits in the inbox")
            return waiting

        @task(outlets=[assets.RAW])
        def answer(submission_ids: list[str]) -> list[str]:
            from calypso import courtesy, history, ledger, loading, receipts, settings, warehouse
            from expectations import judge
            from expectations.rules import sentences

            now = settings.current()
            loader = now.warehouse("loader")
            with warehouse.transaction(loader) as connection:
                submissions = ledger.submissions(connection, submission_ids)
            courtesy.give_way(submission.size for submission in submissions)
            judge.validate(submissions, now.landing, history.Warehouse(loader, now.landing))
            loading.load(now, submission_ids)
            with warehouse.session(loader) as connection, hub() as sftp:
                unjudged = receipts.acknowledge(connection, sftp, submission_ids, sentences(), now)
                answered = ledger.outcomes(connection, submission_ids)
            if unjudged:
                raise RuntimeError(f"no final state, see the log above: {', '.join(unjudged)}")
            return answered

        @task
        def tell_lineage(submission_ids: list[str]) -> None:
            from calypso import lineage, settings, warehouse
            from calypso.lineage import submissions

            now = settings.current()
            with warehouse.session(now.warehouse("loader")) as connection:
                lineage.tell(now, submissions.events(connection, now, submission_ids))

        waiting = pull()
        answered = answer(waiting)
        if current().lineage:
            answered >> tell_lineage(waiting)

    ingest_administration()


# A task that starts needs its own Dag alone; whoever looks for Dags needs all.
wanted = get_parsing_context().dag_id
for number, each in enumerate(administrations().values()):
    if wanted in (None, f"ingest__{each.code}"):
        ingest(each, number % 10)
