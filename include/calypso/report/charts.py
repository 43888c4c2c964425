"""The charts of reports: how a figure went day by day, by which methods cases were found, what came in and went out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from calypso.report.drawing import BLUE, INK, LINE, ORANGE, PALE, QUIET, WASH, Drawing, draw, of

if TYPE_CHECKING:
    from decimal import Decimal

SIDES: Sequence[tuple[Literal["left", "center", "right"], int]] = (("left", -8), ("center", 0), ("right", 8))
SIDES_OF_ENDS: Sequence[tuple[Literal["left", "right"], int]] = (("right", -4), ("left", 4))
WIDTH = 300  # of a chart that stands beside others, and alone on a phone


def by_day(name: str, days: Sequence[tuple[date, Decimal, str]], says: str, *, whole: bool = False) -> Drawing:
    """Draw a value for each day as bars, the last of them strong; only it and the highest are written out.

    `days` are the days, their values and how those are written. Of a `whole` period every day is as strong.
    """
    import altair as alt

    highest = max(range(len(days)), key=lambda place: days[place][1], default=0)
    top = max(float(days[highest][1]), 1) if days else 1
    told = set() if not days or not days[highest][1] else {highest} if whole else {len(days) - 1, highest}
    rows = [
        {
            "no": no,
            "day": day.day,
            "value": float(value),
            "text": text if no in told else "",
            "strong": whole or no == len(days) - 1,
            "side": _side(no, len(days)),
        }
        for no, (day, value, text) in enumerate(days)
    ]
    x = alt.X("no:O", axis=None, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(domain=[0, top * 1.22]))
    base = of("rows").encode(x=x)
    bars = base.mark_bar().encode(y=y, color=alt.condition("datum.strong", alt.value(BLUE), alt.value(PALE)))
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


def by_method(name: str, methods: Sequence[tuple[str, float, float, str]], says: str) -> Drawing:
    """Draw the cases of each method as bars, the part of them that ended as a seizure strong.

    `methods` are the method in words, its cases, its seizures, and how these are written; so with any wholes and parts.
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


PARTS = {"export": ORANGE, "transit": PALE, "internal": LINE, "not_stated": WASH, "import": BLUE}
BROAD = 340  # of a chart with a middle


@dataclass(frozen=True)
class Way:
    """A commodity: its name, its amount in words, and by direction its share of the whole, also in words."""

    name: str
    amount: str
    shares: Mapping[str, tuple[float, str]]


def in_and_out(name: str, goods: Sequence[Way], says: str) -> Drawing:
    """Draw how much of each commodity went out (left) and came in (right); what did neither lies in the middle.

    Each bar is the whole of a commodity.
    """
    import altair as alt

    segments: list[dict[str, object]] = []
    ends: list[dict[str, Any]] = []
    for no, way in enumerate(goods):
        middle = sum(share for part, (share, _) in way.shares.items() if part not in ("export", "import"))
        at = -middle / 2 - way.shares["export"][0]
        ends.append({"no": no, "x": at, "text": way.shares["export"][1], "side": "right", "shown": at < -middle / 2})
        for part, colour in PARTS.items():
            share, _ = way.shares.get(part, (0, ""))
            if share:
                segments.append({"no": no, "from": at, "to": at + share, "colour": colour})
            at += share
        ends.append({"no": no, "x": at, "text": way.shares["import"][1], "side": "left", "shown": at > middle / 2})
    words = [{"no": no, "name": way.name, "amount": way.amount} for no, way in enumerate(goods)]
    y = alt.Y("no:O", axis=None, scale=alt.Scale(domain=list(range(len(goods))), paddingInner=0.62, paddingOuter=0.4))
    reach = max([0.5, *(abs(end["x"]) for end in ends)]) * 1.25  # with room for what is written at the ends
    scale = alt.Scale(domain=[-reach, reach])
    x = alt.X("from:Q", axis=None, scale=scale)
    of_words = of("words").encode(y=y)
    layers = [
        of("segments")
        .mark_bar(stroke="white", strokeWidth=0.8)
        .encode(y=y, x=x, x2="to:Q", color=alt.Color("colour:N", scale=None)),
        of_words.mark_text(align="left", dy=-14, color=INK).encode(x=alt.value(0), text="name:N"),
        of_words.mark_text(align="right", dy=-14, color=QUIET).encode(x=alt.value(BROAD), text="amount:N"),
        *(
            of("ends")
            .transform_filter(f"datum.shown && datum.side == '{side}'")
            .mark_text(align=side, dx=dx)
            .encode(y=y, x=alt.X("x:Q", axis=None, scale=scale), text="text:N")
            for side, dx in SIDES_OF_ENDS
        ),
    ]
    chart = alt.layer(*layers).properties(width=BROAD, height=max(1, len(goods)) * 40)
    return draw(chart, {"segments": segments, "ends": ends, "words": words}, name, says)


def _side(no: int, days: int) -> Literal["left", "center", "right"]:
    """Return on which side of its bar a text begins, so that it stays within the chart."""
    return "left" if no < days / 5 and days > 5 else "right" if no >= days * 4 / 5 or days <= 5 else "center"
