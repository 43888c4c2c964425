"""Running is the platform that containers have started: a demo finds it up, and starts nothing itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from calypso import registry
from calypso.local import airflow, airflow_api, keys, secrets
from calypso.local.machine import CannotServe
from calypso.local.stack import Say
from calypso.settings import Settings

PATIENCE = 180  # seconds in which Airflow answers


def join(settings: Settings, say: Say, meanwhile: Callable[[Settings], None]) -> Settings:
    """Let every administration in by a key of its own, as the demo plays them all; return the settings in force."""
    known = secrets.complete(settings)
    for code in registry.administrations():
        keys.create(known.home, code)
    _await_airflow(known)
    say(f"Airflow answers at {airflow.url(known)}")
    meanwhile(known)
    return known


def _await_airflow(settings: Settings) -> None:
    deadline = time.monotonic() + PATIENCE
    with airflow_api.Client(settings) as client:
        while not client.health():
            if time.monotonic() > deadline:
                raise CannotServe(f"Airflow does not answer at {airflow.url(settings)}: run `docker compose up` first.")
            time.sleep(1)
