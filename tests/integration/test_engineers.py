"""What the engineers' guide adds is there on a platform that ran without it; its day is re-run, its alert is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from guides.bringing import bring
from guides.recipes import copy_tree, recipes, run
from guides.test_engineers import ADDED
from integration.line import TABLES_ALONE, Line
from integration.test_deciding import until
from integration.test_replaying import yesterday
from integration.test_statements import gold, report

from calypso import building, warehouse
from calypso.local import airflow_api, keys, onboarding, postgres, secrets
from calypso.settings import REPOSITORY, Settings

pytestmark = pytest.mark.integration

FLAGGED = """\
case_ref,case_type,event_date,direction,transport_mode,vessel_flag,persons_detained,category,quantity,unit,model
BB-2,seizure,2025-12-16,import,sea,Panama,2,firearm,1,piece,54
"""
# What `make up` does to a warehouse that is there.
PREPARE = (
    ".venv/bin/python -c 'import os; from calypso import judging, warehouse; "
    'warehouse.prepare(os.environ["ADMINISTRATOR"], judging.rules())\''
)


@dataclass(frozen=True)
class Grown:
    """A warehouse that was built before the guide was followed, and again after."""

    line: Line
    tree: Path
    submission_id: str

    @property
    def known(self) -> dict[str, str]:
        return secrets.variables(self.line.settings)


@pytest.fixture(scope="module")
def grown(new_line: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    tree = copy_tree(tmp_path_factory.mktemp("tree"))
    with new_line("engineers", None) as line:
        bring(line.settings, "brb", "brb_2024-11-05_seizures.csv", report(gold("BB-1", 5)).encode())
        building.build(line.settings, without=TABLES_ALONE)
        for title in ADDED:
            recipes()[title].follow(tree)
        known = {**secrets.variables(line.settings), "ADMINISTRATOR": line.administrator}
        (tree / "flagged.csv").write_text(FLAGGED)
        build = recipes()["What a build does"].commands[0].replace(", '--full-refresh'", "")
        said = ""
        for command in (
            PREPARE,
            ".venv/bin/python -m guides.bringing brb brb_2025-12-16_seizures.csv < flagged.csv",
            build,
        ):
            done = run(command, tree, known)
            assert done.returncode == 0, done.stdout[-3000:]
            said += done.stdout
        [submission_id] = re.findall(r"^brb-2025-12-16-\w+$", said, re.MULTILINE)
        yield Grown(line, tree, submission_id)


def test_the_rule_asks_back(grown: Grown) -> None:
    query = f"select rule_code, field from marts.fct_findings where submission_id = '{grown.submission_id}'"
    found = grown.line.rows(query)
    assert found == [("S059", "make")]


def test_the_field_is_carried_and_empty_in_what_was_stated_before(grown: Grown) -> None:
    assert grown.line.rows("select case_ref, vessel_flag from marts.fct_cases order by 1") == [
        ("BB-1", None),
        ("BB-2", "pan"),
    ]


def test_the_administration_and_the_operation_are_expected_from_their_day_on(grown: Grown) -> None:
    query = "select operation_code, count(distinct administration_code) from marts.fct_deliveries group by 1"
    assert dict(grown.line.rows(query)) == {"calypso-2024": 28, "calypso-2025": 28, "sargasso-2025": 3}
    assert grown.line.rows("select 1 from marts.dim_administrations where administration_code = 'col'")


def test_the_mart_tells_of_now_and_of_a_moment(grown: Grown) -> None:
    row = ("sargasso-2025", "sea", 2, 1)
    assert grown.line.rows("select * from marts.rpt_detained", "analyst") == [row]
    [[cut]] = grown.line.rows("select max(cut_at) from marts.dim_builds")
    assert grown.line.rows(f"select * from marts.detained('sargasso-2025', '{cut}')", "analyst") == [row]


def test_the_account_is_opened_by_what_the_guide_says(grown: Grown, stack: Settings) -> None:
    [command] = [one for one in recipes()["An administration"].commands if "onboard" in one]
    elsewhere = {**secrets.variables(stack), "CALYPSO_WAREHOUSE_DATABASE": grown.line.settings.warehouse_database}
    done = run(command, grown.tree, elsewhere)
    assert done.returncode == 0, done.stdout
    assert "as calypso_adm_col" in done.stdout
    assert keys.private(stack.home, "col").exists()
    onboarding.retire(stack, "col")


def test_a_day_is_re_run(stack: Settings) -> None:
    recipe = recipes()["To re-run a day"]
    [look] = recipe.commands
    [outcome] = recipe.outcomes
    with yesterday(S020="critical"):
        content = report(gold("VG-901", 24), gold("VG-902", 24, 20000)).encode()
        first = bring(stack, "vgb", "vgb_2024-11-24_seizures_v90.csv", content)
    with airflow_api.Client(stack) as client:
        client.trigger("ingest__vgb")
        until(lambda: "acknowledged" in states(stack, first), "there is no receipt")
        assert states(stack, first) == ["received", "partly_accepted", "acknowledged"]
        until(lambda: "vgb_2024-11-24_seizures_v90.csv: partly_accepted" in answered(client), "no run names the file")
        log = replayed(stack, client, look, "preview")
        assert [line for line in outcome.says if line not in log] == [], log
        assert states(stack, f"{first}-r001") == []
        replayed(stack, client, look.replace("'apply': False", "'apply': True"), "apply")
        until(lambda: "acknowledged" in states(stack, f"{first}-r001"), "the replay has no receipt")
    assert states(stack, f"{first}-r001") == ["received", "accepted", "acknowledged"]


def test_an_alert_says_what_the_guide_shows_and_what_it_advises_mends_it(stack: Settings) -> None:
    recipe = recipes()["To read an alert"]
    [outcome] = recipe.outcomes
    [mend] = recipe.commands
    with warehouse.transaction(postgres.administrator(stack, stack.warehouse_database)) as connection:
        connection.cursor().execute("alter table raw.seizure_rows rename remarks to kept_remarks")
    inbox = stack.home / "sftp" / "vgb" / "inbox"
    (inbox / "late.part").write_text(report(gold("VG-903", 24)))
    (inbox / "late.part").rename(inbox / "vgb_2024-11-24_seizures_v91.csv")
    with airflow_api.Client(stack) as client:
        until(lambda: client.runs("ingest__vgb", state=["failed"]), "no run fails")
        watch = client.trigger("watch_platform")
        until(lambda: ended(client, "watch_platform", watch), "the watch does not end")
        told = logged(stack, "watch_platform", "*", "send_alerts")
        assert [line for line in outcome.says if line not in told] == [], told[-2000:]
        [[submission_id]] = ask(
            stack, "select submission_id from raw.submissions where file_name = 'vgb_2024-11-24_seizures_v91.csv'"
        )
        assert states(stack, submission_id) == ["received"]
        done = run(mend, REPOSITORY, secrets.variables(stack))
        assert done.returncode == 0, done.stdout
        client.trigger("ingest__vgb")
        until(lambda: "acknowledged" in states(stack, submission_id), "it is not taken up")


def answered(client: airflow_api.Client) -> list[str]:
    """Return the files that the runs of one administration have answered, as they are read there."""
    entries = client.get("/dags/ingest__vgb/dagRuns/~/taskInstances/~/xcomEntries", xcom_key_pattern="return_value")
    runs = {one["run_id"] for one in entries["xcom_entries"] if one["task_id"] == "answer"}
    of_run = "/dags/ingest__vgb/dagRuns/{}/taskInstances/answer/xcomEntries/return_value"
    return [file for run_id in runs for file in client.get(of_run.format(run_id), deserialize=True)["value"]]


def replayed(stack: Settings, client: airflow_api.Client, command: str, task: str) -> str:
    """Run the guide's command, wait for the run that it names, and return the log of one of its tasks."""
    done = run(command, REPOSITORY, secrets.variables(stack))
    assert done.returncode == 0, done.stdout
    run_id = done.stdout.split()[-1]
    until(lambda: ended(client, "replay_submissions", run_id), "the replay does not end")
    return logged(stack, "replay_submissions", run_id, task)


def ended(client: airflow_api.Client, dag_id: str, run_id: str) -> bool:
    return any(one["dag_run_id"] == run_id and one["state"] == "success" for one in client.runs(dag_id))


def logged(stack: Settings, dag_id: str, run_id: str, task: str) -> str:
    """Return what tasks have logged, as it is read in Airflow."""
    paths = (stack.home / "airflow" / "logs").glob(f"dag_id={dag_id}/run_id={run_id}/task_id={task}/*.log")
    lines = [json.loads(line) for path in sorted(paths) for line in path.read_text("utf-8").splitlines()]
    return "\n".join(str(line["event"]) for line in lines)


def states(stack: Settings, submission_id: str) -> list[str]:
    query = "select state from raw.submission_states where submission_id = %s order by reached_at"
    return [state for (state,) in ask(stack, query, submission_id)]


def ask(stack: Settings, query: str, *parameters: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction(stack.warehouse("loader")) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []
