"""A columnar is the body of a sheet kept by column, so that a million rows fit into memory; it reads as rows.

Cells of few distinct words are kept as numbers of those words. A cell of a workbook that is no text is kept as a word
too: a mark that no text holds, a letter for its type, and its notation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, overload

from calypso.sheet import Cell, Row

if TYPE_CHECKING:
    import polars as pl

BLOCK = 50_000  # rows taken at a time
MARK = "\0"  # refused in files, so a word that begins with it was no text

_NOTATIONS: Mapping[type, tuple[str, Callable[..., str], Callable[[str], Cell]]] = {
    bool: ("b", repr, lambda said: said == "True"),
    int: ("i", repr, int),
    float: ("f", repr, float),
    datetime: ("m", datetime.isoformat, datetime.fromisoformat),
    date: ("d", date.isoformat, date.fromisoformat),
    time: ("t", time.isoformat, time.fromisoformat),
    str: ("s", str, str),
}
_READERS = {letter: read for letter, _, read in _NOTATIONS.values()}


def word(cell: Cell) -> str | None:
    """Return the word that stands for a cell; equal cells of one type have one word."""
    if cell is None or (isinstance(cell, str) and not cell.startswith(MARK)):
        return cell if cell is None else str(cell)  # the text of a formula is a text
    letter, write, _ = _NOTATIONS[type(cell)]
    return f"{MARK}{letter}{write(cell)}"


def cell(word: str | None) -> Cell:
    """Return the cell that a word stands for."""
    if word is None or not word.startswith(MARK):
        return word
    return _READERS[word[1]](word[2:])


class Columnar(Sequence[Row]):
    """Rows of cells; the columns at the positions `coded` are kept as numbers of their distinct words."""

    def __init__(self, width: int, coded: Iterable[int] = ()) -> None:
        self.width = width
        self.words: dict[int, dict[str | None, int]] = {position: {None: 0} for position in coded}
        self._kinds: dict[int, pl.Categorical] = {}  # by which Polars numbers the words of a column in all blocks alike
        self._blocks: list[pl.DataFrame] = []
        self._held: list[Row] = []

    def hold(self, rows: Iterable[Row]) -> None:
        """Append rows that are kept as they are until a column is asked for.

        So a child process can read for its parent: the threads of Polars do not live on in a child.
        """
        self._held.extend(rows)

    def fill(self, rows: Iterator[Row]) -> None:
        """Append rows, of which none may be wider than this is."""
        import polars as pl

        while block := list(islice(rows, BLOCK)):
            cells = zip_longest(*(row.cells for row in block)) if self.width else ()
            columns = [pl.Series("row", [row.number for row in block], pl.UInt32)]
            columns += [self._column(position, column) for position, column in enumerate(cells)]
            missing = range(len(columns) - 1, self.width)
            columns += [self._column(position, [None] * len(block)) for position in missing]
            self._blocks.append(pl.DataFrame(columns))

    def _column(self, position: int, cells: Iterable[Cell]) -> pl.Series:
        import polars as pl

        words = self.words.get(position)
        if words is None:
            return pl.Series(str(position), [word(cell) for cell in cells], pl.String)
        numbers = [words.setdefault(word(cell) or None, len(words)) for cell in cells]
        return pl.Series(str(position), numbers, pl.UInt32)

    def extend(self, block: pl.DataFrame, numbers: pl.Series) -> None:
        """Append a block of words, its columns named by their positions, with the physical row numbers."""
        import polars as pl

        columns = [self._coded(column, int(column.name)) for column in block.get_columns()]
        self._blocks.append(pl.DataFrame([numbers.alias("row"), *columns]))

    def _coded(self, column: pl.Series, position: int) -> pl.Series:
        import polars as pl

        words = self.words.get(position)
        if words is None:
            return column
        known = column.cast(self._kinds.setdefault(position, pl.Categorical(pl.Categories.random())))
        distinct = known.unique().drop_nulls()
        places = distinct.to_physical().to_list()
        numbers = [words[None]] * (max(places, default=0) + 1)
        for place, each in zip(places, distinct.cast(pl.String).to_list(), strict=True):
            numbers[place] = words.setdefault(each or None, len(words))
        coded = pl.Series(numbers, dtype=pl.UInt32).gather(known.to_physical())
        return coded.fill_null(words[None]).alias(column.name)

    @property
    def frame(self) -> pl.DataFrame:
        """Return everything as it is kept: `row`, then each column by its position, as words or as their numbers."""
        import polars as pl

        if self._held:
            held, self._held = self._held, []
            self.fill(iter(held))
        if len(self._blocks) > 1:
            self._blocks = [pl.concat(self._blocks)]
        return self._blocks[0]

    def column(self, position: int) -> pl.Series:
        """Return the words of one column, None where a cell holds nothing."""
        import polars as pl

        kept = self.frame[str(position)]
        if position not in self.words:
            return kept
        return pl.Series(kept.name, list(self.words[position]), pl.String).gather(kept)

    def cells(self, position: int) -> list[Cell]:
        """Return the cells of one column."""
        return [cell(word) for word in self.column(position)] if len(self) else []

    def __len__(self) -> int:
        return len(self._held) + sum(block.height for block in self._blocks)

    def __iter__(self) -> Iterator[Row]:
        if self._held and not self._blocks:
            yield from self._held
            return
        for start in range(0, len(self), BLOCK):
            numbers = self.frame["row"].slice(start, BLOCK)
            columns = [self.column(position).slice(start, BLOCK).to_list() for position in range(self.width)]
            for number, words in zip(numbers, zip(*columns, strict=True), strict=True):
                yield Row(number, [cell(word) for word in words])

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        frame = self.frame
        words = [self.column(position).item(index) for position in range(self.width)]
        return Row(frame["row"].item(index), [cell(word) for word in words])
