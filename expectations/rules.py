"""The rule book: each rule's code, severity, parameters and its sentence in four languages, from rules.yml."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from calypso.declarations import Declared, load
from calypso.registry import Texts

PATH = Path(__file__).with_name("rules.yml")

Severity = Literal["critical", "warning"]


class Rule(Declared):
    """One check: what it is called, how bad it is, and how it is told."""

    code: Annotated[str, Field(pattern=r"^[FS]\d{3}$")]
    severity: Severity
    field: str | None = None
    params: Mapping[str, Decimal] = {}
    needs_history: bool = False  # judged where it is known what was received before, so not on a laptop
    right: tuple[Mapping[str, str], ...] = ()  # an example that keeps it
    wrong: tuple[Mapping[str, str], ...] = ()  # and one that breaks it
    sentence: Texts


class RuleBook(Declared):
    """All rules by code."""

    version: str
    rules: Mapping[str, Rule]

    @model_validator(mode="before")
    @classmethod
    def _name_rules(cls, said: Any) -> Any:
        if isinstance(said, dict) and isinstance(said.get("rules"), dict):
            return {**said, "rules": {code: {"code": code, **rule} for code, rule in said["rules"].items()}}
        return said


@cache
def rule_book() -> RuleBook:
    """Return the rule book, read once."""
    return load(PATH, RuleBook)


@cache
def rule_pack() -> str:
    """Return the version of the rule book with a hash of its content, as it stands on receipts."""
    return f"{rule_book().version}-{hashlib.sha256(PATH.read_bytes()).hexdigest()[:8]}"


def sentences() -> Mapping[str, Texts]:
    """Return the sentence of every rule by its code, for receipts."""
    return {code: rule.sentence for code, rule in rule_book().rules.items()}
