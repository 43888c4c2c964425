"""The map shows the Caribbean with every administration in it: who has reported, which way goods went."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from calypso.report.drawing import BLUE, INK, LAND, LINE, ORANGE, QUIET, Drawing, Rows, Spec, draw, of, spec
from calypso.report.geography import HEIGHT, WIDTH, Route, bow, ends, outline, position, stations

if TYPE_CHECKING:
    import altair


@dataclass(frozen=True)
class Sign:
    """How one administration is shown: by its kind (told, nil, silent or open) and the size of what it told."""

    administration: str
    kind: str
    cases: int


def signs(name: str, told: Sequence[Sign], says: str) -> Drawing:
    """Draw who has reported: a full disc has cases, a ring said that there were none, a square is silent."""
    rows = []
    for sign in told:
        at, mark = (position(point) for point in ends(sign.administration))
        rows.append({
            "code": sign.administration.upper(), "kind": sign.kind, "x": mark[0], "y": mark[1],
            "at_x": at[0], "at_y": at[1], "size": 40 + 14 * min(sign.cases, 12), "led": math.dist(at, mark) > 1,
        })  # fmt: skip
    return draw(_signs(), {"signs": rows}, name, says)


@cache
def _signs() -> Spec:
    import altair as alt

    base = of("signs")
    here = {"x": _x("x"), "y": _y("y")}
    led = base.transform_filter("datum.led")
    kinds = {"told": ("circle", BLUE, BLUE), "nil": ("circle", "white", BLUE), "silent": ("square", ORANGE, ORANGE),
             "open": ("circle", "white", QUIET)}  # fmt: skip
    layers = [
        _land(),
        led.mark_rule(color=QUIET, strokeWidth=0.6).encode(x=_x("at_x"), y=_y("at_y"), x2="x:Q", y2="y:Q"),
        led.mark_point(shape="circle", filled=True, size=6, color=INK, opacity=1).encode(x=_x("at_x"), y=_y("at_y")),
        *(
            base.transform_filter(f"datum.kind == '{kind}'")
            .mark_point(shape=shape, filled=True, fill=fill, stroke=stroke, strokeWidth=1.4, opacity=1)
            .encode(**here, size=alt.Size("size:Q", scale=None, legend=None))
            for kind, (shape, fill, stroke) in kinds.items()
        ),
        base.mark_text(align="left", dx=8, fontSize=10.5, fontWeight="bold", color=INK).encode(**here, text="code:N"),
    ]
    return _framed(layers)


def flows(name: str, shown: Sequence[Route], says: str) -> Drawing:
    """Draw which way goods went, the wider the more cases; an arrow points where they were to go."""
    points = stations(shown)
    lines, heads = [], []
    for no, route in enumerate(shown):
        way = bow(points[route.departure], points[route.destination])
        width = min(1 + 0.7 * (route.cases - 1), 6)
        lines += [{"no": no, "step": step, "x": x, "y": y, "width": width} for step, (x, y) in enumerate(way)]
        (x0, y0), (x1, y1) = way[-2:]
        turned = math.degrees(math.atan2(x1 - x0, -(y1 - y0)))
        heads.append({"x": x1, "y": y1, "angle": turned, "size": 26 + 12 * width})
    stops = [{"code": code.upper(), "x": x, "y": y} for code, (x, y) in points.items()]
    return draw(_flows(), {"lines": lines, "heads": heads, "stops": stops}, name, says)


@cache
def _flows() -> Spec:
    import altair as alt

    here = {"x": _x("x"), "y": _y("y")}
    layers = [
        _land(),
        of("lines")
        .mark_line(color=BLUE, opacity=0.75, interpolate="linear")
        .encode(**here, detail="no:N", order="step:Q", strokeWidth=alt.StrokeWidth("width:Q", scale=None, legend=None)),
        of("heads")
        .mark_point(shape="triangle", filled=True, color=BLUE, opacity=1)
        .encode(**here, angle=alt.Angle("angle:Q", scale=None), size=alt.Size("size:Q", scale=None, legend=None)),
        of("stops").mark_point(shape="circle", filled=True, color=INK, size=14, opacity=1).encode(**here),
        of("stops")
        .mark_text(
            dy=-8, fontSize=10.5, fontWeight="bold", color=INK, stroke="white", strokeWidth=2.5, strokeJoin="round"
        )
        .encode(**here, text="code:N"),
        of("stops").mark_text(dy=-8, fontSize=10.5, fontWeight="bold", color=INK).encode(**here, text="code:N"),
    ]
    return _framed(layers)


def _framed(layers: Sequence[Any]) -> Spec:
    import altair as alt

    framed = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT, view=alt.ViewBackground(stroke=LINE))
    return spec(framed, land=_rings())


def _land() -> Any:
    """Return the outlines, each ring of a country a closed line of its own."""
    drawn = of("land").mark_line(filled=True, fill=LAND, stroke="white", strokeWidth=0.5)
    return drawn.encode(x=_x("x"), y=_y("y"), detail="ring:N", order="step:Q")


def _rings() -> Rows:
    return [
        {"ring": f"{feature['id']}{no}", "step": step, "x": x, "y": y}
        for feature in outline()["land"]["features"]
        for no, polygon in enumerate(feature["geometry"]["coordinates"])
        for step, (x, y) in enumerate(map(position, polygon[0]))
    ]


def _x(field: str) -> altair.X:
    import altair as alt

    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, WIDTH], range=[0, WIDTH], zero=False))


def _y(field: str) -> altair.Y:
    import altair as alt

    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, HEIGHT], range=[0, HEIGHT], zero=False))
