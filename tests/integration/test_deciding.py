"""A person is asked about a doubt in Airflow; what is decided, why and by whom is in the warehouse, once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from corpus import offices
from corpus.cases import GOLD
from integration import wave

from calypso import deciding, warehouse
from calypso.local import airflow, airflow_api
from calypso.registry import administrations
from calypso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(1800)]

DAG = "decide_doubts"
JINJA = "{{ 7 * 7 }} {{ conn }}"
PATIENCE = 500  # seconds for each step of a sitting, on a machine that is also asked for other things


@dataclass(frozen=True)
class Sent:
    administration: str
    file_name: str
    content: bytes


def doubtful(code: str, version: int) -> Sent:
    """Return a report of 12,000 kg of gold, which is more than a sender usually means, by a reference of Jinja's."""
    office = administrations()[code]
    row = offices.said(
        office, {**GOLD, "case_ref": f"D-{version} {JINJA}", "event_date": "07/11/2024", "quantity": "12000"}
    )
    content = offices.written(office, offices.cells(office, [row]), "csv")
    return Sent(code, f"{code}_2024-11-07_seizures_v{version}.csv", content)


READING = 2  # seconds that a person looks at a question before answering it


def until(found: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (answer := found()):
        assert time.monotonic() < deadline, what
        time.sleep(1)
    return answer


def test_a_doubt_is_asked_about_and_decided_once(stack: Settings) -> None:
    [answer] = wave.drop(stack, [doubtful("hti", 7101)]).values()
    rules = [finding["rule"] for finding in answer.receipt["findings"]]
    assert "S020" in rules
    doubt = answer.receipt["submission_id"]
    _keep_older(stack, doubt)
    with airflow_api.Client(stack) as client:
        until(lambda: not client.runs(DAG, state=["queued", "running"]), "another sitting does not end")
        run = client.trigger(DAG)
        path = f"/dags/{DAG}/dagRuns/{run}/hitlDetails"
        asked = until(lambda: _asked(client, path), "nobody was asked")
        assert asked["options"] == ["accept", "keep", "ask"]
        assert "12000" in asked["body"]
        assert f"` D-7101 {JINJA} `" in asked["body"]
        time.sleep(READING)
        until(lambda: _ended(client, run) or _answer_all(client, run), "the sitting does not end")
    assert _ended_well(stack, run)
    decided = _rows(stack, "select decision, reason, decided_by from raw.decisions where submission_id = %s", [doubt])
    assert [row for row in decided if row[0] == "ask"] == [("ask", "Is it grams?", airflow.ADMIN)]
    questions = list((stack.home / "sftp" / "hti" / "receipts").glob(f"question_{doubt}_*.txt"))
    assert len(questions) == 1
    text = questions[0].read_text("utf-8-sig")
    assert "Is it grams?" in text
    assert "12000" in text


def _keep_older(stack: Settings, doubt: str) -> None:
    """Decide whatever others have left, without a sitting: that asks about the oldest twenty alone."""
    with warehouse.session(stack.warehouse("loader")) as connection:
        for one in deciding.doubts(connection, stack, most=10_000):
            if one.submission_id != doubt:
                deciding.decide(connection, one, "keep", "", "a test")


def _asked(client: airflow_api.Client, path: str) -> Any:
    """Return the question about a case, once all questions of the sitting wait for their answers."""
    details = client.get(path)["hitl_details"]
    if any(one["task_instance"]["state"] != "awaiting_input" for one in details):
        return None
    return next((one for one in details if "D-7101" in one["body"]), None)


def _answer_all(client: airflow_api.Client, run: str) -> None:
    """Answer whatever waits, as a person does who finds a question asked again.

    Within a second of being asked an answer can be lost: Airflow takes the end of the task that has asked for a fault
    of the one that was to go on, and runs it anew.
    """
    for one in client.get(f"/dags/{DAG}/dagRuns/{run}/hitlDetails")["hitl_details"]:
        place, state = (one["task_instance"][name] for name in ("map_index", "state"))
        if state == "awaiting_input" and not one["response_received"]:
            mine = "D-7101" in one["body"]
            said = {
                "chosen_options": ["ask" if mine else "keep"],
                "params_input": {"why": "Is it grams?" if mine else ""},
            }
            client.patch(f"/dags/{DAG}/dagRuns/{run}/taskInstances/decide/{place}/hitlDetails", said)


def _ended(client: airflow_api.Client, run: str) -> bool:
    return any(one["dag_run_id"] == run and one["state"] in ("success", "failed") for one in client.runs(DAG))


def _ended_well(stack: Settings, run: str) -> bool:
    with airflow_api.Client(stack) as client:
        return any(one["dag_run_id"] == run and one["state"] == "success" for one in client.runs(DAG))


def _rows(stack: Settings, query: str, parameters: list[Any]) -> list[Any]:
    with warehouse.transaction(stack.warehouse("loader")) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
