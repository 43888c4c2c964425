"""A component is a process of Airflow's, begun in the place of ours with all that it needs in its environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NoReturn

from calypso.local import airflow, secrets
from calypso.local.machine import CannotServe
from calypso.settings import Settings, airflow_own


def environment(settings: Settings, component: str | None = None) -> dict[str, str]:
    """Return the environment of Airflow in containers: as in the quick start, but for what the caller sets of it.

    A component has what it needs, and other commands, as `db migrate` or what is run as a task, have all.
    """
    return {**airflow.environment(settings, component), **airflow_own()}


def of(command: Sequence[str]) -> str | None:
    """Return which component a command starts, None where it starts none."""
    return command[1] if command[:1] == ["airflow"] and len(command) > 1 and command[1] in airflow.NEEDS else None


def become(settings: Settings, command: Sequence[str]) -> NoReturn:
    """Go on as this command; secrets are read now and stand in no command line. Raises CannotServe."""
    known = secrets.complete(settings)
    airflow.prepare(known)
    try:
        os.execvpe(command[0], list(command), environment(known, of(command)))  # noqa: S606 - a list, no shell
    except OSError as error:
        raise CannotServe(f"{command[0]} cannot be run: {error.strerror}.") from error
