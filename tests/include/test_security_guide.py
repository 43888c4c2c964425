"""The guide to security names a test for each threat, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from calypso.settings import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", GUIDE)))
WITHOUT_TEST = {28, 30}  # decided otherwise: said in the guide's part on what is not covered


@cache
def defined(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part)
def test_every_test_that_is_named_is_there(path: str, name: str) -> None:
    assert (REPOSITORY / path).is_file()
    assert name in defined(REPOSITORY / path)


def test_whatever_looks_like_a_test_is_one_that_can_be_looked_for() -> None:
    assert len(re.findall(r"::", GUIDE)) == len(re.findall(r"`tests/[\w/]+\.py::\w+`", GUIDE))


def test_every_threat_has_a_test_or_a_reason() -> None:
    threats = GUIDE.split("## Threats")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in threats.splitlines() if line[:1] == "|"]
    assert [int(row[0]) for row in rows[2:]] == list(range(1, 31))
    for number, threat, done, tests in rows[2:]:
        assert threat
        assert done
        assert tests or (int(number) in WITHOUT_TEST and "not-covered" in done), threat


def test_everything_that_has_withstood_has_a_test() -> None:
    held = GUIDE.split("## What has withstood every attempt")[1].split("\n## ")[0]
    rows = [line for line in held.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 15
    assert all("`tests/" in row for row in rows)
