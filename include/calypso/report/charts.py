"""The charts of reports: how a figure went day by day, by which methods cases were found, one beside the median."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from calypso.report.drawing import BLUE, INK, LAND, ORANGE, PALE, QUIET, Drawing, draw, of

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


def beside_median(
    name: str, rows: Sequence[tuple[str, Decimal | None, Decimal | None, str]], top: Decimal, says: str
) -> Drawing:
    """Draw values as bars, each with the median of all as an upright stroke across its track.

    `rows` are what is measured, its own value, the median (either None where there is none), and how both are written;
    `top` is the value at the right edge.
    """
    import altair as alt

    told = [
        {"no": no, "label": label, "text": text, "top": float(top),
         "own": _within(own, top), "median": _within(median, top)}
        for no, (label, own, median, text) in enumerate(rows)
    ]  # fmt: skip
    band = alt.Y("no:O", axis=None, scale=alt.Scale(paddingInner=0.7, paddingOuter=0.45))
    scale = alt.Scale(domain=[0, float(top)])
    base = of("rows").encode(y=band)
    track = base.mark_bar(color=LAND).encode(x=alt.X("top:Q", axis=None, scale=scale))
    own = (
        base.transform_filter("datum.own != null").mark_bar(color=BLUE).encode(x=alt.X("own:Q", axis=None, scale=scale))
    )
    median = base.transform_filter("datum.median != null").encode(x=alt.X("median:Q", axis=None, scale=scale))
    halo, stroke = (
        median.mark_tick(color=color, thickness=thickness, size=18)
        for color, thickness in (("white", 7), (ORANGE, 3))  # it stands out on its own value, too
    )
    words = base.mark_text(align="left", dy=-14, color=INK).encode(x=alt.value(0), text="label:N")
    numbers = base.mark_text(align="right", dy=-14, color=QUIET).encode(x=alt.value(WIDTH), text="text:N")
    chart = alt.layer(track, own, halo, stroke, words, numbers).properties(width=WIDTH, height=max(1, len(told)) * 38)
    return draw(chart, {"rows": told}, name, says)


def _within(value: Decimal | None, top: Decimal) -> float | None:
    return None if value is None else float(min(max(value, Decimal(0)), top))


def _side(no: int, days: int) -> Literal["left", "center", "right"]:
    """Return on which side of its bar a text begins, so that it stays within the chart."""
    return "left" if no < days / 5 and days > 5 else "right" if no >= days * 4 / 5 or days <= 5 else "center"
