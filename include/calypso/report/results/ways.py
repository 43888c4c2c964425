"""The ways are what comes in and what goes out: each commodity by direction, and by its routes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from calypso.report import routes as of_reports
from calypso.report.results.figures import leading
from calypso.report.results.results import Results, Row
from calypso.report.results.words import Map, words
from calypso.report.wording import Wording

Told = dict[str, Any]

DIRECTIONS = ("import", "export", "transit", "internal", "not_stated")
CASES = 5  # with both ends of their route, from which on a map of a commodity says something


def directions(results: Results, say: Wording) -> Told:
    """Return each commodity with its amount, its share and its cases by direction."""
    named = [None if one == "not_stated" else one for one in DIRECTIONS]
    heads = [{"direction": one, "label": _direction(one, say)} for one in DIRECTIONS]
    rows = [_commodity(results, name, say) for name in words().commodities]
    stated = any(row["cells"][DIRECTIONS.index("not_stated")]["share"] for row in rows)
    if not stated:  # a column of nothing says nothing
        heads, named = heads[:-1], named[:-1]
        for row in rows:
            row["cells"] = row["cells"][:-1]
    return {"heads": heads, "rows": rows}


def _direction(direction: str, say: Wording) -> str:
    return say.code("direction", None if direction == "not_stated" else direction)


def _commodity(results: Results, name: str, say: Wording) -> Told:
    found: Mapping[str, Row] = {row["direction"]: row for row in results.directions if row["figure"] == name}
    figure = results.edition.figures[name]
    whole = sum((row["amount"] for row in found.values()), Decimal(0))
    cells = []
    for direction in DIRECTIONS:
        row = found.get(direction, {"amount": Decimal(0), "cases": 0})
        share = row["amount"] / whole if whole else Decimal(0)
        cells.append({
            "direction": direction,
            "label": _direction(direction, say),
            "amount": say.measured(row["amount"], figure["unit"]) if row["cases"] else "–",
            "cases": say("cases_count", cases=say.number(row["cases"])) if row["cases"] else "",
            "share": float(share),
            "percent": say.percent(share),
        })  # fmt: skip
    return {
        "figure": name,
        "label": results.labels[name][say.language],
        "amount": say.measured(figure["value"], figure["unit"]),
        "cases": say("cases_count", cases=say.number(figure["cases"])),
        "cells": cells,
        "leads": leading(results, name, say),
    }


def routes(results: Results, say: Wording) -> list[Told]:
    """Return the routes of each map of which enough cases tell both ends, those with most cases first."""
    told = [
        {
            "map": name,
            "label": _label(results, one, say),
            **of_reports.told([row for row in results.routes if row["map"] == name], say),
        }
        for name, one in words().maps.items()
    ]
    return [one for one in told if sum(route["cases"] for route in one["shown"]) >= CASES]


def _label(results: Results, one: Map, say: Wording) -> str:
    """Return what a map is called: as its one figure, or by a name of its own."""
    return one.label[say.language] if one.label else results.labels[one.figures[0]][say.language]
