"""Cases are alike where they say the same of when, where and what: one event, it seems, under two references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from calypso.body import Body
from calypso.history import SIGHTED
from expectations.past import Past

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("_alike", "_alike_before")
WHERE = ("place", "conveyance", "consignment_ref")  # texts, one of which at least must tell the event from others
CASE = ["submission", "case_ref"]


def columns(body: Body, past: Past | None) -> pl.DataFrame:
    """Return what S056 and S057 look at for each row of a body, on the first row of a case that is like another.

    `_alike`: the reference of the first case of the same file that is alike. `_alike_before`: that of one in a file
    received before, with the day it was reported for.
    """
    import polars as pl

    rows, taken_back = _rows(body)
    places = pl.DataFrame({"at": pl.int_range(body.frame.height, dtype=pl.UInt32, eager=True)})
    for name, found in zip(COLUMNS, (_within(rows), _before(rows, taken_back, body, past)), strict=True):
        places = places.join(found.rename({"other": name}), on="at", how="left", maintain_order="left")
    return places.select(COLUMNS)


def _rows(body: Body) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that report a case as new, as they are compared, and the cases that a file takes back.

    `told`: whether a text tells its event from others. A case that its own file takes back is left out.
    """
    import polars as pl

    said = pl.DataFrame(
        [
            pl.int_range(body.frame.height, dtype=pl.UInt32, eager=True).alias("at"),
            body.frame["submission"],
            body.frame["case_ref"],
            *(body.written(name) for name in ("action", *SIGHTED)),
        ]
    )
    taken_back = said.filter(action="cancel").select(CASE).unique()
    kept = said.filter(pl.col("action") == "new", pl.col("event_date").is_not_null(), pl.col("case_ref").is_not_null())
    kept = kept.join(taken_back, on=CASE, how="anti") if taken_back.height else kept
    quantity = pl.col("quantity").cast(pl.Float64)  # 2.50 is 2.5
    told = pl.any_horizontal(pl.col(name).is_not_null() for name in WHERE)
    return kept.with_columns(quantity, told=told), taken_back


def _cases(rows: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """Return the cases of rows: their key, their first row, and one text that is the same for cases that are alike."""
    import polars as pl

    hashed = rows.select(*key, "at", rows.select(SIGHTED).hash_rows().cast(pl.String).alias("hash"))
    return hashed.group_by(key).agg(pl.col("at").min(), pl.col("hash").sort().str.join(",").alias("sight"))


def _within(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the first rows of cases that are like an earlier one of their file, with its reference."""
    import polars as pl

    twice = rows.select("submission", rows.select(SIGHTED).hash_rows().alias("hash")).is_duplicated()
    cases = _cases(_whole(rows, rows.filter(twice & rows["told"])), CASE)
    first = pl.col("case_ref").sort_by("at").first().over("submission", "sight").alias("other")
    return cases.with_columns(first).filter(pl.col("other") != pl.col("case_ref")).select("at", "other")


def _before(rows: pl.DataFrame, taken_back: pl.DataFrame, body: Body, past: Past | None) -> pl.DataFrame:
    """Return the first rows of cases that are like one of a file received before, with its reference and day."""
    import polars as pl

    schema = {"at": pl.UInt32, "other": pl.String}
    told = rows.filter("told")
    if past is None or not past.told or not told.height:
        return pl.DataFrame(schema=schema)
    texts = pl.concat([told[name].drop_nulls() for name in WHERE]).unique().to_list()
    found = past.archive.sightings(past.told, told["event_date"].unique().to_list(), texts)
    types = {"submission_id": pl.String, "case_ref": pl.String} | {name: rows.schema[name] for name in SIGHTED}
    seen = pl.DataFrame(found, schema=types, orient="row").with_row_index("at")
    mine = _cases(_whole(rows, told.join(seen.select(SIGHTED), on=SIGHTED, how="semi", nulls_equal=True)), CASE)
    theirs = _cases(seen, ["submission_id", "case_ref"]).drop("at").rename({"case_ref": "other"})
    pairs = mine.join(theirs, on="sight").filter(pl.col("case_ref") != pl.col("other"))
    pairs = pairs.join(taken_back, left_on=["submission", "other"], right_on=CASE, how="anti")
    alike = [
        (at, f"{other} ({past.files[key].day})")
        for at, number, other, key in pairs.select("at", "submission", "other", "submission_id").rows()
        if _precedes(past, key, body.readings[number].submission.submission_id)
    ]
    return pl.DataFrame(sorted(alike), schema=schema, orient="row").unique("at", keep="first")


def _whole(rows: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    """Return all rows of the cases that some rows belong to."""
    return rows.join(some.select(CASE).unique(), on=CASE, how="semi")


def _precedes(past: Past, key: str, own: str) -> bool:
    """Tell whether a file is of the same sender, about another day, and was received before."""
    theirs, mine = past.files[key], past.own[own]
    return theirs.administration == mine.administration and theirs.about != mine.about and theirs.before(mine)
