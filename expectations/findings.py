"""Findings are kept by column: a hundred thousand broken cells are a frame, and objects only when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from calypso.body import Body
from calypso.columnar import cell
from calypso.finding import Finding, column_letter
from calypso.reading import Reading
from expectations.rules import rule_book

if TYPE_CHECKING:
    import polars as pl

SPOILED = "S014"  # a cell that holds no value at all: what else it breaks goes without saying
KEPT = ("rule", "row", "column", "field", "given", "expected", "case_ref", "echo")  # as in Finding; echo as JSON


class Findings(Sequence[Finding]):
    """All findings of one reading: those about the file, then those about its rows in the order of the file."""

    def __init__(self, reading: Reading, of_rows: pl.DataFrame | None = None) -> None:
        self._of_file = () if reading.submission.duplicate_of else tuple(reading.findings)
        self._of_rows = of_rows

    @classmethod
    def listed(cls, reading: Reading, found: Iterable[Finding]) -> Findings:
        """Return the findings of a reading of which those about its rows are told one by one."""
        return cls(reading, _table(sorted(found, key=_place)))

    def led_by(self, ahead: Sequence[Finding]) -> Findings:
        """Return the same findings after others about the file."""
        led = copy(self)
        led._of_file = (*ahead, *self._of_file)
        return led

    def __len__(self) -> int:
        return len(self._of_file) + (0 if self._of_rows is None else self._of_rows.height)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        chosen = range(len(self))[index]
        return self._at(chosen) if isinstance(chosen, int) else [self._at(each) for each in chosen]

    def __iter__(self) -> Iterator[Finding]:
        yield from self._of_file
        if self._of_rows is not None:
            yield from map(_finding, self._of_rows.iter_rows())

    def _at(self, index: int) -> Finding:
        above = len(self._of_file)
        if index < above or self._of_rows is None:
            return self._of_file[index]
        return _finding(self._of_rows.row(index - above))

    @cached_property
    def quarantined(self) -> pl.Series:
        """Return the physical numbers of the rows that break a critical rule, each once."""
        import polars as pl

        if self._of_rows is None:
            return pl.Series("row", [], pl.UInt32)
        return self._of_rows.filter(pl.col("rule").is_in(_critical()))["row"].drop_nulls().unique()

    def table(self, submission_id: str) -> pl.DataFrame:
        """Return all findings in the columns of raw."""
        import polars as pl

        frame = _table(self._of_file)
        if self._of_rows is not None:
            frame = pl.concat([frame, self._of_rows])
        severities = {code: rule.severity for code, rule in rule_book().rules.items()}
        return frame.select(
            pl.lit(submission_id).alias("submission_id"),
            pl.int_range(1, pl.len() + 1).alias("finding_no"),
            pl.col("rule").alias("rule_code"),
            pl.col("rule").replace_strict(severities, return_dtype=pl.String).alias("severity"),
            pl.col("row").alias("row_number"),
            pl.col("column").alias("column_letter"),
            "field",
            pl.col("given").alias("value_given"),
            pl.col("expected").alias("value_expected"),
            "case_ref",
            "echo",
        )


def tell(body: Body, broken: Iterable[pl.DataFrame]) -> list[Findings]:
    """Return for each reading of a body its findings, made of the places where checks are broken (`trial.broken`)."""
    import polars as pl

    schema = {"at": pl.UInt32, "rule": pl.String, "field": pl.String, "expected": pl.String}
    places = pl.concat([pl.DataFrame(schema=schema), *broken])
    spoiled = places.filter(rule=SPOILED).select("at", "field")
    if spoiled.height:
        rest = places.filter(pl.col("rule") != SPOILED).join(spoiled, on=["at", "field"], how="anti")
        places = pl.concat([places.filter(rule=SPOILED), rest])
    places = _with_positions(body, _with_rows(body, places))
    places = places.sort("submission", "row", "position", "rule", nulls_last=False, maintain_order=True)
    told = []
    for number, reading in enumerate(body.readings):
        own = places.filter(submission=number)
        told.append(Findings(reading, own.with_columns(_echoes(reading, own)).select(KEPT)))
    return told


def _with_rows(body: Body, places: pl.DataFrame) -> pl.DataFrame:
    """Add to places what stands in their rows."""
    import polars as pl

    parts = []
    for (field,), few in places.with_row_index("nth").group_by("field", maintain_order=True):
        rows = body.frame[few["at"]]
        given = body.given(str(field), rows).alias("given")
        parts.append(few.hstack([rows["submission"], rows["row"], rows["case_ref"], given]))
    if not parts:
        empty = pl.Series(dtype=pl.String)
        numbers = pl.Series(dtype=pl.UInt32)
        return places.hstack(
            [numbers.alias("submission"), numbers.alias("row"), empty.alias("case_ref"), empty.alias("given")]
        )
    return pl.concat(parts).sort("nth").drop("nth")


def _with_positions(body: Body, places: pl.DataFrame) -> pl.DataFrame:
    """Add where the field of a place stands in its file: its position and its column letter."""
    import polars as pl

    stands = [
        (number, field, position, column_letter(position))
        for number, reading in enumerate(body.readings)
        for field, position in reading.columns.fields.items()
    ]
    schema = {"submission": pl.UInt32, "field": pl.String, "position": pl.UInt32, "column": pl.String}
    known = pl.DataFrame(stands, schema=schema, orient="row")
    return places.join(known, on=["submission", "field"], how="left", maintain_order="left")


def _echoes(reading: Reading, places: pl.DataFrame) -> pl.Series:
    """Return as JSON what the sender's own columns say in the rows of places, None where they say nothing."""
    import polars as pl

    if not reading.columns.echoes or not places.height:
        return pl.repeat(None, places.height, dtype=pl.String, eager=True).alias("echo")
    table = reading.rows.frame.with_row_index("nth")
    rows = places.select("row").unique().join(table.select("row", "nth"), on="row")
    columns = {name: reading.rows.column(position)[rows["nth"]] for name, position in reading.columns.echoes.items()}
    said = [_echo(columns, place) for place in range(rows.height)]
    told = pl.DataFrame([rows["row"], pl.Series("echo", said, pl.String)])
    return places.select("row").join(told, on="row", how="left", maintain_order="left")["echo"]


def _echo(columns: dict[str, pl.Series], place: int) -> str | None:
    cells = {name: cell(words[place]) for name, words in columns.items()}
    said = {name: str(value) for name, value in cells.items() if value not in (None, "")}
    return json.dumps(said, ensure_ascii=False) if said else None


def _finding(kept: Sequence[Any]) -> Finding:
    finding = dict(zip(KEPT, kept, strict=True))
    return Finding(**{**finding, "echo": json.loads(finding["echo"] or "{}")})


def _table(found: Iterable[Finding]) -> pl.DataFrame:
    import polars as pl

    schema = dict.fromkeys(KEPT, pl.String) | {"row": pl.UInt32}
    return pl.DataFrame(list(map(_record, found)), schema=schema, orient="row")


def _place(finding: Finding) -> tuple[int, int, str, str]:
    return finding.row or 0, len(finding.column or ""), finding.column or "", finding.rule


def _record(finding: Finding) -> tuple[Any, ...]:
    echo = json.dumps(dict(finding.echo), ensure_ascii=False) if finding.echo else None
    return (*(getattr(finding, name) for name in KEPT[:-1]), echo)


def _critical() -> list[str]:
    return [code for code, rule in rule_book().rules.items() if rule.severity == "critical"]
