"""The pictures of a report are its charts and maps, drawn of one situation in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from calypso.report import charts, map, routes
from calypso.report.daily.account import Told
from calypso.report.daily.situation import Situation
from calypso.report.daily.words import wording, words
from calypso.report.drawing import Drawing
from calypso.report.wording import Wording


@dataclass(frozen=True)
class Pictures:
    """Every picture, by what it shows."""

    trends: Mapping[str, Drawing]  # by figure
    where: Drawing
    flows: Mapping[str, Drawing]  # by direction
    methods: Mapping[str, Drawing]  # by kind


def pictures(situation: Situation, told: Told) -> Pictures:
    """Draw the pictures of a situation; `told` is its account."""
    say = wording(told["language"])
    return Pictures(
        trends={name: _trend(situation, name, say) for name in words().trends},
        where=_where(told, say),
        flows={
            one["direction"]: routes.drawn(f"flows-{one['direction']}", one["label"], one["shown"], say)
            for one in told["routes"]
        },
        methods={methods["kind"]: _methods(methods, say) for methods in told["methods"]},
    )


def _trend(situation: Situation, name: str, say: Wording) -> Drawing:
    days = situation.figures[name]
    values = [(one.day, one.value or Decimal(0), say.measured(one.value or Decimal(0), one.unit)) for one in days]
    highest = max(values, key=lambda one: one[1])
    says = say(
        "trend_says",
        figure=situation.labels[name][say.language],
        today=values[-1][2],
        until=say.measured(days[-1].running_value, days[-1].unit),
        highest=highest[2],
        day=say.day(highest[0]),
    )
    return charts.by_day(f"trend-{name}", values, says)


def _where(told: Told, say: Wording) -> Drawing:
    offices = told["offices"]
    counts = {kind: sum(one["kind"] == kind for one in offices) for kind in ("told", "nil", "silent", "open")}
    signs = [map.Sign(one["code"], one["kind"], one["count"]) for one in offices]
    return map.signs("where", signs, say("where_says", due=len(offices), **counts))


def _methods(methods: Told, say: Wording) -> Drawing:
    rows = [(row["method"], row["cases"], row["seizures"], row["hits"]) for row in methods["rows"]]
    says = f"{methods['label']}: " + "; ".join(f"{row['method']} {row['hits']}" for row in methods["rows"])
    return charts.by_method(f"methods-{methods['kind']}", rows, says)
