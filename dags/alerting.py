"""Alerting turns a failed task into an alert, and sends alerts to the engineers by mail and by webhook."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calypso.alerts import Channel
    from calypso.settings import Settings

POST = "smtp_default"  # the connection

log = logging.getLogger(__name__)


def on_failure(context: Any) -> None:
    """Raise an alert for a task that has failed for the last time; `watch_platform` sends it."""
    import psycopg2

    from calypso import alerts, settings, warehouse

    now, instance, error = settings.current(), context["ti"], context.get("exception")
    stage = instance.dag_id.partition("__")[0]
    alert = alerts.Alert(
        cause=alerts.cause_of(error, f"{stage}.{instance.task_id}"),
        where=instance.dag_id,
        text=(str(error).strip().splitlines() or ["no reason given"])[0],
        link=f"{instance.log_url}",
    )
    try:
        with warehouse.session(now.warehouse("loader")) as connection:
            alerts.raise_alert(connection, alert)
    except psycopg2.OperationalError:
        # Where the warehouse is down nothing can be noted, and nothing grouped: it is told at once.
        message = alerts.message(alert.cause, [alert.where], alert.text, alert.link)
        for carry in channels(now):
            carry(message)


def channels(now: Settings) -> Iterator[Channel]:
    """Yield the ways to the engineers that this installation has."""
    from calypso import contacts

    engineers = contacts.read(now.contacts).engineers
    if now.alerts_webhook:
        yield _webhook(now.alerts_webhook)
    if engineers:
        yield _mail(engineers)
    if not now.alerts_webhook and not engineers:
        yield lambda message: log.error("%s", message.text)


def _webhook(address: str) -> Channel:
    import httpx

    def carry(message: Any) -> None:
        try:
            httpx.post(address, json={"text": message.text}, timeout=10).raise_for_status()
        except httpx.HTTPError as error:
            raise ConnectionError(f"the webhook does not take it: {error}") from error

    return carry


def _mail(engineers: tuple[str, ...]) -> Channel:
    from dags.post import mail

    return lambda message: mail(POST, engineers, f"Calypso: {message.cause}", message.text)
