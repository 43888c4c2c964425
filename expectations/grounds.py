"""Grounds are the rows that a group of checks is judged on: one of each kind, as far as those checks can tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calypso.body import Body
from calypso.history import Archive
from expectations import alike, earlier, magnitudes, marks
from expectations.context import CASE_FIELDS, FIREARM_DETAILS, GIVEN, KEYS, OF_THE_CASE, TOLD, Context
from expectations.past import Past

if TYPE_CHECKING:
    import polars as pl

    from expectations.check import Check

FEW = 20_000  # rows up to which they are judged as they are, by all checks at once


@dataclass(frozen=True)
class Ground:
    """Checks, and the rows they are judged on: each stands for all rows of the body that agree with it in `keys`.

    Without keys it stands for the row `at` alone.
    """

    checks: Sequence[Check]
    keys: tuple[str, ...]
    rows: pl.DataFrame

    def context(self, body: Body) -> Context:
        """Return the context of the rows."""
        return Context(body, self.rows)

    def where(self, all_rows: Rows, broken: pl.DataFrame) -> pl.DataFrame:
        """Return `at` for each row of the body that some of these rows stand for, with their other columns."""
        import polars as pl

        found = self.rows[broken["place"]].hstack(broken.drop("place"))
        if not self.keys:
            return found.select("at", *broken.drop("place").columns)
        small = all_rows.keys(self.keys).join(found, on=list(self.keys), how="inner", nulls_equal=True)
        return small.select(pl.col("at"), *broken.drop("place").columns)


class Rows:
    """The rows of a body in the keys of the checks, made when they are asked for."""

    def __init__(self, body: Body, archive: Archive | None = None) -> None:
        self.body = body
        submissions = [reading.submission for reading in body.readings]
        self.past = None if archive is None else Past(submissions, archive)
        self._made: dict[str, pl.Series] = {}

    def key(self, name: str) -> pl.Series:
        """Return one key of every row."""
        import polars as pl

        if name not in self._made:
            if name == "at":
                made = pl.int_range(self.body.frame.height, dtype=pl.UInt32, eager=True)
            elif name == "_goods":
                made = self._goods()
            elif name in TOLD:
                made = self._told(name)
            elif name == "_firearm_details":
                made = self._any(FIREARM_DETAILS, readable=True)
            elif name.endswith(GIVEN):
                made = self.body.filled(name.removesuffix(GIVEN))
            else:
                made = self.body.frame[name]
            self._made[name] = made.alias(name)
        return self._made[name]

    def keys(self, names: Sequence[str]) -> pl.DataFrame:
        """Return some keys of every row, and its position `at`."""
        import polars as pl

        return pl.DataFrame([self.key(name) for name in dict.fromkeys(("at", *names))])

    def _told(self, name: str) -> pl.Series:
        """Return one column of those that a module makes together, and keep the others."""
        maker = next(maker for maker in (earlier, magnitudes, marks, alike) if name in maker.COLUMNS)
        self._made |= {column.name: column for column in maker.columns(self.body, self.past).get_columns()}
        return self._made[name]

    def _goods(self) -> pl.Series:
        fields = self.body.contract.fields.values()
        items = self._any([field.name for field in fields if field.of_item])
        return items & ~self._of("action", "cancel")

    def _of(self, field: str, value: str) -> pl.Series:
        import polars as pl

        told = pl.Series([one == value for one in self.body.entries[field].values], dtype=pl.Boolean)
        return told.gather(self.body.frame[field])

    def _any(self, fields: Sequence[str], readable: bool = False) -> pl.Series:
        """Tell whether any of some fields is filled, or has a value."""
        import polars as pl

        found = pl.repeat(False, self.body.frame.height, dtype=pl.Boolean, eager=True)
        for field in fields:
            found |= self.body.written(field).is_not_null() if readable else self.body.filled(field)
        return found


def keys_of(check: Check) -> frozenset[str]:
    """Return the keys of all columns that a check looks at."""
    return frozenset(key for column in check.columns for key in KEYS.get(column, (column,)))


def of_the_case(check: Check) -> bool:
    """Tell whether a check must see all rows of a case."""
    return any(column in OF_THE_CASE for column in check.columns)


def grounds(rows: Rows, checks: Sequence[Check], few: int = FEW) -> Iterator[Ground]:
    """Yield the checks in groups, with the rows on which each group is judged."""
    if rows.body.frame.height <= few:
        yield Ground(checks, (), rows.keys(_needed(checks)))
        return
    whole = [check for check in checks if of_the_case(check)]
    yield Ground(whole, (), _suspect_cases(rows, _needed(whole)))
    told = [check for check in checks if keys_of(check) <= set(TOLD)]
    yield Ground(told, TOLD, _about_which_something_is_told(rows))
    groups: dict[tuple[frozenset[str], str | None], list[Check]] = defaultdict(list)
    for check in checks:
        if check not in told and not of_the_case(check):
            groups[keys_of(check), check.suspect].append(check)
    for (keys, suspect), group in groups.items():
        names = tuple(sorted(keys))
        every = rows.keys(names)
        if suspect is not None:
            every = every.filter(rows.key(names[0]).str.contains(suspect).fill_null(False))
        yield Ground(group, names, every.drop("at").unique())


def _needed(checks: Sequence[Check]) -> list[str]:
    """Return the keys of checks that are judged row by row."""
    needed = {"submission", "case_ref", "item_no", "_goods"}
    for check in checks:
        for column in check.columns:
            needed.update(KEYS.get(column, () if column in OF_THE_CASE else (column,)))
    return sorted(needed | set(CASE_FIELDS))


def _suspect_cases(rows: Rows, names: Sequence[str]) -> pl.DataFrame:
    """Return all rows of the cases whose rows contradict each other, or number two items alike."""
    import polars as pl

    body = rows.body
    case = ["submission", "case_ref"] if len(body.readings) > 1 else ["case_ref"]
    said = [rows.key("submission"), rows.key("case_ref"), _item(rows)]
    said += [_number_of_value(body, field) for field in CASE_FIELDS]
    frame = pl.DataFrame(said)
    apart = [pl.col(field).min() != pl.col(field).max() for field in CASE_FIELDS]
    twice = pl.col("_item").drop_nulls().n_unique() != pl.col("_item").count()
    cases = frame.group_by(case).agg(pl.any_horizontal(*apart, twice).alias("_doubt")).filter("_doubt")
    return rows.keys(names).join(cases.select(case), on=case, how="semi", nulls_equal=True).sort("at")


def _about_which_something_is_told(rows: Rows) -> pl.DataFrame:
    """Return one row of each kind that other rows or files tell something about; of most nothing is told."""
    import polars as pl

    every = rows.keys(TOLD).drop("at")
    return every.filter(pl.any_horizontal(pl.all().is_not_null())).unique()


def _item(rows: Rows) -> pl.Series:
    import polars as pl

    numbers = pl.Series(rows.body.entries["item_no"].values, dtype=pl.Int64).fill_null(1)
    every = numbers.gather(rows.body.frame["item_no"])
    return every.set(~rows.key("_goods"), None).alias("_item")


def _number_of_value(body: Body, field: str) -> pl.Series:
    """Return for each row a number that is the same where the value is, None where there is none."""
    import polars as pl

    known: dict[object, int | None] = {None: None}
    numbers = [known.setdefault(value, len(known)) for value in body.entries[field].values]
    return pl.Series(numbers, dtype=pl.UInt32).gather(body.frame[field]).alias(field)
