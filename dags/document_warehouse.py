"""Document the warehouse: dbt describes every table and column and what it is made of, as a page of the site.

Each hour, away from the hourly build, where models or columns have changed since: it takes dbt a quarter of a minute.
Whoever does not want to wait for it says `calypso site`.
"""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task

from dags.retrying import tried


@dag(
    schedule=CronTriggerTimetable("42 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=tried("data-engineering"),
    tags=["warehouse"],
    doc_md=__doc__,
)
def document_warehouse() -> None:
    """Declare the Dag."""

    @task
    def renew_catalogue() -> str:
        from calypso import settings
        from calypso.site import catalogue, publishing

        known = settings.current()
        if not catalogue.renew(known):
            return "as it was"
        publishing.publish(known)
        return "made anew"

    renew_catalogue()


document_warehouse()
