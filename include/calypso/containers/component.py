"""A component is one of Airflow's processes, begun in the place of ours with all that it needs in its environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NoReturn

from calypso.local import airflow, secrets
from calypso.settings import Settings, airflow_own


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of Airflow in containers: as in the quick start, but for what the caller sets of it."""
    return {**airflow.environment(settings), **airflow_own()}


def become(settings: Settings, arguments: Sequence[str]) -> NoReturn:
    """Go on as `airflow` with these arguments; secrets are read now and stand in no command line."""
    known = secrets.complete(settings)
    airflow.prepare(known)
    os.execve(airflow.program(), [airflow.program(), *arguments], environment(known))  # noqa: S606 - a list, no shell
