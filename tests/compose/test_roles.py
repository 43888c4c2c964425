"""Each role of people may what the guide says, and nothing more: asked of Airflow's API, as Airflow's pages do."""

from __future__ import annotations

import httpx
import pytest
from compose.containers import Project

ANALYST, OFFICER, ENGINEER = "analyst", "duty officer", "engineer"
EVERYBODY, STARTING, MENDING, NOBODY = (ANALYST, OFFICER, ENGINEER), (OFFICER, ENGINEER), (ENGINEER,), ()
PASSWORD = "a long sentence that nobody else says"
MAKE = f"""
from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from airflow.providers_manager import ProvidersManager
ProvidersManager().initialize_providers_configuration()
with get_application_builder() as builder:
    for role in {EVERYBODY!r}:
        name = role.replace(" ", "-")
        found = builder.sm.find_user(name) or builder.sm.add_user(
            name, role, role, name + "@localhost", builder.sm.find_role(role), {PASSWORD!r})
        assert found
"""
RUN = {"logical_date": None, "conf": {"why": "{{ conn.sftp_hub.get_uri() }}"}}
TASK = "dagRuns/none/taskInstances/none"
# Of what does not exist: 404 is the answer to who may ask.
ASKED = [
    (EVERYBODY, "GET", "/calypso/board", None),
    (EVERYBODY, "GET", "/api/v2/dags", None),
    (EVERYBODY, "GET", "/api/v2/dags/decide_doubts/dagRuns", None),
    (EVERYBODY, "GET", "/api/v2/dags/decide_doubts/dagRuns/~/hitlDetails", None),
    (EVERYBODY, "GET", f"/api/v2/dags/decide_doubts/{TASK}/logs/1", None),
    (EVERYBODY, "GET", f"/api/v2/dags/decide_doubts/{TASK}/xcomEntries", None),
    (EVERYBODY, "GET", "/api/v2/importErrors", None),
    (STARTING, "POST", "/api/v2/dags/ingest__brb/dagRuns", RUN),
    (STARTING, "PATCH", "/api/v2/dags/ingest__brb", {"is_paused": False}),
    (STARTING, "PATCH", f"/api/v2/dags/decide_doubts/{TASK}/-1/hitlDetails", {"chosen_options": ["accept"]}),
    (MENDING, "POST", "/api/v2/dags/none/dagRuns", RUN),
    (MENDING, "POST", "/api/v2/dags/watch_platform/dagRuns", RUN),
    (MENDING, "PATCH", "/api/v2/dags/build_warehouse", {"is_paused": False}),
    (MENDING, "PATCH", "/api/v2/dags/decide_doubts/dagRuns/none", {"state": "failed"}),
    (MENDING, "POST", "/api/v2/dags/decide_doubts/clearTaskInstances", {"dry_run": True, "task_ids": ["none"]}),
    (MENDING, "GET", "/api/v2/dagSources/decide_doubts", None),
    (MENDING, "GET", "/api/v2/connections", None),
    (MENDING, "GET", "/api/v2/connections/none", None),
    (MENDING, "DELETE", "/api/v2/connections/none", None),
    (MENDING, "GET", "/api/v2/variables", None),
    (MENDING, "DELETE", "/api/v2/variables/none", None),
    (MENDING, "GET", "/api/v2/pools", None),
    (MENDING, "GET", "/api/v2/eventLogs", None),
    (MENDING, "GET", "/api/v2/plugins", None),
    (MENDING, "GET", "/api/v2/providers", None),
    (MENDING, "POST", "/api/v2/assets/0/materialize", None),
    (NOBODY, "GET", "/api/v2/config", None),
    (NOBODY, "POST", "/api/v2/connections/test", {"connection_id": "none", "conn_type": "sftp"}),
    (NOBODY, "DELETE", "/api/v2/dags/ingest__brb", None),
    (NOBODY, "DELETE", "/api/v2/dags/decide_doubts/dagRuns/none", None),
    (NOBODY, "POST", f"/api/v2/dags/decide_doubts/{TASK}/xcomEntries", {"key": "return_value", "value": [1]}),
    (NOBODY, "GET", "/auth/fab/v1/users", None),
    (NOBODY, "GET", "/auth/fab/v1/roles", None),
    (NOBODY, "POST", "/auth/fab/v1/roles", {"name": "more", "actions": []}),
]


@pytest.fixture(scope="module")
def people(project: Project) -> dict[str, httpx.Client]:
    """One person of each role, who is logged in."""
    project.compose("exec", "-T", "airflow-scheduler", "calypso", "within", "python", "-c", MAKE)
    address = f"http://127.0.0.1:{project.port('CALYPSO_AIRFLOW_PORT')}"
    found = {}
    for role in EVERYBODY:
        client = httpx.Client(base_url=address, timeout=60)
        said = {"username": role.replace(" ", "-"), "password": PASSWORD}
        token = client.post("/auth/token", json=said).raise_for_status().json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        found[role] = client
    return found


@pytest.mark.parametrize(
    ("allowed", "method", "path", "said"), ASKED, ids=[f"{one[1]} {one[2].removeprefix('/api/v2/')}" for one in ASKED]
)
def test_a_role_may_what_the_guide_says_and_nothing_more(people, allowed, method, path, said):
    answers = {role: client.request(method, path, json=said).status_code for role, client in people.items()}
    assert {role for role, code in answers.items() if code not in {401, 403}} == set(allowed), answers
    assert max(answers.values()) < 500, answers


def test_whoever_is_not_logged_in_may_nothing(project):
    address = f"http://127.0.0.1:{project.port('CALYPSO_AIRFLOW_PORT')}"
    answers = {
        f"{method} {path}": httpx.request(method, address + path, json=said, timeout=60).status_code
        for _, method, path, said in ASKED
    }
    assert {path for path, code in answers.items() if code not in {401, 403}} == set()


def test_an_engineer_is_shown_no_password_of_a_connection(people):
    secret = "sesame-of-a-connection"
    made = {"connection_id": "a_trial", "conn_type": "sftp", "host": "sftp", "password": secret}
    engineer = people[ENGINEER]
    engineer.post("/api/v2/connections", json=made).raise_for_status()
    try:
        shown = engineer.get("/api/v2/connections/a_trial").raise_for_status().text
        assert secret not in shown + engineer.get("/api/v2/connections").text
    finally:
        engineer.delete("/api/v2/connections/a_trial").raise_for_status()


def test_what_a_run_is_started_with_is_rendered_nowhere(project, people):
    """Whatever a duty officer gives a run, no page and no log shows what it would be if it were a template."""
    officer = people[OFFICER]
    run = officer.post("/api/v2/dags/ingest__brb/dagRuns", json=RUN).raise_for_status().json()["dag_run_id"]
    path = f"/api/v2/dags/ingest__brb/dagRuns/{run}"
    assert officer.get(path).json()["conf"] == RUN["conf"]
    shown = officer.get(f"{path}/taskInstances").raise_for_status().text
    assert "sftp://" not in shown
