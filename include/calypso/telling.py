"""Telling turns a finding into its sentence, in one language and with the labels of its dataset."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from calypso.contracts import contracts
from calypso.declarations import Declared, load
from calypso.finding import Finding
from calypso.registry import Texts

PATH = Path(__file__).with_suffix(".yml")
LONGEST = 120  # characters of a value given back


class Wording(Declared):
    """The words around the sentences of rules."""

    texts: Mapping[str, Texts]
    states: Mapping[str, Texts]


@cache
def wording() -> Wording:
    """Return the words around findings, read once."""
    return load(PATH, Wording)


def tell(finding: Finding, severity: str, sentence: Texts, language: str, dataset: str | None) -> dict[str, Any]:
    """Return a finding as a receipt tells it: its place, the values given and expected, and the message."""
    label = contracts()[dataset].fields[finding.field].label[language] if dataset and finding.field else None
    empty = wording().texts["empty"][language]
    message = sentence[language].format_map(
        {"field": label or "", "given": shown(finding.given) or empty, "expected": shown(finding.expected) or empty}
    )
    return {
        "rule": finding.rule,
        "severity": severity,
        "row": finding.row,
        "column": finding.column,
        "field": finding.field,
        "label": label,
        "given": finding.given,
        "expected": finding.expected,
        "case_ref": finding.case_ref,
        "echo": dict(finding.echo),
        "message": message,
    }


def shown(value: str | None) -> str | None:
    """Return a value as it can stand in a sentence: on one line, printable, not too long."""
    if value is None:
        return None
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
