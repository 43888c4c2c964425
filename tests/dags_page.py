"""The page of the Dags is made from what they say: `PYTHONPATH=tests python -m dags_page > dags/README.md`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from calypso.settings import REPOSITORY

DAGS = REPOSITORY / "dags"

# Each file alone in a fresh interpreter that has Airflow and no more, as the Dag processor starts.
PARSE = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetOrTimeSchedule
def when(schedule):
    if isinstance(schedule, AssetOrTimeSchedule):
        assets = [f"asset {asset.name}" for asset in schedule.asset_condition.objects]
        return ", ".join([*assets, schedule.timetable.expression])
    return ", ".join(f"asset {a.name}" for a in schedule) if isinstance(schedule, list) else str(schedule or "")
before = set(sys.modules)
began = time.perf_counter()
bag = DagBag(dag_folder=sys.argv[1])
took = time.perf_counter() - began
print(json.dumps({
    "seconds": took,
    "errors": bag.import_errors,
    "modules": sorted(set(sys.modules) - before),
    "dags": {d.dag_id: {"tasks": [t.task_id for t in d.tasks], "doc": d.doc_md, "tags": sorted(d.tags),
                        "owner": d.owner, "when": when(d.schedule), "retries": [t.retries for t in d.tasks],
                        "active": d.max_active_runs, "catchup": d.catchup} for d in bag.dags.values()},
}))
"""


def parsed(home: Path) -> dict[str, dict[str, Any]]:
    """Return what each Dag file says, by its name, and how it was parsed; `home` is an empty folder for Airflow."""
    environment = {**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": str(REPOSITORY)}
    environment |= {"AIRFLOW__CORE__LOAD_EXAMPLES": "False", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite://"}
    ignored = (DAGS / ".airflowignore").read_text().splitlines()
    found = {}
    for path in sorted(DAGS.glob("*.py")):
        if path.name in ignored:
            continue
        done = subprocess.run(
            [sys.executable, "-c", PARSE, str(path)], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found[path.name] = json.loads(done.stdout.splitlines()[-1])
        assert not found[path.name]["errors"]
    return found


def page(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page: the Dags in a table, then each in its own words."""
    lines = ["# Dags", "", "Made from the Dags themselves; a test holds it to them.", ""]
    lines += ["| Dag | file | woken by | owner | tasks |", "|---|---|---|---|---|"]
    told = []
    for name, file in files.items():
        [(dag_id, dag), *others] = file["dags"].items()
        shown = dag_id.partition("__")[0] + "__&lt;code&gt;" if others else dag_id
        when = "its inbox, and every ten minutes" if others else dag["when"] or "by hand"
        tasks = " → ".join(dag["tasks"])
        lines.append(f"| {shown} | [{name}]({name}) | {when} | {dag['owner']} | {tasks} |")
        told += [f"## {shown}", "", dag["doc"].strip(), ""]
    return "\n".join([*lines, "", *told]).rstrip() + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        sys.stdout.write(page(parsed(Path(folder))))
