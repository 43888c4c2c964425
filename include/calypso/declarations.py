"""A declaration is a YAML file read into a frozen type; what is wrong in it is told with its file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # PyYAML built without libyaml: slower, the same result
    from yaml import SafeLoader as Loader  # type: ignore[assignment]


class DeclarationError(ValueError):
    """A declaration that cannot stand; the message names file, line and reason."""


class Declared(BaseModel):
    """Base of every declared type: frozen, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Declaration = TypeVar("Declaration", bound=BaseModel)


def load(path: Path, declared: type[Declaration]) -> Declaration:
    """Read `path` into `declared`; raise DeclarationError naming file and line of the first mistake."""
    try:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DeclarationError(f"{path}:{line}: not valid YAML: {error.problem}") from error
    if tree is None:
        raise DeclarationError(f"{path}:1: the file is empty")
    _refuse_repeated_keys(path, tree)
    try:
        return declared.model_validate(_plain(tree))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise DeclarationError(f"{path}:{_line(tree, first['loc'])}: {where}: {first['msg']}") from error


def _plain(tree: yaml.Node) -> Any:
    loader = Loader("")
    try:
        return loader.construct_document(tree)
    finally:
        loader.dispose()


def _refuse_repeated_keys(path: Path, tree: yaml.Node) -> None:
    if isinstance(tree, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in tree.value:
            if key.value in seen:
                raise DeclarationError(f"{path}:{key.start_mark.line + 1}: {key.value} is declared twice")
            seen.add(key.value)
            _refuse_repeated_keys(path, value)
    elif isinstance(tree, yaml.SequenceNode):
        for value in tree.value:
            _refuse_repeated_keys(path, value)


def _line(tree: yaml.Node, steps: Sequence[int | str]) -> int:
    """Return the 1-based line of the deepest node that `steps` still lead to."""
    line = tree.start_mark.line
    for step in steps:
        if isinstance(tree, yaml.MappingNode):
            found = next(((key, value) for key, value in tree.value if key.value == str(step)), None)
            if found is None:
                break
            line, tree = found[0].start_mark.line, found[1]
        elif isinstance(tree, yaml.SequenceNode) and isinstance(step, int) and step < len(tree.value):
            tree = tree.value[step]
            line = tree.start_mark.line
    return line + 1
