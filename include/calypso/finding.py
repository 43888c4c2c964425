"""A finding is one rule broken at one place of a submission."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place; a finding about the whole file has no row.

    `row` is the row number a spreadsheet shows, `column` its column letter; `given` and `expected` are
    texts without language. Severity belongs to the rule, not to the finding.
    """

    rule: str
    row: int | None = None
    column: str | None = None
    field: str | None = None
    given: str | None = None
    expected: str | None = None
    case_ref: str | None = None
    echo: Mapping[str, str] = dataclasses.field(default_factory=dict)


def column_letter(index: int) -> str:
    """Return the letters a spreadsheet shows above the column with 0-based `index`."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
