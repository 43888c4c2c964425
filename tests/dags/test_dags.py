"""The Dags are one for each administration and one for the warehouse, parsed fast and without heavy imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calypso.registry import administrations
from calypso.settings import REPOSITORY

DAGS = REPOSITORY / "dags"
HEAVY = ("great_expectations", "pandas", "dbt", "openpyxl", "psycopg2", "paramiko")

# Each file alone in a fresh interpreter that has Airflow and no more, as the Dag processor starts.
PARSE = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
began = time.perf_counter()
bag = DagBag(dag_folder=sys.argv[1])
took = time.perf_counter() - began
print(json.dumps({
    "seconds": took,
    "errors": bag.import_errors,
    "modules": sorted(set(sys.modules) - before),
    "dags": {d.dag_id: {"tasks": [t.task_id for t in d.tasks], "doc": d.doc_md, "tags": sorted(d.tags),
                        "active": d.max_active_runs, "catchup": d.catchup} for d in bag.dags.values()},
}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    home = tmp_path_factory.mktemp("airflow")
    environment = {**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    environment |= {"AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite://"}
    found = {}
    for path in sorted(DAGS.glob("*.py")):
        done = subprocess.run(
            [sys.executable, "-c", PARSE, str(path)], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found[path.name] = json.loads(done.stdout.splitlines()[-1])
        assert not found[path.name]["errors"]
    return found


def test_there_is_one_dag_for_each_administration(parsed: dict[str, dict[str, Any]]) -> None:
    assert set(parsed["ingest.py"]["dags"]) == {f"ingest__{code}" for code in administrations()}
    assert set(parsed["build_warehouse.py"]["dags"]) == {"build_warehouse"}


def test_the_stages_are_the_line(parsed: dict[str, dict[str, Any]]) -> None:
    for dag in parsed["ingest.py"]["dags"].values():
        assert dag["tasks"] == ["pull", "validate", "load", "acknowledge"]


def test_every_dag_explains_itself_and_runs_once_at_a_time(parsed: dict[str, dict[str, Any]]) -> None:
    for file in parsed.values():
        for dag in file["dags"].values():
            assert dag["doc"]
            assert dag["tags"]
            assert (dag["active"], dag["catchup"]) == (1, False)


def test_parsing_imports_nothing_heavy(parsed: dict[str, dict[str, Any]]) -> None:
    for name, file in parsed.items():
        assert not [module for module in file["modules"] if module.split(".")[0] in HEAVY], name


def test_all_dag_files_parse_within_two_seconds(parsed: dict[str, dict[str, Any]]) -> None:
    assert sum(file["seconds"] for file in parsed.values()) < 2


def test_dags_are_thin() -> None:
    for path in DAGS.glob("*.py"):
        assert len(Path(path).read_text().splitlines()) <= 120, path.name
