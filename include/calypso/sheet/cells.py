"""A cell is text, or what a workbook itself keeps as number, date or time; rows hold them with their number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

# A workbook's own numbers and dates keep their type, for they cannot be read two ways.
Cell = str | int | float | date | datetime | time | None


@dataclass(frozen=True)
class Row:
    """One row of cells; `number` is the one a spreadsheet shows, 1-based."""

    number: int
    cells: Sequence[Cell]


class Formula(str):
    """The text of a formula whose value the workbook does not hold."""

    __slots__ = ()


class Unreadable(ValueError):
    """A file that cannot be read as a sheet; carries the code of the rule it breaks and what to do."""

    def __init__(self, rule: str, given: str, expected: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(f"{rule}: {given} (expected: {expected})")
        self.rule, self.given, self.expected, self.row, self.column = rule, given, expected, row, column

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str, str, int | None, str | None]]:
        """Let a guarded reader hand its refusal to the process that waits for it."""
        return Unreadable, (self.rule, self.given, self.expected, self.row, self.column)


def spelled(cell: Cell) -> str:
    """Return the one canonical text of a cell; the empty text for an empty cell.

    Text stands exactly as it is. A number is written without exponent and without binary noise, a date as
    2024-11-05, a date with a time as 2024-11-05T14:30:00, a time as 14:30:00, a truth as TRUE or FALSE.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return plain(cell)


def plain(number: int | float) -> str:
    """Return a number in decimal notation: the shortest that means it, such as 0.1, 1200 or 0.0000015."""
    if isinstance(number, int):
        return str(number)
    text = format(Decimal(repr(number)), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def duration(length: timedelta) -> str:
    """Return a length of time as hours, minutes and seconds: 26:30:00."""
    sign = "-" if length < timedelta() else ""
    minutes, seconds = divmod(abs(length), timedelta(minutes=1))
    text = f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds.seconds:02}"
    return f"{text}.{seconds.microseconds:06}".rstrip("0") if seconds.microseconds else text
