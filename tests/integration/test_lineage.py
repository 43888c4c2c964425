"""Lineage leads from a file in an inbox to the marts, in events that OpenLineage's own client sends."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from integration.line import TABLES_ALONE
from integration.test_statements import Sender, gold, report

from calypso import building, lineage, warehouse
from calypso.lineage import build, submissions

pytestmark = pytest.mark.integration

REPORTS = ("rpt_operation_results", "rpt_deliveries", "rpt_quality")


def test_from_a_file_to_the_marts(new_line: Callable[..., Any], tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    config = tmp_path / "openlineage.yml"
    config.write_text(f"transport:\n  type: file\n  log_file_path: {told}\n  append: true\n")
    with new_line("lineage", None) as line:
        settings = dataclasses.replace(line.settings, lineage=config)
        sender = Sender(line, "brb")
        answer = sender.send("05_seizures.csv", report(gold("BB-1", 5), gold("BB-2", 5, -1)))
        tried = sender.send("05_seizures_test.csv", report(gold("BB-3", 5)))
        excused = sender.send("08_seizures_excused.csv", "reason,expires\ncyclone,2024-11-12\n")
        building.build(settings, without=TABLES_ALONE)
        with warehouse.session(settings.warehouse("loader")) as connection:
            of_file = list(submissions.events(connection, settings, [answer["submission_id"]]))
            again = list(submissions.events(connection, settings, [answer["submission_id"]]))
            _, of_trial = submissions.events(connection, settings, [tried["submission_id"]])
            _, of_excuse = submissions.events(connection, settings, [excused["submission_id"]])
        of_build = list(build.events(settings))
        assert lineage.tell(settings, [*of_file, *of_build]) == len(of_file) + len(of_build)
    assert [event.run.runId for event in of_file] == [event.run.runId for event in again]
    events = [json.loads(line) for line in told.read_text().splitlines()]
    assert [event["eventType"] for event in events[:2]] == ["START", "COMPLETE"]
    assert {event["eventType"] for event in events[2:]} == {"START", "COMPLETE"}

    assert not [one for one in of_trial.outputs if one.name.endswith("_rows")]
    assert [one for one in of_excuse.outputs if one.name.endswith(".raw.deliveries_excused")]
    [rows] = [one for one in events[1]["outputs"] if one["name"].endswith(".raw.seizure_rows")]
    assert rows["outputFacets"]["outputStatistics"]["rowCount"] == 2
    reached = _reached(events, "/brb/inbox/brb_2024-11-05_seizures.csv")
    database = settings.warehouse_database
    assert {f"{database}.marts.{report}" for report in REPORTS} <= reached
    assert not [name for name in reached if building.NEXT in name]
    assert any(name.startswith("/brb/receipts/") for name in reached)


def _reached(events: list[Any], start: str) -> set[str]:
    """Return the names of all datasets to which events lead from one."""
    onward = defaultdict(set)
    for event in events:
        for given in event.get("inputs", []):
            onward[given["namespace"], given["name"]].update(
                (made["namespace"], made["name"]) for made in event.get("outputs", [])
            )
    known, new = set(), {(lineage.HUB, start)}
    while new:
        known |= new
        new = set().union(*(onward[one] for one in new)) - known
    return {name for _, name in known}
