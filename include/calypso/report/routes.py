"""Routes are told as a table of all that tell both ends, and drawn as those of them that the map can show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from calypso.report import map
from calypso.report.drawing import Drawing
from calypso.report.geography import Route, places, ways
from calypso.report.wording import Wording


def told(routes: Iterable[Mapping[str, Any]], say: Wording) -> dict[str, Any]:
    """Return rows of departure_country, destination_country and cases in words, and how many of the cases are shown."""
    rows = list(routes)
    whole = [row for row in rows if row["departure_country"] and row["destination_country"]]
    shown = ways(Route(row["departure_country"], row["destination_country"], row["cases"]) for row in whole)
    cases = sum(row["cases"] for row in rows)
    return {
        "counts": say(
            "route_counts",
            cases=say.number(cases),
            shown=say.number(sum(route.cases for route in shown)),
            unstated=say.number(cases - sum(row["cases"] for row in whole)),
        ),
        "rows": [
            {
                "departure": say.country(row["departure_country"]),
                "destination": say.country(row["destination_country"]),
                "cases": say.number(row["cases"]),
            }
            for row in whole
        ],
        "shown": [vars(route) for route in shown],
    }


def drawn(name: str, label: str, shown: Iterable[Mapping[str, Any]], say: Wording) -> Drawing:
    """Draw the routes that were told as shown, on a map with a label."""
    routes = [Route(**route) for route in shown]
    says = "; ".join(
        say("from_to", departure=_end(one.departure, say), destination=_end(one.destination, say), cases=one.cases)
        for one in routes
    )
    return map.flows(name, routes, f"{label}: {says or say('no_route')}")


def _end(code: str, say: Wording) -> str:
    return say.administration(code) if code in places() else say.country(code)
