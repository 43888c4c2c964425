"""The ways by which a text leaves Calypso, found by walking its sources: what is new is found, too."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from calypso import cli
from calypso.settings import REPOSITORY

ROOMS = ("include", "expectations", "dags")
PACKAGE = REPOSITORY / "include" / "calypso"


@cache
def sources() -> Mapping[str, ast.Module]:
    """Return every Python source of the product by its path, parsed."""
    return {
        str(path.relative_to(REPOSITORY)): ast.parse(path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in sorted((REPOSITORY / room).rglob("*.py"))
    }


def files(ending: str) -> list[str]:
    """Return the paths of all files with an ending in the rooms of the product."""
    return sorted(str(path.relative_to(REPOSITORY)) for room in ROOMS for path in (REPOSITORY / room).rglob(ending))


@cache
def calls(path: str) -> tuple[tuple[str, ast.Call], ...]:
    """Return every call of a source with the name of what is called, such as `re.compile` or `print`."""
    found = (node for node in ast.walk(sources()[path]) if isinstance(node, ast.Call))
    return tuple((ast.unparse(node.func), node) for node in found)


def calls_of(*names: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield path, name and node of every call whose name is one of these, or ends with a dot and one of these."""
    for path in sources():
        for name, call in calls(path):
            if any(name == one or name.endswith(f".{one.lstrip('.')}") for one in names):
                yield path, name, call


def commands() -> set[str]:
    """Return the names of all commands."""
    return {command.callback.__name__.replace("_", "-") for command in cli.app.registered_commands}  # type: ignore[union-attr]


def texts() -> Iterator[tuple[str, str]]:
    """Yield every text of every YAML file that holds a place to be filled in, with where it stands."""
    for path in files("*.yml"):
        for where, text in _strings(yaml.safe_load((REPOSITORY / path).read_text(encoding="utf-8")), path):
            if "{" in text or "}" in text:
                yield where, text


def _strings(tree: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, str):
        yield where, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _strings(value, f"{where}:{key}")
    elif isinstance(tree, list):
        for no, value in enumerate(tree):
            yield from _strings(value, f"{where}:{no}")


def rooms_of(paths: list[str]) -> set[Path]:
    """Return the folders in which files lie."""
    return {(REPOSITORY / path).parent for path in paths}
