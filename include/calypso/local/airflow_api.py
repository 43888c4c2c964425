"""The REST API of the running Airflow: its health, its Dags, and their runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Self

import httpx

from calypso.local import airflow, secrets
from calypso.settings import Settings


class Client:
    """The REST API of a running Airflow, as its administrator; use it in a `with` block."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = httpx.Client(base_url=airflow.url(settings), timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def health(self, since: Mapping[str, float] = MappingProxyType({})) -> dict[str, str]:
        """Return the state of each component: healthy, or not; nothing if Airflow does not answer.

        A heartbeat older than `since` (seconds of the epoch) is that of a process which is gone: `starting`.
        """
        try:
            answer = self._http.get("/api/v2/monitor/health", timeout=5)
        except httpx.TransportError:
            return {}
        if not answer.is_success:
            return {}
        return {name: _state(name, part, since.get(name, 0)) for name, part in answer.json().items() if part}

    def dags(self) -> list[str]:
        """Return the ids of all Dags Airflow knows."""
        return [dag["dag_id"] for dag in self.get("/dags", limit=100)["dags"]]

    def import_errors(self) -> list[str]:
        """Return what Airflow could not read of the Dags folder."""
        found = self.get("/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in found]

    def trigger(self, dag_id: str, conf: Mapping[str, object] | None = None) -> str:
        """Start a run now and return its id."""
        body = {"logical_date": None, "conf": dict(conf or {})}
        answer = self._http.post(f"/api/v2/dags/{dag_id}/dagRuns", json=body, headers=self._authorised())
        run: str = answer.raise_for_status().json()["dag_run_id"]
        return run

    def runs(self, dag_id: str = "~", **filters: object) -> list[dict[str, Any]]:
        """Return the latest runs of one Dag, or of all."""
        known = {"limit": 100, "order_by": "-run_after", **filters}
        found: list[dict[str, Any]] = self.get(f"/dags/{dag_id}/dagRuns", **known)["dag_runs"]
        return found

    def get(self, path: str, **parameters: Any) -> Any:
        """Return what a path of the API answers."""
        answer = self._http.get(f"/api/v2{path}", params=parameters, headers=self._authorised())
        return answer.raise_for_status().json()

    def patch(self, path: str, body: Mapping[str, object]) -> Any:
        """Change what a path of the API stands for, and return what it answers."""
        answer = self._http.patch(f"/api/v2{path}", json=dict(body), headers=self._authorised())
        return answer.raise_for_status().json()

    def _authorised(self) -> dict[str, str]:
        if "authorization" not in self._http.headers:
            password = secrets.secret(self._settings.home, secrets.AIRFLOW_ADMIN)
            answer = self._http.post("/auth/token", json={"username": airflow.ADMIN, "password": password})
            token = answer.raise_for_status().json()["access_token"]
            self._http.headers["authorization"] = f"Bearer {token}"
        return dict(self._http.headers)


def _state(name: str, part: Mapping[str, str | None], since: float) -> str:
    beat = part.get(f"latest_{name}_heartbeat")
    if beat and datetime.fromisoformat(beat).timestamp() < since:
        return "starting"
    return str(part["status"])
