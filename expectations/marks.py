"""A decimal mark before exactly three digits may be meant for thousands, where the file does not show otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calypso.body import Body
from calypso.plain import SPACE
from calypso.reading import Reading
from calypso.registry import administrations
from expectations.past import Past

if TYPE_CHECKING:
    import polars as pl

FIELDS = ("quantity", "value")
COLUMNS = tuple(f"_thousands_{field}" for field in FIELDS)


def columns(body: Body, past: Past | None) -> pl.DataFrame:
    """Return what S055 looks at for each row of a body: the number that would be meant, had the mark grouped thousands.

    A file in which any number of the field has three decimals and cannot be grouped shows that its sender writes three.
    """
    import polars as pl

    return pl.DataFrame(
        [
            pl.concat([_thousands(reading, field) for reading in body.readings]).alias(f"_thousands_{field}")
            for field in FIELDS
        ]
    )


def _thousands(reading: Reading, field: str) -> pl.Series:
    import polars as pl

    nothing = pl.repeat(None, len(reading.rows), dtype=pl.String, eager=True)
    position = reading.columns.fields.get(field)
    if position is None:
        return nothing
    mark = administrations()[reading.submission.administration].decimal_mark
    three = rf"{re.escape(mark)}[0-9]{{3}}$"
    words = reading.rows.column(position).str.strip_chars(SPACE)  # a number of a workbook has no mark of its sender's
    if words.str.contains(rf"^[+-]?(?:0[0-9]*|[0-9]{{4,}}){three}").any():
        return nothing
    seems = words.str.contains(rf"^[+-]?[1-9][0-9]{{0,2}}{three}").fill_null(False)
    return words.set(~seems, None).str.replace(mark, "", literal=True)
