"""The pictures of the results are their charts and maps, drawn of one operation in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calypso.report import charts, routes
from calypso.report.drawing import Drawing
from calypso.report.results.account import Told
from calypso.report.results.results import Results
from calypso.report.results.words import wording
from calypso.report.wording import Wording


@dataclass(frozen=True)
class Pictures:
    """Every picture, by what it shows."""

    days: Drawing
    firearms: Drawing
    drugs: Drawing
    methods: Mapping[str, Drawing]  # by kind
    directions: Drawing
    routes: Mapping[str, Drawing]  # by map


def pictures(results: Results, told: Told) -> Pictures:
    """Draw the pictures of results; `told` is their account."""
    say = wording(told["language"])
    return Pictures(
        days=_days(results, told["charts"]["days"], say),
        firearms=_parts("firearms", told["charts"]["firearms"]),
        drugs=_parts("drugs", told["charts"]["drugs"]),
        methods={one["kind"]: _parts(f"methods-{one['kind']}", one) for one in told["methods"]},
        directions=_directions(told["directions"], say),
        routes={
            one["map"]: routes.drawn(f"routes-{one['map']}", one["label"], one["shown"], say) for one in told["routes"]
        },
    )


def _days(results: Results, told: Told, say: Wording) -> Drawing:
    days = [(row["reporting_day"], row["value"], say.number(row["value"])) for row in results.days]
    says = f"{told['label']}: " + "; ".join(f"{say.day(day, 'd MMM')} {text}" for day, _, text in days)
    return charts.by_day("days", days, says, whole=True)


def _parts(name: str, told: Told) -> Drawing:
    rows = [(row["name"], row["whole"], row["part"], row["text"]) for row in told["rows"]]
    says = f"{told['label']}: " + "; ".join(f"{row['name']} {row['text']}" for row in told["rows"])
    return charts.by_method(name, rows, says)


def _directions(told: Told, say: Wording) -> Drawing:
    goods = [
        charts.Way(
            row["label"],
            f"{row['amount']} · {row['cases']}",
            {cell["direction"]: (cell["share"], cell["percent"]) for cell in row["cells"]},
        )
        for row in told["rows"]
    ]
    says = "; ".join(
        f"{row['label']}: " + ", ".join(f"{cell['label']} {cell['percent']}" for cell in row["cells"] if cell["share"])
        for row in told["rows"]
    )
    return charts.in_and_out("directions", goods, f"{say('in_and_out')}. {says}")
