"""The charts of reports: a figure day by day, cases by method, what came in and went out, one beside the median."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from calypso.report.drawing import BLUE, INK, LAND, LINE, ORANGE, PALE, QUIET, WASH, Drawing, Spec, draw, of, spec

SIDES: Sequence[tuple[Literal["left", "center", "right"], int]] = (("left", -8), ("center", 0), ("right", 8))
SIDES_OF_ENDS: Sequence[tuple[Literal["left", "right"], int]] = (("right", -4), ("left", 4))
WIDTH = 300  # of a chart that stands beside others, and alone on a phone


def by_day(name: str, days: Sequence[tuple[date, Decimal, str]], says: str, *, whole: bool = False) -> Drawing:
    """Draw a value for each day as bars, the last of them strong; only it and the highest are written out.

    `days` are the days, their values and how those are written. Of a `whole` period every day is as strong.
    """
    highest = max(range(len(days)), key=lambda place: days[place][1], default=0)
    top = max(float(days[highest][1]), 1) if days else 1
    told = set() if not days or not days[highest][1] else {highest} if whole else {len(days) - 1, highest}
    every = max(1, -(-len(days) // 11))  # days that are named, the last among them
    rows = [
        {
            "no": no,
            "day": day.day,
            "named": (len(days) - 1 - no) % every == 0,
            "part": float(value) / top,
            "text": text if no in told else "",
            "strong": whole or no == len(days) - 1,
            "side": _side(no, len(days)),
        }
        for no, (day, value, text) in enumerate(days)
    ]
    return draw(_by_day(), {"rows": rows}, name, says)


@cache
def _by_day() -> Spec:
    import altair as alt

    x = alt.X("no:O", axis=None, scale=alt.Scale(paddingInner=0.25, paddingOuter=0.1))
    y = alt.Y("part:Q", axis=None, scale=alt.Scale(domain=[0, 1.22]))
    base = of("rows").encode(x=x)
    bars = base.mark_bar().encode(y=y, color=alt.condition("datum.strong", alt.value(BLUE), alt.value(PALE)))
    values = [
        base.transform_filter(f"datum.side == '{side}'").mark_text(align=side, dx=dx, dy=-7).encode(y=y, text="text:N")
        for side, dx in SIDES
    ]
    named = (
        base.transform_filter("datum.named")
        .mark_text(baseline="top", dy=4, color=QUIET)
        .encode(y=alt.value(84), text="day:Q")
    )
    ground = base.mark_rule(color=QUIET).encode(y=alt.value(84), x=alt.value(0), x2=alt.value(WIDTH))
    return spec(alt.layer(bars, *values, ground, named).properties(width=WIDTH, height=84))


def by_method(name: str, methods: Sequence[tuple[str, float, float, str]], says: str) -> Drawing:
    """Draw the cases of each method as bars, the part of them that ended as a seizure strong.

    `methods` are the method in words, its cases, its seizures, and how these are written; so with any wholes and parts.
    """
    most = max([1, *(cases for _, cases, _, _ in methods)])
    rows = [
        {"no": no, "method": method, "cases": cases / most, "seizures": seizures / most, "text": text}
        for no, (method, cases, seizures, text) in enumerate(methods)
    ]
    return draw(_by_method(max(1, len(rows))), {"rows": rows}, name, says)


@cache
def _by_method(methods: int) -> Spec:
    import altair as alt

    band = alt.Y("no:O", axis=None, scale=alt.Scale(paddingInner=0.7, paddingOuter=0.45))
    scale = alt.Scale(domain=[0, 1])
    base = of("rows").encode(y=band)
    bars = base.mark_bar(color=PALE).encode(x=alt.X("cases:Q", axis=None, scale=scale))
    hits = base.mark_bar(color=BLUE).encode(x=alt.X("seizures:Q", axis=None, scale=scale))
    words = base.mark_text(align="left", dy=-12, color=INK).encode(x=alt.value(0), text="method:N")
    numbers = base.mark_text(align="right", dy=-12, color=QUIET).encode(x=alt.value(WIDTH), text="text:N")
    return spec(alt.layer(bars, hits, words, numbers).properties(width=WIDTH, height=methods * 34))


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
    segments: list[dict[str, Any]] = []
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
    reach = max([0.5, *(abs(end["x"]) for end in ends)]) * 1.25  # with room for what is written at the ends
    segments = [{**one, "from": one["from"] / reach, "to": one["to"] / reach} for one in segments]
    ends = [{**one, "x": one["x"] / reach} for one in ends]
    return draw(_in_and_out(len(goods)), {"segments": segments, "ends": ends, "words": words}, name, says)


@cache
def _in_and_out(goods: int) -> Spec:
    import altair as alt

    y = alt.Y("no:O", axis=None, scale=alt.Scale(domain=list(range(goods)), paddingInner=0.62, paddingOuter=0.4))
    scale = alt.Scale(domain=[-1, 1])
    of_words = of("words").encode(y=y)
    layers = [
        of("segments")
        .mark_bar(stroke="white", strokeWidth=0.8)
        .encode(y=y, x=alt.X("from:Q", axis=None, scale=scale), x2="to:Q", color=alt.Color("colour:N", scale=None)),
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
    return spec(alt.layer(*layers).properties(width=BROAD, height=max(1, goods) * 40))


def beside_median(
    name: str, rows: Sequence[tuple[str, Decimal | None, Decimal | None, str]], top: Decimal, says: str
) -> Drawing:
    """Draw values as bars, each with the median of all as an upright stroke across its track.

    `rows` are what is measured, its own value, the median (either None where there is none), and how both are written;
    `top` is the value at the right edge.
    """
    told = [
        {"no": no, "label": label, "text": text, "top": 1, "own": _part(own, top), "median": _part(median, top)}
        for no, (label, own, median, text) in enumerate(rows)
    ]
    return draw(_beside_median(max(1, len(told))), {"rows": told}, name, says)


@cache
def _beside_median(rows: int) -> Spec:
    import altair as alt

    band = alt.Y("no:O", axis=None, scale=alt.Scale(paddingInner=0.7, paddingOuter=0.45))
    scale = alt.Scale(domain=[0, 1])
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
    return spec(alt.layer(track, own, halo, stroke, words, numbers).properties(width=WIDTH, height=rows * 38))


def _part(value: Decimal | None, top: Decimal) -> float | None:
    return None if value is None else float(min(max(value, Decimal(0)), top) / top)


def _side(no: int, days: int) -> Literal["left", "center", "right"]:
    """Return on which side of its bar a text begins, so that it stays within the chart."""
    return "left" if no < days / 5 and days > 5 else "right" if no >= days * 4 / 5 or days <= 5 else "center"
