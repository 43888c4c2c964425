"""Totals are rows below a table that add it up: they are no data, and the sender is told that they were left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from calypso.contracts import fold
from calypso.finding import Finding
from calypso.sheet import Cell, Row, spelled

_WORDS = frozenset(
    {
        *("total", "totals", "grand total", "sub total", "subtotal", "sum"),
        *("totaux", "total general", "sous total", "somme"),
        *("totales", "suma", "subtotales"),
        *("totaal", "totalen", "eindtotaal", "subtotaal", "som"),
    }
)
_FIRST_LETTERS = ("tot", "gra", "sub", "sum", "sou", "som", "ein")


def is_total(cells: Sequence[Cell]) -> bool:
    """Tell whether a row's first filled cell says total in one of the four languages; in a sparse row also of what."""
    first = next((cell for cell in cells if cell not in (None, "")), None)
    if not isinstance(first, str) or first.strip()[:3].lower() not in _FIRST_LETTERS:
        return False
    folded = fold(first)
    if folded in _WORDS:
        return True
    filled = sum(cell not in (None, "") for cell in cells)
    return len(cells) > 2 and filled * 2 <= len(cells) and folded.split(" ", 1)[0] in _WORDS


def below(rows: Sequence[Row]) -> int:
    """Return how many of the last rows are totals."""
    count = 0
    while count < len(rows) and is_total(rows[-1 - count].cells):
        count += 1
    return count


def apart(rows: Iterable[Row], sums: list[Row]) -> Iterator[Row]:
    """Yield rows, and put into `sums` those of the last rows that are totals."""
    for row in rows:
        if is_total(row.cells):
            sums.append(row)
        else:
            yield from sums
            sums.clear()
            yield row


def told(rows: Sequence[Row]) -> list[Finding]:
    """Return a finding for each row that was taken as a total."""
    return [Finding("F027", row=row.number, given=spoken(row)) for row in rows]


def spoken(row: Row) -> str:
    """Return the filled cells of a row in one line."""
    return " | ".join(spelled(cell) for cell in row.cells if cell not in (None, ""))[:200]
