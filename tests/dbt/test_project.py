"""The project keeps the rules of dbt-project-evaluator, as dbt-bouncer finds them in the manifest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calypso.settings import REPOSITORY

pytestmark = pytest.mark.slow

DBT = REPOSITORY / "dbt"
PROGRAMS = Path(sys.executable).parent
# What dbt asks for to read the project; nothing is connected to.
NOWHERE = {
    "CALYPSO_WAREHOUSE_HOST": "127.0.0.1",
    "CALYPSO_WAREHOUSE_PORT": "1",
    "CALYPSO_WAREHOUSE_DATABASE": "none",
    "CALYPSO_TRANSFORMER_PASSWORD": "none",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
}


def run(folder: Path, *arguments: str | Path) -> str:
    environment = {**os.environ, **NOWHERE, "DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder)}
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dbt")
    run(folder, PROGRAMS / "dbt", "parse", "--project-dir", DBT, "--profiles-dir", DBT)
    shutil.copy(DBT / "dbt-bouncer.yml", folder)
    return folder


@pytest.fixture(scope="module")
def manifest(parsed: Path) -> dict[str, Any]:
    return json.loads((parsed / "target" / "manifest.json").read_text())


def test_the_rules_of_the_project_evaluator_hold(parsed: Path) -> None:
    told = run(parsed, PROGRAMS / "dbt-bouncer", "run", "--config-file", parsed / "dbt-bouncer.yml")
    assert "ERROR=0" in told, told


def test_every_report_has_a_reader(manifest: dict[str, Any]) -> None:
    read = {name for one in manifest["exposures"].values() for name in one["depends_on"]["nodes"]}
    reports = {name for name in manifest["nodes"] if name.startswith("model.") and ".rpt_" in name}
    assert read == reports


def test_every_column_of_the_marts_is_described_and_tested(manifest: dict[str, Any]) -> None:
    """Tested: never null, part of the key, one of its values, related, or held to a condition of its own."""
    tested: dict[str, set[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            arguments = node["test_metadata"]["kwargs"].get("arguments") or node["test_metadata"]["kwargs"]
            columns = {node["column_name"], *arguments.get("columns", ()), *arguments.get("conditions", {})} - {None}
            tested.setdefault(node["attached_node"], set()).update(columns)
    missing = []
    for name, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and node["schema"].startswith("marts"):
            for column in node["columns"].values():
                assert column["description"], (name, column["name"])
                kept = any(one["type"] == "not_null" for one in column["constraints"])
                if not kept and column["name"] not in tested.get(name, ()):
                    missing.append(f"{node['name']}.{column['name']}")
    assert missing == []
