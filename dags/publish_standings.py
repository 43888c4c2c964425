"""Publish standings: each administration finds in `reference/` where it stands, in its own language.

Every ten minutes, and after each build. Once a build knows the last day whose cut-off has passed by the clock of the
coordination unit, every participant is asked for in its own role, which sees no row of anybody else, and told: days,
files, rows held back, what was stored, and its own values beside the median of all.

`<operation>_standing.html` and `<operation>_stored.csv` are written where they have changed, whole or not at all. A
folder that cannot be written keeps nobody else from theirs: the task fails in the end and names each. This goes on for
two weeks after the last day of an operation.

Started by hand with an operation, it tells everybody in that one, whenever it was.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param, dag, task

from calypso.registry import operations
from dags.assets import MARTS
from dags.hub import hub
from dags.retrying import tried


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("5-59/10 * * * *", timezone="UTC"), assets=[MARTS]),
    catchup=False,
    max_active_runs=1,
    default_args=tried("coordination-unit"),
    params={"operation": Param(None, enum=[None, *operations()], title="A whole operation, whenever it was")},
    tags=["reports"],
    doc_md=__doc__,
)
def publish_standings() -> None:
    """Declare the Dag."""

    @task
    def post_standings(params: dict[str, Any] | None = None) -> list[str]:
        from datetime import UTC, datetime

        from calypso import settings
        from calypso.report.standing import posting

        if code := (params or {})["operation"]:
            posted = posting.post_all(settings.current(), operations()[code], hub)
        else:
            posted = posting.post_due(settings.current(), datetime.now(UTC), hub)
        if posted.failed:
            told = "; ".join(f"{code} ({reason})" for code, reason in posted.failed.items())
            raise RuntimeError(f"could not be told where they stand, all others were: {told}")
        return posted.written

    post_standings()  # type: ignore[call-arg]


publish_standings()
