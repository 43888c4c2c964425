"""Judging is asked for here and done in `expectations`, the room above, which is found through its entry points.

`include` never imports `expectations`. What a laptop and the quick start need of it, the judge and its rule book,
is registered in pyproject.toml under `calypso.judge` and reached by name; its shape is what these protocols say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from calypso.finding import Finding
from calypso.reading import Reading
from calypso.registry import Texts
from calypso.submission import Submission
from calypso.verdict import Verdict

if TYPE_CHECKING:
    from calypso.history import Archive

GROUP = "calypso.judge"

Example = Sequence[Mapping[str, str]]  # rows, each the values of the fields that matter, as they stand in a file


class Rule(Protocol):
    """What is said of one rule."""

    @property
    def code(self) -> str:
        """Return its stable code."""

    @property
    def severity(self) -> str:
        """Return critical or warning."""

    @property
    def field(self) -> str | None:
        """Return the field it points at, where it is always the same."""

    @property
    def sentence(self) -> Texts:
        """Return how it is told."""

    @property
    def right(self) -> Example:
        """Return an example that keeps it."""

    @property
    def wrong(self) -> Example:
        """Return an example that breaks it."""


class RuleBook(Protocol):
    """All rules by code."""

    @property
    def version(self) -> str:
        """Return the version of the rules."""

    @property
    def rules(self) -> Mapping[str, Rule]:
        """Return the rules in the order in which they are told."""


class Judged(Protocol):
    """A reading with its verdict and its findings in the order of the file."""

    @property
    def verdict(self) -> Verdict:
        """Return what became of the submission."""

    @property
    def findings(self) -> Sequence[Finding]:
        """Return what was found."""


def judge(readings: Sequence[Reading]) -> Sequence[Judged]:
    """Judge readings by the same function as the platform's Dags."""
    judged: Sequence[Judged] = _found("judge")(readings)
    return judged


def validate(submissions: Sequence[Submission], landing_store: Path, archive: Archive) -> Mapping[str, Exception]:
    """Judge submissions as the platform's Dags do and keep their verdicts; return what went wrong by submission id."""
    failed: Mapping[str, Exception] = _found("validate")(submissions, landing_store, archive)
    return failed


@cache
def rules() -> RuleBook:
    """Return the rule book."""
    book: RuleBook = _found("rules")()
    return book


def _found(name: str) -> Any:
    [entry] = entry_points(group=GROUP, name=name)
    return entry.load()
