"""Build the warehouse: dbt turns what was loaded into `raw` into staging, intermediate and marts, and tests it.

Woken by the asset that every load updates. One run at a time: wakes that come while one is running are folded
into the next, which sees all of them. It updates the asset `marts`, which wakes `publish_situation_report`.
"""

from __future__ import annotations

from airflow.sdk import Asset, dag, task

from dags.retrying import tried

RAW = Asset(name="raw", uri="calypso://warehouse/raw")
MARTS = Asset(name="marts", uri="calypso://warehouse/marts")


@dag(
    schedule=[RAW],
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

    dbt_build()


build_warehouse()
