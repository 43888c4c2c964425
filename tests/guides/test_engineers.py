"""The engineers' guide can be followed: each recipe works as it stands, and what is forgotten is told as it says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from guides.recipes import Outcome, Recipe, copy_tree, recipes, run

pytestmark = pytest.mark.slow

ADDED = ("A rule", "A field", "An administration", "An operation", "A mart")
FAULTS = [(title, outcome) for title in ADDED for outcome in recipes()[title].outcomes if outcome.case]


def trial(recipe: Recipe) -> str:
    """Return the command that tells whether all is there."""
    return next(command for command in recipe.commands if command.startswith(".venv/bin/pytest "))


@pytest.mark.parametrize("title", ADDED)
def test_a_recipe_works_as_it_stands(title: str, tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    recipe = recipes()[title]
    recipe.follow(tree)
    done = run(trial(recipe), tree)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize(("title", "fault"), FAULTS, ids=[f"{title}: {one.case} {one.change}" for title, one in FAULTS])
def test_what_is_forgotten_is_told(title: str, fault: Outcome, tmp_path: Path) -> None:
    """Only the tests that are said to fail are run: they are among those of the command."""
    tree = copy_tree(tmp_path)
    recipe = recipes()[title]
    recipe.follow(tree, fault)
    assert fault.tests
    command = trial(recipe)
    assert all(any(test.startswith(path) for path in command.split()[1:]) for test in fault.tests)
    done = run(f".venv/bin/pytest {shlex.join(fault.tests)}", tree)
    assert done.returncode == 1, done.stdout[-3000:]
    assert [line for line in fault.says if line not in done.stdout] == [], done.stdout[-3000:]


def test_every_recipe_says_what_is_told_when_a_step_is_forgotten() -> None:
    assert {title for title, _ in FAULTS} == set(ADDED)


def test_the_recipes_together_are_in_style(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path)
    for title in ADDED:
        recipes()[title].follow(tree)
    models = {name for title in ADDED for step in recipes()[title].steps for name in step.files if name.endswith("sql")}
    done = run(
        ".venv/bin/ruff check && .venv/bin/ruff format --check && "
        f".venv/bin/sqlfluff lint {' '.join(name for name in sorted(models) if '/models/' in name)}",
        tree,
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_it_is_read_in_a_quarter_of_an_hour() -> None:
    from guides.recipes import GUIDE

    assert len(GUIDE.read_text(encoding="utf-8").split()) < 15 * 200
