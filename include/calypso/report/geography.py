"""The geography of the map: where every administration lies on it, however small, and where what lies beyond it.

Outlines come from Natural Earth (outline.json), places from places.yml. What lies beyond the map is shown on its edge,
in the direction in which it lies.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from calypso.declarations import Declared, load
from calypso.registry import administrations

ROOM = Path(__file__).parent
WIDTH, HEIGHT = 400, 350
WEST, SOUTH, EAST = -90.5, 3.0, -51.0  # the edges in degrees, at which the outlines are cut; the north is by the height
MARGIN = 14  # between the edge and what lies beyond it
APART = 18  # of two names on an edge
ROUTES = 14  # shown of each direction, those with most cases first

Point = tuple[float, float]


class Place(Declared):
    """Where an administration lies, and where its sign stands if that is elsewhere: degrees east and north."""

    at: tuple[float, float]
    mark: tuple[float, float] | None = None


class _Places(Declared):
    places: Mapping[str, Place]


@dataclass(frozen=True)
class Route:
    """One way that goods went, in ISO alpha-3 codes, with the number of cases."""

    departure: str
    destination: str
    cases: int


@cache
def places() -> Mapping[str, Place]:
    """Return the place of every administration; one without any is refused."""
    found = load(ROOM / "places.yml", _Places).places
    if missing := set(administrations()) - set(found):
        raise ValueError(f"places.yml gives no place to {', '.join(sorted(missing))}")
    return found


def ways(routes: Iterable[Route]) -> list[Route]:
    """Return the routes that the map can show, those with most cases first: territories by their administration."""
    cases: Counter[tuple[str, str]] = Counter()
    for route in routes:
        ends = _home().get(route.departure, route.departure), _home().get(route.destination, route.destination)
        if ends[0] != ends[1]:
            cases[ends] += route.cases
    found = sorted(cases.items(), key=lambda one: (-one[1], one[0]))
    return [Route(*ends, count) for ends, count in found[:ROUTES]]


def position(point: Sequence[float]) -> Point:
    """Return where a point of the earth lies on the map, in pixels from its upper left corner (Mercator)."""
    scale = WIDTH / (EAST - WEST)
    east, north = point
    return round((east - WEST) * scale, 1), round(HEIGHT - (_mercator(north) - _mercator(SOUTH)) * scale, 1)


def _mercator(north: float) -> float:
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(min(north, 80)) / 2)))


def ends(code: str) -> tuple[Sequence[float], Sequence[float]]:
    """Return where an administration lies and where its sign stands, in degrees."""
    place = places()[code]
    return place.at, place.mark or place.at


@cache
def outline() -> Any:
    """Return the outlines of the land and the middle of each country, in degrees (GeoJSON)."""
    return json.loads((ROOM / "outline.json").read_text(encoding="utf-8"))


@cache
def _home() -> Mapping[str, str]:
    """Return the administration that each territory belongs to."""
    return {territory: code for code, office in administrations().items() for territory in office.territories}


def stations(routes: Sequence[Route]) -> dict[str, Point]:
    """Return where each end of the routes lies: at its administration's sign, on land, or on the edge."""
    codes = sorted({code for route in routes for code in (route.departure, route.destination)})
    found: dict[str, Point] = {}
    beyond: dict[str, Point] = {}
    for code in codes:
        if code in places():
            found[code] = position(ends(code)[1])
        elif code in outline()["centres"]:
            x, y = position(outline()["centres"][code])
            inside = MARGIN < x < WIDTH - MARGIN and MARGIN < y < HEIGHT - MARGIN
            (found if inside else beyond)[code] = (x, y)
        else:
            beyond[code] = (WIDTH * 2.0, HEIGHT / 2)
    return found | _on_the_edge(beyond)


def _on_the_edge(beyond: Mapping[str, Point]) -> dict[str, Point]:
    """Return where the way from the middle to each point leaves the map, those on one edge apart from each other."""
    middle = WIDTH / 2, HEIGHT / 2
    edges: dict[tuple[str, float], list[tuple[float, str]]] = {}
    for code, (x, y) in beyond.items():
        reach_x, reach_y = (
            (WIDTH / 2 - MARGIN) / max(abs(x - middle[0]), 1),
            (HEIGHT / 2 - MARGIN) / max(abs(y - middle[1]), 1),
        )
        reach = min(reach_x, reach_y)
        left = (middle[0] + (x - middle[0]) * reach, middle[1] + (y - middle[1]) * reach)
        upright = reach_x < reach_y
        edge = ("x", round(left[0])) if upright else ("y", round(left[1]))
        edges.setdefault(edge, []).append((left[1] if upright else left[0], code))
    found = {}
    for (axis, at), along in edges.items():
        gap, length = (APART, HEIGHT) if axis == "x" else (APART * 2.4, WIDTH)
        for place, code in _apart(sorted(along), gap, length):
            found[code] = (float(at), place) if axis == "x" else (place, float(at))
    return found


def _apart(along: Sequence[tuple[float, str]], gap: float, length: float) -> list[tuple[float, str]]:
    """Push apart what stands closer than `gap` along an edge, and back within its length."""
    pushed, last = [], -math.inf
    for place, code in along:
        last = max(place, last + gap)
        pushed.append((last, code))
    over = max(0.0, last - (length - MARGIN)) if pushed else 0.0
    return [(round(place - over, 1), code) for place, code in pushed]


def bow(start: Point, end: Point) -> list[Point]:
    """Return a way bent to its left, so that there and back are two lines; it ends a little before its end."""
    (x0, y0), (x1, y1) = start, end
    bent = (x0 + x1) / 2 + (y1 - y0) * 0.16, (y0 + y1) / 2 - (x1 - x0) * 0.16
    length = max(math.dist(start, end), 1)
    until = max(0.5, 1 - 6 / length)
    return [
        (
            round((1 - t) ** 2 * x0 + 2 * t * (1 - t) * bent[0] + t**2 * x1, 1),
            round((1 - t) ** 2 * y0 + 2 * t * (1 - t) * bent[1] + t**2 * y1, 1),
        )
        for t in (until * step / 12 for step in range(13))
    ]
