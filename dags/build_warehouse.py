"""Build the warehouse: dbt turns what was loaded into `raw` into staging, intermediate and marts, and tests it.

Woken by the asset that every load updates, and each hour besides: a report that does not come is a fact, too. One run
at a time: wakes that come while one is running are folded into the next, which sees all of them. It updates the asset
`marts`, which wakes `publish_situation_report` and `publish_standings`. Where `CALYPSO_LINEAGE` says where lineage
goes, a second task tells what each model was made of and what its tests found.
"""

from __future__ import annotations

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from calypso.settings import current
from dags.assets import MARTS, RAW
from dags.retrying import tried


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("12 * * * *", timezone="UTC"), assets=[RAW]),
    catchup=False,
    max_active_runs=1,
    default_args=tried("data-engineering", times=1),
    tags=["warehouse"],
    doc_md=__doc__,
)
def build_warehouse() -> None:
    """Declare the Dag."""

    @task(outlets=[MARTS])
    def dbt_build() -> None:
        from calypso import building, settings

        building.build(settings.current())

    @task
    def tell_lineage() -> None:
        from calypso import lineage, settings
        from calypso.lineage import build

        lineage.tell(settings.current(), build.events(settings.current()))

    built = dbt_build()
    if current().lineage:
        built >> tell_lineage()


build_warehouse()
