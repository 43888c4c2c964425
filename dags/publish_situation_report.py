"""Publish the situation report: each day of a running operation has one after its cut-off, and a further edition later.

Every ten minutes, and after each build. The report of a day is published when the operation's cut-off has passed by
the clock of the coordination unit, of a build made after it: so who is silent is called so. A day that a late or
corrected file changes gets a further edition, which says of every changed figure by which file. This goes on for two
weeks after the last day. An operation that has ended gets its results as well, for as long: they are laid out at its
last cut-off, and again when a late file changes their figures.

An edition is a page and a PDF in four languages, in `reports/<operation>/<day>/<edition>/` below `CALYPSO_HOME`; it is
recorded in `raw.editions` with its hashes, and never changed. The results lie in `reports/<operation>/results/`. Killed
and run again, the Dag ends in the same files.

Started by hand with an operation, it publishes all of that one, whenever it was: each day as known at its own cut-off,
and the results as known at the last.

The last task brings the site up to date, the home page with all reports and guides, in `site` below `CALYPSO_HOME`.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag, task

from calypso.registry import operations
from dags.assets import MARTS
from dags.retrying import tried


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/10 * * * *", timezone="UTC"), assets=[MARTS]),
    catchup=False,
    max_active_runs=1,
    default_args=tried("coordination-unit"),
    params={"operation": Param(None, enum=[None, *operations()], title="A whole operation, whenever it was")},
    tags=["reports"],
    doc_md=__doc__,
)
def publish_situation_report() -> None:
    """Declare the Dag."""

    @task
    def publish_editions(params: dict[str, Any] | None = None) -> list[str]:
        from datetime import UTC, datetime

        from calypso import settings
        from calypso.report.daily import publishing

        if code := (params or {})["operation"]:
            made = publishing.publish_all(settings.current(), operations()[code])
        else:
            made = publishing.publish_due(settings.current(), datetime.now(UTC))
        return [f"{one.moment.operation} {one.moment.day} edition {one.number}" for one in made]

    @task
    def publish_results(params: dict[str, Any] | None = None) -> list[str]:
        from datetime import UTC, datetime

        from calypso import building, settings
        from calypso.report.results import publishing

        now = settings.current()
        if code := (params or {})["operation"]:
            return [code] if publishing.publish(now, code, building.last_cut(now)) else []
        return publishing.publish_due(now, datetime.now(UTC))

    @task
    def publish_site(params: dict[str, Any] | None = None) -> str:
        from calypso import settings
        from calypso.report import underway
        from calypso.site import publishing

        now = settings.current()
        if code := (params or {})["operation"]:
            underway.end(now.home / "reports", code)
        return "laid out anew" if publishing.publish(now) else "as it was"

    publish_editions() >> publish_results() >> publish_site()  # type: ignore[call-arg]


publish_situation_report()
