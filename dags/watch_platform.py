"""Watch the platform: tell the engineers what failed, one message for each cause, and which files nobody answers.

A task that has failed for the last time raises an alert; so does a file without a receipt half an hour after it came.
Alerts of one cause go out together with a link to the last run: an SFTP server that is down is one message, not 28. The
same cause is told once an hour. They go to the webhook in `CALYPSO_ALERTS_WEBHOOK` and by mail to the engineers in the
file `CALYPSO_CONTACTS`; without either they stand in this Dag's log.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from dags.retrying import tried


@dag(
    schedule="*/2 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args={**tried("data-engineering"), "on_failure_callback": None},  # it is tried again in two minutes anyway
    tags=["alerts"],
    doc_md=__doc__,
)
def watch_platform() -> None:
    """Declare the Dag."""

    @task
    def send_alerts() -> None:
        from datetime import UTC, datetime

        from calypso import alerts, settings, warehouse
        from dags.alerting import channels

        now, moment = settings.current(), datetime.now(UTC)
        with warehouse.session(now.warehouse("loader")) as connection:
            alerts.raise_stuck(connection, moment)
            failed = alerts.send(connection, moment, list(channels(now)))
        if failed:
            raise RuntimeError(f"alerts could not be sent and are tried again: {'; '.join(map(str, failed))}")

    send_alerts()


watch_platform()
