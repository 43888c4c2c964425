"""The Dags are one for each administration and one for the warehouse, parsed fast and without heavy imports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dags_page
import pytest
from dags_page import DAGS

from calypso.registry import administrations

pytestmark = pytest.mark.slow

HEAVY = ("great_expectations", "pandas", "dbt", "openpyxl", "psycopg2", "paramiko", "asyncssh", "httpx")


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return dags_page.parsed(tmp_path_factory.mktemp("airflow"))


def test_the_page_of_the_dags_is_as_they_are(parsed: dict[str, dict[str, Any]]) -> None:
    assert (DAGS / "README.md").read_text() == dags_page.page(parsed), (
        "PYTHONPATH=tests python -m dags_page > dags/README.md"
    )


def test_there_is_one_dag_for_each_administration(parsed: dict[str, dict[str, Any]]) -> None:
    assert set(parsed["ingest.py"]["dags"]) == {f"ingest__{code}" for code in administrations()}
    assert set(parsed["build_warehouse.py"]["dags"]) == {"build_warehouse"}


def test_the_stages_are_the_line(parsed: dict[str, dict[str, Any]]) -> None:
    for dag in parsed["ingest.py"]["dags"].values():
        assert dag["tasks"] == ["pull", "answer"]


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
