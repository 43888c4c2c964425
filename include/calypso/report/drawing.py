"""A drawing is a chart as SVG, made without a browser: one visual language for all, and the same bytes each time.

Blue and orange are told apart by those who are colour-blind, and neither says anything alone. Texts are measured by
Liberation Sans, which vl-convert carries and which is as wide as Arial: a reader's Arial or Helvetica fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from calypso.legible import each_text, spaced

if TYPE_CHECKING:
    import altair

INK, QUIET, LINE, WASH, LAND = "#1b1f24", "#505a66", "#c9d0d8", "#f3f5f8", "#e3e7ec"
BLUE, ORANGE, PALE = "#0b5394", "#b84a00", "#a9c4de"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

Rows = Sequence[Mapping[str, object]]
Spec = Mapping[str, Any]  # a chart in Vega-Lite's words, without its rows

_THEME: Mapping[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "aria": False,  # the drawing has one text for all it shows
    "padding": 2,
    "view": {"stroke": "transparent"},
    "text": {"color": INK, "fontSize": 11},
}


# Only what stands in a tag is changed: a text may look like an attribute.
_TAG = re.compile(r"<[^<>]*>")
_NEEDLESS = re.compile(r' (?:role|aria-[a-z]+|class|pointer-events)="[^"]*"')
_DEFINED = re.compile(r'\bid="([^"]+)"')
_REFERRED = re.compile(r'(\bid="|url\(#|href="#)([^")]+)')


@dataclass(frozen=True)
class Drawing:
    """A chart as an SVG of its own, with what it shows in words for those who do not see it."""

    svg: str
    says: str
    width: int
    height: int


def of(data: str) -> altair.Chart:
    """Return a chart of rows that `draw` is given under this name: Altair would check each of them, slowly."""
    import altair

    return altair.Chart(altair.NamedData(data))


def spec(chart: altair.LayerChart | altair.FacetChart, **always: Rows) -> Spec:
    """Return what a chart is without its rows, but for those that are `always` the same.

    Altair takes far longer over it than the drawing: make it once.
    """
    return {**chart.to_dict(), "config": _THEME, "datasets": always}


def draw(chart: Spec, data: Mapping[str, Rows], name: str, says: str) -> Drawing:
    """Draw a chart of rows. `name` keeps what it defines apart from other drawings on one page."""
    says, rows = spaced(says), {**chart["datasets"], **each_text(dict(data), spaced)}
    drawn, width, height = _drawn(json.dumps({**chart, "datasets": rows}), name)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(says)}" viewBox="0 0 {width} {height}"'
    )
    return Drawing(f"{head}>{drawn}", says, width, height)


@lru_cache(maxsize=64)
def _drawn(spec: str, name: str) -> tuple[str, int, int]:
    """Return what stands within the SVG of a specification, its width and height; of a map it serves all languages."""
    drawn = _svg(spec)
    width, height = (int(size) for size in re.findall(r'\b(?:width|height)="([0-9]+)"', drawn)[:2])
    # What it defines is named by a counter of the process: here by the drawing, the same each time.
    named = {given: f"{name}-{no}" for no, given in enumerate(_DEFINED.findall("".join(_TAG.findall(drawn))))}
    plain = _TAG.sub(lambda tag: _REFERRED.sub(lambda at: at[1] + named[at[2]], _NEEDLESS.sub("", tag[0])), drawn)
    return plain.partition(">")[2], width, height


@lru_cache(maxsize=64)
def _svg(spec: str) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec))
