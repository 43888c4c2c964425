"""The layers of dbt: who may read whom, what every model has, and that staging reads all of the contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from calypso.contracts import contracts
from calypso.settings import REPOSITORY

DBT = REPOSITORY / "dbt"
MODELS = sorted((DBT / "models").rglob("*.sql"))
# Lines. What is told of any moment is written once, for its table and its function.
LONGEST = {"stg": 40, "int": 80, "dim": 80, "fct": 100, "rpt": 100}
MAY_READ = {
    "stg": set(),
    "int": {"stg", "int", "seed"},
    "dim": {"stg", "int", "dim", "seed"},
    "fct": {"stg", "int", "dim", "fct", "seed"},
    "rpt": {"dim", "fct"},
}
# Beside quantity and value as numbers stand their texts, and those of what they are measured in.
AS_GIVEN = {"quantity_given", "unit_given", "value_given", "currency_given"}


def layer(name: str) -> str:
    found = re.match(r"(stg|int|dim|fct|rpt)_", name)
    return found[1] if found else "seed"


def described() -> dict[str, dict[str, Any]]:
    files = [*(DBT / "models").rglob("_*.yml"), *(DBT / "seeds").glob("_*.yml")]
    told = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    return {entry["name"]: entry for said in told for kind in ("models", "seeds") for entry in said.get(kind, [])}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_reads_only_what_its_layer_may(path: Path) -> None:
    sql, own = path.read_text(encoding="utf-8"), layer(path.stem)
    assert ("source(" in sql) == (own == "stg")
    assert {layer(name) for name in re.findall(r"ref\('(\w+)'\)", sql)} <= MAY_READ[own]
    assert not re.search(r"\b(raw|staging|intermediate|marts|seeds)\.\w", sql), "a table is named by ref or source"


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_is_short_and_ends_in_its_last_step(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST[layer(path.stem)]
    assert re.fullmatch(r"select \* from \w+", lines[-1])


def test_every_model_and_seed_is_described_and_its_key_tested() -> None:
    told = described()
    assert set(told) == {path.stem for path in [*MODELS, *(DBT / "seeds").glob("*.csv")]}
    for name, entry in told.items():
        assert entry["description"], name
        assert any("primary_key" in test for test in entry["data_tests"]), name
        assert all(column["description"] for column in entry["columns"]), name


def test_every_column_has_its_one_description() -> None:
    columns = (DBT / "models" / "columns.md").read_text(encoding="utf-8")
    said = re.findall(r"{% docs (\w+) %}(.+?){% enddocs %}", columns)
    used = {
        re.fullmatch(r"{{ doc\('(\w+)'\) }}", column["description"])[1]  # type: ignore[index]
        for entry in described().values()
        for column in entry["columns"]
    }
    assert len(said) == len(dict(said))
    assert set(dict(said)) == used


def test_staging_reads_every_field_of_the_contract() -> None:
    contract = contracts()["seizures"]
    name = f"stg_raw__{contract.table}"
    columns = {column["name"] for column in described()[name]["columns"]}
    assert columns == {"submission_id", "row_number", "verdict", *contract.fields, *AS_GIVEN}
    [sql] = [path.read_text(encoding="utf-8") for path in MODELS if path.stem == name]
    assert columns - set(re.findall(r"\w+", sql)) == set()


def test_a_current_item_or_case_carries_every_field_of_the_contract() -> None:
    contract, told = contracts()["seizures"], described()
    kept = {name: {column["name"] for column in told[name]["columns"]} for name in ("fct_items", "fct_cases")}
    for field in contract.fields.values():
        if field.name != "action":
            assert field.name in kept["fct_items" if field.of_item else "fct_cases"], field.name
    assert set(contract.fields) <= {column["name"] for column in told["int_statements"]["columns"]}


def test_no_python_package_stands_in_the_way_of_dbt() -> None:
    assert not list(DBT.rglob("__init__.py"))
