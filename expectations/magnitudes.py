"""A magnitude is implausible where it lies far from what its sender has reported before of the same goods and unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calypso.body import Body
from expectations.past import Past
from expectations.rules import rule_book

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("_usual_before",)


def columns(body: Body, past: Past | None) -> pl.DataFrame:
    """Return what S058 looks at for each row of a body: the median before it, where its quantity is far from that.

    Far is a factor of the rule either way; a median of fewer items than it asks for says nothing.
    """
    import polars as pl

    params = rule_book().rules["S058"].params
    factor, least = float(params["factor"]), int(params["least"])
    usual = past.archive.usual(past.told, least) if past and past.told else ()
    if not usual:
        return pl.DataFrame({"_usual_before": pl.repeat(None, body.frame.height, dtype=pl.String, eager=True)})
    kinds = ["office", "goods", "unit", "currency"]
    schema = dict.fromkeys(kinds, pl.String) | {"_usual_before": pl.String}
    medians = pl.DataFrame([(*each[:4], f"{each.median:f}") for each in usual], schema=schema, orient="row")
    far = pl.max_horizontal(pl.col("quantity") / pl.col("median"), pl.col("median") / pl.col("quantity")) >= factor
    return (
        _measured(body)
        .join(medians, on=kinds, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(pl.col("_usual_before").cast(pl.Float64).alias("median"))
        .select(pl.when(far & (pl.col("quantity") > 0)).then("_usual_before"))
    )


def _measured(body: Body) -> pl.DataFrame:
    """Return of each row who states how much of what; the currency belongs to what is counted in money alone."""
    import polars as pl

    offices = pl.Series([office.code for office in body.offices], dtype=pl.String)
    money = [code for code, unit in body.contract.codes["unit"].items() if unit.dimension == "money"]
    said = pl.DataFrame(
        [
            offices.gather(body.frame["office"]).alias("office"),
            *(body.written(name) for name in ("action", "sub_type", "category", "unit", "currency", "quantity")),
        ]
    )
    return said.select(
        "office",
        pl.coalesce("sub_type", "category").alias("goods"),
        "unit",
        pl.when(pl.col("unit").is_in(money)).then("currency").alias("currency"),
        pl.when(pl.col("action") != "cancel").then(pl.col("quantity").cast(pl.Float64)).alias("quantity"),
    )
