"""A body is the rows of one or more readings in contract names, by column: each cell as given, and its value.

A field whose cells repeat a few words is kept as numbers of its entries, one for each word as each office writes it:
what is found out about an entry is true of every row that holds its number. Texts and decimals stand as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from calypso.columnar import MARK, cell
from calypso.contracts import Contract, FieldOfContract
from calypso.plain import SPACE
from calypso.reading import Reading
from calypso.registry import Administration, administrations
from calypso.sheet import Cell
from calypso.values import Value, given, reader

if TYPE_CHECKING:
    import polars as pl

ROW = ("submission", "office", "row")  # the columns beside the fields: two positions, and the physical row number


@dataclass
class Entries:
    """The distinct words of one field, as each office writes them: as given, and their values."""

    given: list[str | None] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    offices: list[Administration] = field(default_factory=list)
    numbers: dict[tuple[str, str | None], int] = field(default_factory=dict)

    def number(self, word: str | None, office: Administration, read: Callable[[Cell], Value]) -> int:
        """Return the number of a word, reading it where it is new."""
        known = self.numbers.get((office.code, word))
        if known is None:
            known = self.numbers[office.code, word] = len(self.given)
            told = cell(word)
            self.given.append(given(told))
            self.values.append(read(told))
            self.offices.append(office)
        return known


class Body:
    """The rows of readings of one dataset, in their order."""

    def __init__(self, readings: Sequence[Reading], contract: Contract) -> None:
        self.contract = contract
        self.readings = readings
        self.offices = list({office.code: office for office in map(_office, readings)}.values())
        self.entries = {each.name: Entries() for each in contract.fields.values() if each.coded}
        self.frame = self._frame()

    def _frame(self) -> pl.DataFrame:
        import polars as pl

        parts = []
        for number, reading in enumerate(self.readings):
            office, count = _office(reading), len(reading.rows)
            columns = [
                pl.repeat(number, count, dtype=pl.UInt32, eager=True).alias("submission"),
                pl.repeat(self.offices.index(office), count, dtype=pl.UInt32, eager=True).alias("office"),
                reading.rows.frame["row"],
            ]
            columns += [self._column(reading, each, office) for each in self.contract.fields.values()]
            parts.append(pl.DataFrame(columns))
        frame = pl.concat(parts) if len(parts) > 1 else parts[0]
        for each in self.contract.fields.values():
            if each.type == "text":
                frame = frame.with_columns(_given(frame[each.name]))
            elif each.type == "decimal":
                frame = frame.with_columns(self._decimals(each, frame[each.name], frame["office"]))
        return frame

    def _column(self, reading: Reading, each: FieldOfContract, office: Administration) -> pl.Series:
        """Return the words of a field in a reading, or the numbers of its entries."""
        import polars as pl

        position = reading.columns.fields.get(each.name)
        if each.coded:
            return self._numbers(reading, each, office, position)
        if position is None:
            return pl.repeat(None, len(reading.rows), dtype=pl.String, eager=True).alias(each.name)
        return reading.rows.column(position).alias(each.name)

    def _decimals(self, each: FieldOfContract, words: pl.Series, offices: pl.Series) -> list[pl.Series]:
        """Return a column of numbers as PostgreSQL reads them, and as given."""
        said = _given(words)
        numbers = said.clear().extend_constant(None, len(said))
        for position, office in enumerate(self.offices):
            own = _decimals(words, said, reader(each, self.contract, office), office.decimal_mark)
            numbers = own if len(self.offices) == 1 else own.zip_with(offices == position, numbers)
        return [numbers.alias(each.name), said.alias(f"{each.name}_given")]

    def _numbers(
        self, reading: Reading, each: FieldOfContract, office: Administration, position: int | None
    ) -> pl.Series:
        import polars as pl

        entries, read = self.entries[each.name], reader(each, self.contract, office)
        if position is None:
            number = entries.number(None, office, read)
            return pl.repeat(number, len(reading.rows), dtype=pl.UInt32, eager=True).alias(each.name)
        kept = reading.rows.frame[str(position)].alias(each.name)
        numbers = [entries.number(word, office, read) for word in reading.rows.words[position]]
        if numbers == list(range(len(numbers))):
            return kept  # the same numbers: one copy is enough
        return pl.Series(numbers, dtype=pl.UInt32).gather(kept).alias(each.name)

    @cached_property
    def _told(self) -> dict[str, tuple[pl.Series, pl.Series]]:
        import polars as pl

        return {
            name: (
                pl.Series(entries.given, dtype=pl.String),
                pl.Series(map(_written, entries.values), dtype=pl.String),
            )
            for name, entries in self.entries.items()
        }

    def given(self, name: str, rows: pl.DataFrame | None = None) -> pl.Series:
        """Return the cells of a field as given, of all rows or of the rows of a part of `frame`."""
        rows = self.frame if rows is None else rows
        if name in self.entries:
            return self._told[name][0].gather(rows[name]).alias(f"{name}_given")
        kind = self.contract.fields[name].type
        return (rows[f"{name}_given"] if kind == "decimal" else rows[name]).alias(f"{name}_given")

    def written(self, name: str, rows: pl.DataFrame | None = None) -> pl.Series:
        """Return the values of a field, as PostgreSQL reads them."""
        rows = self.frame if rows is None else rows
        return self._told[name][1].gather(rows[name]).alias(name) if name in self.entries else rows[name]

    def values(self, name: str, rows: pl.DataFrame) -> list[Value]:
        """Return the values of a field themselves, of some rows."""
        if name in self.entries:
            values = self.entries[name].values
            return [values[number] for number in rows[name]]
        if self.contract.fields[name].type == "decimal":
            return [None if said is None else Decimal(said) for said in rows[name]]
        return rows[name].to_list()

    def filled(self, name: str, rows: pl.DataFrame | None = None) -> pl.Series:
        """Tell of each row whether the field holds anything."""
        import polars as pl

        rows = self.frame if rows is None else rows
        if name in self.entries:
            return pl.Series([one is not None for one in self.entries[name].given], dtype=pl.Boolean).gather(rows[name])
        return self.given(name, rows).is_not_null()


def _office(reading: Reading) -> Administration:
    return administrations()[reading.submission.administration]


def _given(words: pl.Series) -> pl.Series:
    """Return words as `values.given` does their cells."""
    said = words.str.strip_chars(SPACE)
    if (said.str.len_bytes().sum() or 0) == (words.str.len_bytes().sum() or 0):
        said = words  # nothing was stripped: one copy is enough
    empty = said == ""
    said = said.set(empty, None) if empty.any() else said
    return _told_apart(said, words, words.str.starts_with(MARK), lambda word: given(cell(word)))


def _decimals(words: pl.Series, said: pl.Series, read: Callable[[Cell], Value], mark: str) -> pl.Series:
    """Return words as an office's `values.read_decimal` does their cells.

    What its pattern matches needs nothing but the mark replaced; the rest is read one by one.
    """
    usual = said.str.contains(rf"^[+-]?[0-9]{{1,15}}(?:{re.escape(mark)}[0-9]{{1,12}})?$") & ~words.str.starts_with(
        MARK
    )
    number = said.set(~usual, None).str.replace(mark, ".", literal=True)
    return _told_apart(number, words, ~usual, lambda word: _written(read(cell(word))))


def _written(value: Value) -> str | None:
    return None if value is None else str(value)


def _told_apart(column: pl.Series, words: pl.Series, where: pl.Series, tell: Callable[[str], str | None]) -> pl.Series:
    """Return a column with what `tell` says of the words in some of its rows, each distinct word told once."""
    import polars as pl

    chosen = words.filter(where.fill_null(False)).unique().to_list()
    if not chosen:
        return column
    told = words.replace_strict(chosen, pl.Series(map(tell, chosen), dtype=pl.String), default=None)
    return told.zip_with(words.is_in(chosen), column).alias(column.name)
