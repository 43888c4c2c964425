"""Watch the platform: tell the engineers what failed and what nobody answers or publishes, and measure the line.

A task that has failed for the last time raises an alert; so does a file without a receipt half an hour after it came,
a day without a report half an hour after its cut-off, and a disk with little space (`CALYPSO_DISK_WARNING_PERCENT`). So
does a clock that steps back by more than a second: what was recorded before then is later than what is recorded now.
Alerts of one cause go out together with a link to the last run: an SFTP server that is down is one message, not 28. The
same cause is told once an hour. They go to the webhook in `CALYPSO_ALERTS_WEBHOOK` and by mail to the engineers in the
file `CALYPSO_CONTACTS`; without either they stand in this Dag's log.

It also ends the sessions of readers of the warehouse whose transaction is older than any may be.

Where Airflow sends metrics (`AIRFLOW__METRICS__*`, StatsD or OpenTelemetry), it also sends, for each administration,
`calypso.<code>.` and: `files_waiting`, `oldest_waiting_seconds`, and of the last day `files_answered`,
`time_to_receipt_seconds` (the median), `rows_read`, `quarantine_rate`.
"""

from __future__ import annotations

from airflow.sdk import dag, task
from airflow.sdk.configuration import conf

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

        from calypso import alerts, reader_limits, settings, warehouse
        from calypso.receipts import signing
        from calypso.report import due
        from dags.alerting import channels

        now, moment = settings.current(), datetime.now(UTC)
        with warehouse.session(now.warehouse("loader")) as connection:
            reader_limits.end_overdue(connection)
            alerts.raise_stuck(connection, moment)
            alerts.raise_late(connection, due.late(moment))
            alerts.raise_clock(connection, moment, signing.latest(now.signing_keys))
            alerts.raise_space(connection, now)
            failed = alerts.send(connection, moment, list(channels(now)))
        if failed:
            raise RuntimeError(f"alerts could not be sent and are tried again: {'; '.join(map(str, failed))}")

    @task
    def measure() -> None:
        from datetime import UTC, datetime

        from airflow.sdk.observability import stats

        from calypso import settings, warehouse
        from calypso.measures import measures

        with warehouse.session(settings.current().warehouse("loader")) as connection:
            for one in measures(connection, datetime.now(UTC)):
                stats.gauge(f"calypso.{one.administration}.{one.name}", one.value)

    send_alerts()
    if conf.getboolean("metrics", "statsd_on") or conf.getboolean("metrics", "otel_on"):
        measure()


watch_platform()
