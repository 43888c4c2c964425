"""Containers are asked by tests as an operator asks them: by `docker compose`, in a project of their own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from calypso.settings import REPOSITORY

PORTS = ("CALYPSO_SFTP_PORT", "CALYPSO_AIRFLOW_PORT", "CALYPSO_SITE_PORT")
HOME = "/var/lib/calypso"


@cache
def engine_answers() -> bool:
    """Tell whether a Docker engine with Compose can be asked here."""
    try:
        for question in (["docker", "info"], ["docker", "compose", "version"]):
            subprocess.run(question, capture_output=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@dataclass(frozen=True)
class Project:
    """The platform in containers, under a name of its own and on ports of its own."""

    name: str
    environment: Mapping[str, str]
    tree: Path = REPOSITORY

    def compose(self, *arguments: str, said: str = "", check: bool = True) -> str:
        """Return what `docker compose` prints; what it says beside goes to the test's own output."""
        done = self.attempt(*arguments, said=said)
        if check and done.returncode != 0:
            raise AssertionError(f"docker compose {' '.join(arguments)}: {done.stderr[-4000:]}{done.stdout[-2000:]}")
        return done.stdout

    def attempt(self, *arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run `docker compose`, however it ends."""
        return subprocess.run(
            ["docker", "compose", "--project-name", self.name, *arguments],
            cwd=self.tree,
            env={**os.environ, **self.environment},
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )

    def types(self, command: str, said: str = "") -> str:
        """Return what a command prints that an operator types in the clone."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.tree,
            env={**os.environ, **self.environment, "COMPOSE_PROJECT_NAME": self.name},
            input=said,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-4000:]}{done.stdout[-2000:]}"
        return done.stdout

    def port(self, name: str) -> int:
        return int(self.environment[name])

    def services(self) -> list[dict[str, Any]]:
        """Return every container of the project as `docker compose ps` knows it."""
        return [json.loads(line) for line in self.compose("ps", "--all", "--format", "json").splitlines()]

    def inspected(self) -> list[dict[str, Any]]:
        """Return all that Docker tells of the project's containers."""
        ids = self.compose("ps", "--all", "--quiet").split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", *ids))
        return found

    def container(self, service: str) -> dict[str, Any]:
        """Return what Docker tells of the one container of a service that runs all the time."""
        [found] = json.loads(docker("inspect", *self.compose("ps", "--quiet", service).split()))
        return dict(found)

    def logs(self, container: str) -> str:
        """Return what a container has written, by its id."""
        done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
        return done.stdout + done.stderr

    def by_hand(self, *command: str, said: str = "") -> str:
        """Return what a command prints that an operator runs in the container for such."""
        return self.compose("run", "--rm", "--no-deps", "-T", "services", *command, said=said)

    def ask(self, question: str, database: str = "calypso") -> list[list[str]]:
        """Return the rows of a question to the warehouse, or to another database, as texts."""
        asked = 'PGPASSWORD=$(cat /run/superuser/postgres_password) psql -h 127.0.0.1 -U postgres -d "$2" -At -c "$1"'
        told = self.compose("exec", "-T", "postgres", "sh", "-c", asked, "sh", question, database)
        return [line.split("|") for line in told.splitlines()]

    def file(self, path: str) -> str:
        """Return the content of a file below the platform's home."""
        return self.by_hand("cat", str(Path(HOME) / path))


def docker(*arguments: str) -> str:
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout
