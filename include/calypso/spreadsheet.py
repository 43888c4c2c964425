"""A spreadsheet takes some texts for formulas and others for its own markup: whatever it is given goes through here."""

from __future__ import annotations

import re
from typing import Any

from calypso.legible import spaced

LONGEST_CELL = 32_000  # a spreadsheet holds 32,767 characters
# What begins a formula, also at full width; spaces, line breaks and letters that nobody sees may stand before it.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NEGATIVE = re.compile(r"-[0-9]+(?:[.,][0-9]+)?")


def harmless(value: Any) -> Any:
    """Return a value for a CSV: a text that a spreadsheet would take for a formula begins with an apostrophe.

    A number stays one, and so does the text of a negative number, which is no formula.
    """
    if not isinstance(value, str) or _NEGATIVE.fullmatch(value):
        return value
    return f"'{value}" if _FORMULA.match(value) or _FORMULA.match(spaced(value)) else value


def inert(value: str) -> str:
    """Return a text for a cell of a workbook: at most as long as one holds, and not as xlsxwriter's own markup."""
    text = value if len(value) <= LONGEST_CELL else f"{value[:LONGEST_CELL]}…"
    return f" {text}" if text.startswith("<r>") else text
