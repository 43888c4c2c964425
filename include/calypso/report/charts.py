"""The charts of the report: how a figure went day by day, and by which methods cases were found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from calypso.report.drawing import BLUE, INK, PALE, QUIET, Drawing, draw, of

if TYPE_CHECKING:
    from decimal import Decimal

SIDES: Sequence[tuple[Literal["left", "center", "right"], int]] = (("left", -8), ("center", 0), ("right", 8))
WIDTH = 300  # of a chart that stands beside others, and alone on a phone


def by_day(name: str, days: Sequence[tuple[date, Decimal, str]], says: str) -> Drawing:
    """Draw a value for each day as bars, the last of them strong; only it and the highest are written out.

    `days` are the days, their values and how those are written.
    """
    import altair as alt

    highest = max(range(len(days)), key=lambda place: days[place][1])
    told = {len(days) - 1, highest} if days[highest][1] else set()
    rows = [
        {
            "no": no,
            "day": day.day,
            "value": float(value),
            "text": text if no in told else "",
            "last": no == len(days) - 1,
            "side": _side(no, len(days)),
        }
        for no, (day, value, text) in enumerate(days)
    ]
    top = max(float(days[highest][1]), 1)
    x = alt.X("no:O", axis=None, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[0, top * 1.22]))
    base = of("rows").encode(x=x)
    bars = base.mark_bar().encode(y=y, color=alt.condition("datum.last", alt.value(BLUE), alt.value(PALE)))
    values = [
        base.transform_filter(f"datum.side == '{side}'").mark_text(align=side, dx=dx, dy=-7).encode(y=y, text="text:N")
        for side, dx in SIDES
    ]
    every = max(1, -(-len(rows) // 11))  # days that are named, the last among them
    named = (
        base.transform_filter(f"({len(rows) - 1} - datum.no) % {every} == 0")
        .mark_text(baseline="top", dy=4, color=QUIET)
        .encode(y=alt.value(84), text="day:Q")
    )
    ground = base.mark_rule(color=QUIET).encode(y=alt.value(84), x=alt.value(0), x2=alt.value(WIDTH))
    return draw(alt.layer(bars, *values, ground, named).properties(width=WIDTH, height=84), {"rows": rows}, name, says)


def by_method(name: str, methods: Sequence[tuple[str, int, int, str]], says: str) -> Drawing:
    """Draw the cases of each method as bars, the part of them that ended as a seizure strong.

    `methods` are the method in words, its cases, its seizures, and how these are written.
    """
    import altair as alt

    rows = [
        {"no": no, "method": method, "cases": cases, "seizures": seizures, "text": text}
        for no, (method, cases, seizures, text) in enumerate(methods)
    ]
    band = alt.Y("no:O", axis=None, scale=alt.Scale(paddingInner=0.7, paddingOuter=0.45))
    scale = alt.Scale(domain=[0, max([1, *(cases for _, cases, _, _ in methods)])])
    base = of("rows").encode(y=band)
    bars = base.mark_bar(color=PALE).encode(x=alt.X("cases:Q", axis=None, scale=scale))
    hits = base.mark_bar(color=BLUE).encode(x=alt.X("seizures:Q", axis=None, scale=scale))
    words = base.mark_text(align="left", dy=-12, color=INK).encode(x=alt.value(0), text="method:N")
    numbers = base.mark_text(align="right", dy=-12, color=QUIET).encode(x=alt.value(WIDTH), text="text:N")
    chart = alt.layer(bars, hits, words, numbers).properties(width=WIDTH, height=max(1, len(rows)) * 34)
    return draw(chart, {"rows": rows}, name, says)


def _side(no: int, days: int) -> Literal["left", "center", "right"]:
    """Return on which side of its bar a text begins, so that it stays within the chart."""
    return "left" if no < days / 5 and days > 5 else "right" if no >= days * 4 / 5 or days <= 5 else "center"
