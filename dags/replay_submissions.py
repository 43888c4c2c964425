"""Replay submissions: judge past files again under the rules of today; see first what would change, then let it.

Started by hand, with a form: of which administrations and reporting days, and whether to apply. `preview` judges them
and tells in its log and its result which senders and rows newly fail or pass; nothing is written. Where `apply` was
said, a replay of each file that is judged otherwise is recorded, and wakes the Dag of its administration, which gives
it a new receipt; it counts in the place of the file that it replays. A file that would be refused today as a whole is
left as it is.

Stopped and started again it goes on: what has been replayed under these rules is not replayed again.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import AssetAlias, Param, dag, task

from calypso.registry import administrations
from dags import assets
from dags.retrying import tried

REPLAYED = AssetAlias("replayed")


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args=tried("data-engineering"),
    params={
        "administrations": Param(
            [], type="array", items={"type": "string", "enum": list(administrations())}, title="Administrations, or all"
        ),
        "first_day": Param(None, type=["null", "string"], format="date", title="First reporting day"),
        "last_day": Param(None, type=["null", "string"], format="date", title="Last reporting day"),
        "apply": Param(False, type="boolean", title="Apply: without it, only look"),
    },
    render_template_as_native_obj=True,
    tags=["replay"],
    doc_md=__doc__,
)
def replay_submissions() -> None:
    """Declare the Dag."""

    @task
    def preview(params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        import logging

        from calypso import replaying, settings, warehouse
        from expectations.judge import today

        now = settings.current()
        with warehouse.session(now.warehouse("loader")) as connection:
            submissions = replaying.chosen(connection, _choice(params or {}))
            changes = replaying.preview(connection, submissions, today(now))
        log = logging.getLogger(__name__)
        log.info("%s of %s files would be judged otherwise", len(changes), len(submissions))
        for change in changes:
            log.info("%s", change)
        return [dict(change.told()) for change in changes[:MOST_TOLD]]

    @task.short_circuit
    def is_to_be_applied(params: dict[str, Any] | None = None) -> bool:
        return bool((params or {})["apply"])

    @task(outlets=[REPLAYED])
    def apply(params: dict[str, Any] | None = None, *, outlet_events: Any) -> list[str]:
        from calypso import replaying, settings, warehouse
        from expectations.judge import today

        now = settings.current()
        with warehouse.session(now.warehouse("loader")) as connection:
            submissions = replaying.chosen(connection, _choice(params or {}))
            recorded = replaying.replay(connection, submissions, today(now))
        for code in sorted({submission_id[:3] for submission_id in recorded}):
            outlet_events[REPLAYED].add(assets.inbox(code))
        return recorded

    preview() >> is_to_be_applied() >> apply()  # type: ignore[call-arg]


MOST_TOLD = 200  # changes in the result of a preview; its log has all


def _choice(params: dict[str, Any]) -> Any:
    from datetime import date

    from calypso.replaying import Choice

    first, last = (date.fromisoformat(params[name]) if params[name] else None for name in ("first_day", "last_day"))
    return Choice(params["administrations"] or None, first, last)


replay_submissions()
