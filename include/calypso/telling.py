"""Telling turns a finding into its sentence, in one language and with the labels of its dataset."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from calypso.contracts import Contract
from calypso.declarations import Declared, load
from calypso.finding import Finding
from calypso.legible import spaced
from calypso.registry import Texts

PATH = Path(__file__).with_suffix(".yml")
LONGEST = 120  # characters of a value given back in a sentence
LONGEST_VALUE = 1000  # and of one given back as data, or of a list of what was expected
LONGEST_NAME = 200  # characters of a sender's own column name
_ONE_LINE = dict.fromkeys(map(ord, "\n\t"), " ")


class Wording(Declared):
    """The words around the sentences of rules."""

    texts: Mapping[str, Texts]
    states: Mapping[str, Texts]


@cache
def wording() -> Wording:
    """Return the words around findings, read once."""
    return load(PATH, Wording)


def tell(finding: Finding, severity: str, sentence: Texts, language: str, contract: Contract | None) -> dict[str, Any]:
    """Return a finding as a receipt tells it: its place, the values given and expected, and the message."""
    label = contract.fields[finding.field].label[language] if contract and finding.field else None
    empty = wording().texts["empty"][language]
    expected = _labelled(finding, contract, language)
    message = sentence[language].format_map(
        {
            "field": label or "",
            "given": shown(finding.given or "") or empty,
            "expected": shown(expected, LONGEST_VALUE) or empty,
        }
    )
    return {
        "rule": finding.rule,
        "severity": severity,
        "case_ref": _cut(finding.case_ref),
        "row": finding.row,
        "column": finding.column,
        "field": finding.field,
        "label": label,
        "given": _cut(finding.given),
        "expected": _cut(finding.expected),
        "message": message,
        "echo": {name[:LONGEST_NAME]: _cut(str(value)) for name, value in finding.echo.items()},
    }


def shown(value: str, longest: int = LONGEST) -> str:
    """Return a value as it can stand in a sentence: on one line, printable, not too long."""
    plain = spaced(value[: longest + 1]).translate(_ONE_LINE)
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def _labelled(finding: Finding, contract: Contract | None, language: str) -> str:
    """Return what was expected; codes and names of columns with their labels, as the sender knows them."""
    expected = finding.expected or ""
    if contract is None or not expected:
        return expected
    if finding.field is None:
        labels = {name: field.label[language] for name, field in contract.fields.items()}
    else:
        codes = contract.codes.get(contract.fields[finding.field].codes or "", {})
        labels = {code: one.label[language] for code, one in codes.items() if one.label}
    names = expected.split(", ")
    return ", ".join(f"{labels[name]} ({name})" for name in names) if labels.keys() >= set(names) else expected


def _cut(value: str | None) -> str | None:
    return value if value is None or len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
