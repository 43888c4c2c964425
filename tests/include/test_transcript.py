"""What is printed of a file is one line of JSON in one spelling, whether it was read or refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calypso.cli import app

HEADER = "Case reference,Case type,Event date,Direction,Category,Quantity,Unit"
ROW = "BB-1,Seizure,2024-11-05,Import,Gold,5,kg"


def run(*arguments: str, typed: str = "") -> tuple[int, list[dict[str, object]]]:
    result = CliRunner().invoke(app, ["read", *arguments], input=typed)
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_any_table_is_printed_with_physical_rows(tmp_path: Path) -> None:
    file = tmp_path / "any.csv"
    file.write_text('text;n\r\n\r\n"é\nlines ";1\r\n', newline="")
    assert run("--any", str(file)) == (
        0,
        [{"header": ["text", "n"], "rows": [{"row": 3, "cells": ["é\nlines ", "1"]}], "findings": []}],
    )


def test_a_submission_is_read_as_its_name_says(tmp_path: Path) -> None:
    file = tmp_path / "brb_2024-11-05_seizures.csv"
    file.write_text(f"A title\n{HEADER}\n{ROW}\nTotal,,,,,5,kg\n")
    status, (said,) = run(str(file))
    assert status == 0
    assert said["header"] == HEADER.split(",")
    assert said["rows"] == [{"row": 3, "cells": ROW.split(",")}]
    assert [(f["rule"], f["row"]) for f in said["findings"]] == [("F026", 1), ("F027", 4)]  # type: ignore[attr-defined,index]


def test_what_is_refused_has_no_header_and_ends_with_one(tmp_path: Path) -> None:
    good, torn = tmp_path / "good.csv", tmp_path / "torn.csv"
    good.write_text("a,b\n1,2\n")
    torn.write_text("a,b,c\n1,2,3\n4,5\n")
    status, said = run("--any", "-", typed=f"{torn}\n{good}\n{tmp_path / 'missing.csv'}\n")
    assert status == 1
    assert [line["header"] for line in said] == [None, ["a", "b"], None]
    assert [finding["rule"] for line in said for finding in line["findings"]] == ["F007", "F004"]  # type: ignore
    assert said[0]["rows"] == []


def test_the_declared_dialect_is_used(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes("a;b,c\n1;é\n".encode("cp1252"))
    assert run("--any", "--administration", "mtq", str(file))[1][0]["header"] == ["a", "b,c"]
    assert run("--any", "--administration", "brb", str(file))[0] == 1
    assert run("--any", "--administration", "xxx", str(file))[0] == 1


@pytest.mark.parametrize("heavy", ["pandas", "great_expectations", "airflow", "polars"])
def test_reading_starts_without_heavy_libraries(heavy: str) -> None:
    code = f"import sys, calypso.transcript; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
