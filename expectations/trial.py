"""A trial puts a body's cells and rows before Great Expectations, and tells which rows break which rule."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import great_expectations as gx
from great_expectations.data_context.types.base import DataContextConfig, InMemoryStoreBackendDefaults

from calypso.ahead import ahead
from calypso.body import Body
from calypso.history import Archive
from expectations.cells import cells
from expectations.check import Check
from expectations.context import Context
from expectations.grounds import FEW, Ground, Rows, grounds

if TYPE_CHECKING:
    import pandas
    import polars as pl
    from great_expectations.core.batch_definition import BatchDefinition
    from great_expectations.datasource.fluent.interfaces import Batch

logging.getLogger("great_expectations").setLevel(logging.WARNING)


class Suite(Protocol):
    """The checks of one dataset."""

    def cell_checks(self) -> Sequence[Check]:
        """Return every check on one filled cell."""

    def row_checks(self) -> Sequence[Check]:
        """Return every check on one row."""


class JudgementError(RuntimeError):
    """Great Expectations did not answer in full; nothing of its answer may be used."""


def broken(body: Body, suite: Suite, few: int = FEW, archive: Archive | None = None) -> Iterator[pl.DataFrame]:
    """Yield the places that break each check: position of the row in the body (`at`), rule, field, expected.

    The archive tells what was received before; without it nothing is said of what needs to know that.
    """
    batches = _batches()
    for question in ahead(_questions(body, suite, few, archive)):
        for check, places in _answers(question.told, question.checks, batches):
            yield from question.where(check, places)


@dataclass(frozen=True)
class _Question:
    """What is put before Great Expectations at once: a frame, the checks on it, and where in the body a place is."""

    told: pandas.DataFrame
    checks: Sequence[Check]
    where: Callable[[Check, Sequence[int]], Iterator[pl.DataFrame]]


def _questions(body: Body, suite: Suite, few: int, archive: Archive | None) -> Iterator[_Question]:
    of_cells = cells(body)
    yield _Question(of_cells, suite.cell_checks(), partial(_of_cells, body, of_cells))
    rows = Rows(body, archive)
    for ground in grounds(rows, suite.row_checks(), few):
        told = ground.context(body)
        yield _Question(told.frame(_columns(ground.checks)), ground.checks, partial(_of_rows, rows, ground, told))


def _of_rows(rows: Rows, ground: Ground, told: Context, check: Check, places: Sequence[int]) -> Iterator[pl.DataFrame]:
    yield _named(ground.where(rows, _expected(check, places, told)), check.rule, check.field or "")


def _of_cells(body: Body, told: pandas.DataFrame, check: Check, places: Sequence[int]) -> Iterator[pl.DataFrame]:
    wrong = told.iloc[places]
    for field, few in wrong.groupby("field", sort=False):
        records = few.to_dict("records")
        said = check.expected
        expected = [said(record) if callable(said) else said for record in records]
        yield _named(_rows_with(body, str(field), records, expected), check.rule, str(field))


def _columns(checks: Sequence[Check]) -> list[str]:
    return list(dict.fromkeys(column for check in checks for column in check.columns))


def _expected(check: Check, places: Sequence[int], told: Context) -> pl.DataFrame:
    """Return places with what was expected there."""
    import polars as pl

    said = check.expected
    expected = [said(_At(told, place)) for place in places] if callable(said) else [said] * len(places)
    return pl.DataFrame({"place": places, "expected": expected}, schema={"place": pl.UInt32, "expected": pl.String})


class _At(Mapping[str, Any]):
    """One row of a context, each column made when it is asked for."""

    def __init__(self, told: Context, place: int) -> None:
        self.told, self.place = told, place

    def __getitem__(self, name: str) -> Any:
        return self.told[name][self.place]

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a context has columns without end")

    def __len__(self) -> int:
        raise TypeError("a context has columns without end")


def _rows_with(
    body: Body, field: str, records: Sequence[Mapping[str, Any]], expected: Sequence[str | None]
) -> pl.DataFrame:
    """Return the rows that hold some distinct cells of a field, with what was expected."""
    import polars as pl

    frame = body.frame.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), "office")
    if field in body.entries:
        frame = frame.with_columns(body.frame[field].alias("entry"))
        wrong = pl.DataFrame({"entry": pl.Series([record["entry"] for record in records], dtype=pl.UInt32)})
        on = ["entry"]
    else:
        frame = frame.with_columns(body.given(field).alias("given"))
        if body.contract.fields[field].type == "decimal":  # what was read may look the same: 1.5 as a workbook's number
            frame = frame.filter(body.frame[field].is_null())
        wrong = pl.DataFrame(
            {
                "given": pl.Series([record["given"] for record in records], dtype=pl.String),
                "office": pl.Series([record["office"] for record in records], dtype=pl.UInt32),
            }
        )
        on = ["given", "office"]
    wrong = wrong.with_columns(pl.Series("expected", expected, dtype=pl.String))
    return frame.join(wrong, on=on, how="inner").select("at", "expected")


def _named(places: pl.DataFrame, rule: str, field: str) -> pl.DataFrame:
    import polars as pl

    return places.select("at", pl.lit(rule).alias("rule"), pl.lit(field).alias("field"), "expected")


def _answers(
    frame: pandas.DataFrame, checks: Sequence[Check], batches: BatchDefinition
) -> Iterable[tuple[Check, list[int]]]:
    """Return each check that some rows break, with their positions.

    Those with a condition are judged apart, on their own columns: to apply one takes longer the more columns there are.
    """
    if frame.empty:
        return []
    asked = [check for check in checks if check.has_something_to_judge(frame)]
    found: dict[int, list[int]] = {}
    for conditional in (False, True):
        group = [check for check in asked if (check.expectation.row_condition is not None) is conditional]
        if group:
            found.update(zip(map(id, group), unexpected(frame[_columns(group)], group, batches), strict=True))
    return [(check, found[id(check)]) for check in asked if found[id(check)]]


def _batches() -> BatchDefinition:
    """Return what makes batches of frames, in a session of its own that writes nothing down."""
    # Without its documentation site, for which every session would leave a folder behind.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    session = gx.get_context(mode="ephemeral", project_config=DataContextConfig(store_backend_defaults=stores))
    session.variables.progress_bars = {"globally": False}
    asset = session.data_sources.add_pandas("submissions").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")


def unexpected(
    frame: pandas.DataFrame, checks: Sequence[Check], batches: BatchDefinition | None = None
) -> Iterator[list[int]]:
    """Yield for each check the positions of the rows that break it; as many as Great Expectations counted.

    It is first asked which checks hold, and only of those that do not for the rows: to name them takes it longer than
    to count them, and most checks hold.
    """
    batch = (batches or _batches()).get_batch(batch_parameters={"dataframe": frame})
    holds = [result.success for result in _results(batch, checks, "BOOLEAN_ONLY")]
    doubtful = [check for check, held in zip(checks, holds, strict=True) if not held]
    results = iter(_results(batch, doubtful, "COMPLETE"))
    for check, held in zip(checks, holds, strict=True):
        yield [] if held else _rows_of(next(results), check)


def _results(batch: Batch, checks: Sequence[Check], detail: str) -> list[Any]:
    """Return what Great Expectations answers to each check, in their order."""
    if not checks:
        return []
    told = gx.ExpectationSuite("submissions")
    for number, check in enumerate(checks):
        told.expectations.append(check.expectation.copy(update={"id": None, "meta": {"check": number}}))
    answer = batch.validate(told, result_format={"result_format": detail})
    results = {result.expectation_config.meta["check"]: result for result in answer.results}
    return [results[number] for number in range(len(checks))]


def rehearse() -> None:
    """Let Great Expectations judge one cell, which makes it ready; polars stays unused, so a process may fork."""
    import pandas

    check = Check("S014", None, gx.expectations.ExpectColumnValuesToNotMatchRegex(column="given", regex="^="))
    list(unexpected(pandas.DataFrame({"given": ["1"]}), [check]))


def _rows_of(result: Any, check: Check) -> list[int]:
    if "unexpected_count" not in result.result:
        raise JudgementError(f"rule {check.rule} on {check.field} was not judged: {result.exception_info}")
    indexes = [int(index) for index in result.result.get("unexpected_index_list") or []]
    if len(indexes) != result.result["unexpected_count"]:
        raise JudgementError(
            f"rule {check.rule} on {check.field}: {result.result['unexpected_count']} rows counted, "
            f"{len(indexes)} pointed out"
        )
    return indexes
