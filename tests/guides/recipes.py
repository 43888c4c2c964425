"""A recipe is a section of docs/engineers.md that can be followed: what is written where, the commands, what they say.

The sentence before a block says what becomes of it: "Write `file`:", "Add to `file`:" (at its end), "In `file`, after
`text`:" (after every line that holds it), "In `file`, in place of `text`:". A block of `text` is said by the command
above it; after "Without `file`" or "Without `text`", where that step or those lines were forgotten; after
"With `key: value`", where that was written instead.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from calypso.settings import REPOSITORY

GUIDE = REPOSITORY / "docs" / "engineers.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
WRITE = re.compile(r"\b(write|add to) `([^`]+)`[^`]*:$", re.IGNORECASE)
CHANGE = re.compile(r"\bIn ((?:`[^`]+`(?: and in )?)+), (after|in place of) `([^`]+)`[^`]*:$")
SAID = re.compile(r"\b(Without|With) `([^`]+)`.* it says:$")


@dataclass(frozen=True)
class Step:
    """A block to be written into files."""

    how: str  # write, add to, after, in place of
    files: tuple[str, ...]
    place: str  # the text that it is put after, or in place of
    block: str


@dataclass(frozen=True)
class Outcome:
    """What the command says; where a step is forgotten (without) or written otherwise (with), or as it should be."""

    case: str  # Without, With, or nothing
    change: str
    says: tuple[str, ...]

    @property
    def tests(self) -> list[str]:
        """Return the tests that it says end badly."""
        return [line.split()[1] for line in self.says if line.startswith(("FAILED ", "ERROR "))]


@dataclass(frozen=True)
class Recipe:
    """A section of the guide."""

    title: str
    steps: tuple[Step, ...]
    commands: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    def follow(self, tree: Path, outcome: Outcome | None = None) -> None:
        """Do the steps in a tree, with the fault that an outcome is about."""
        if outcome and outcome.case == "Without":
            forgotten = [outcome.change in (*step.files, *_lines_with(outcome.change, step)) for step in self.steps]
            assert any(forgotten), f"{outcome.change} is no step of {self.title}"
        for step in self.steps:
            if outcome and outcome.case == "Without" and outcome.change in step.files:
                continue
            _do(step, tree, _changed(step.block, outcome) if outcome else step.block)


def _lines_with(text: str, step: Step) -> list[str]:
    return [text for line in step.block.splitlines() if text in line]


def _changed(block: str, outcome: Outcome) -> str:
    lines = block.splitlines(keepends=True)
    if outcome.case == "Without":
        return "".join(line for line in lines if outcome.change not in line)
    key = outcome.change.partition(":")[0] + ":"
    return "".join(f"{outcome.change}\n" if line.startswith(key) else line for line in lines)


def _do(step: Step, tree: Path, block: str) -> None:
    for name in step.files:
        path = tree / name
        if step.how == "write":
            assert not path.exists(), f"{name} is there already"
            path.write_text(block, encoding="utf-8")
            continue
        text = path.read_text(encoding="utf-8")
        assert step.place in text, f"{name} does not hold {step.place}"
        if step.how == "add to":
            text += block
        elif step.how == "after":
            lines = text.splitlines(keepends=True)
            text = "".join(line + block if step.place in line else line for line in lines)
        else:
            text = text.replace(step.place, block.strip())
        path.write_text(text, encoding="utf-8")


@cache
def recipes() -> Mapping[str, Recipe]:
    """Return the sections of the guide by their titles."""
    guide = GUIDE.read_text(encoding="utf-8")
    heads = list(HEADING.finditer(guide))
    ends = [*(head.start() for head in heads[1:]), len(guide)]
    return {head[1]: _recipe(head[1], guide[head.end() : end]) for head, end in zip(heads, ends, strict=True)}


def _recipe(title: str, section: str) -> Recipe:
    steps, commands, outcomes = [], [], []
    for before, language, block in _blocks(section):
        if language == "bash":
            commands.append(block.strip())
        elif language == "text":
            said = SAID.search(before)
            outcomes.append(Outcome(said[1] if said else "", said[2] if said else "", tuple(block.splitlines())))
        elif found := WRITE.search(before):
            steps.append(Step(found[1].lower(), (found[2],), "", block))
        elif found := CHANGE.search(before):
            steps.append(Step(found[2], tuple(re.findall(r"`([^`]+)`", found[1])), found[3], block))
    return Recipe(title, tuple(steps), tuple(commands), tuple(outcomes))


def _blocks(section: str) -> Iterator[tuple[str, str, str]]:
    """Yield the blocks, each with the paragraph before it and its language."""
    end = 0
    for found in BLOCK.finditer(section):
        paragraph = section[end : found.start()].strip().rpartition("\n\n")[2]
        yield " ".join(paragraph.split()), found[1], found[2]
        end = found.end()


def copy_tree(folder: Path) -> Path:
    """Copy what git knows of the repository, as it stands, and lend the copy this one's programs."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def run(command: str, tree: Path, known: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of the guide in a tree: what it imports is the tree's own."""
    paths = os.pathsep.join(str(tree / name) for name in ("include", "", "tests"))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **(known or {})}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=tree, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
