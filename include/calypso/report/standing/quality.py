"""Quality is how an administration reports beside the median of all: numbers ready to be drawn, with how they read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from calypso.report.standing.standing import Row, Standing
from calypso.report.standing.words import words
from calypso.report.wording import Wording

SHARES = ("reported_share", "on_time_share", "held_back_share")
HOURS = ("hours_to_receipt",)

Told = dict[str, Any]
Bar = tuple[str, Decimal | None, Decimal | None, str]  # what is measured, its own, the median, how both are written


def charts(standing: Standing, say: Wording) -> list[Told]:
    """Return each chart: its name and heading, a sentence about it, its bars, and the value at its right edge."""
    found = [
        _chart("shares", say("shares"), None, _measures(standing, SHARES, say), Decimal(1), say),
        _chart("hours", say("hours"), None, _measures(standing, HOURS, say), None, say),
    ]
    for rule, rows in groupby(standing.quality, key=lambda row: row["rule_code"]):
        bars = [_week(row, say) for row in rows if rule == "all" or row["findings"] or row["median_per_100_rows"]]
        sentence = None if rule == "all" else say.rule(rule, field=say("a_field"))
        heading = say("any_rule") if rule == "all" else rule
        found.append(_chart(f"rule-{rule}", heading, sentence, bars, None, say))
    return [one for one in found if one["bars"]]


def _chart(
    name: str, heading: str, sentence: str | None, bars: Sequence[Bar], top: Decimal | None, say: Wording
) -> Told:
    highest = max([Decimal(0), *(value for _, own, median, _ in bars for value in (own, median) if value is not None)])
    told = "; ".join(f"{label} {text}" for label, _, _, text in bars)
    return {
        "name": name,
        "label": heading,
        "sentence": sentence,
        "bars": bars,
        "top": top or highest * Decimal("1.1") or Decimal(1),
        "says": f"{heading}: {told}",
    }


def _measures(standing: Standing, names: Sequence[str], say: Wording) -> list[Bar]:
    bars = []
    for name in names:
        if row := standing.measures.get(name):
            own, median = row["own_value"], row["median_value"]
            told = _beside(_written(own, row["unit"], say), _written(median, row["unit"], say), say)
            bars.append((words().measures[name][say.language], own, median, told))
    return bars


def _week(row: Row, say: Wording) -> Bar:
    own, median = row["findings_per_100_rows"], row["median_per_100_rows"]
    told = _beside(_written(own, "", say), _written(median, "", say), say)
    return say("week", week=row["iso_week"]), own, median, told


def _beside(own: str | None, median: str | None, say: Wording) -> str:
    told = own or say("none_own")
    return say("alone", own=told) if median is None else say("beside", own=told, median=median)


def _written(value: Decimal | None, unit: str, say: Wording) -> str | None:
    """Return a value to three digits of a share, or one decimal; None where there is none."""
    from babel.numbers import format_percent

    if value is None:
        return None
    if unit == "share":
        return str(format_percent(round(value, 3), locale=say.locale, decimal_quantization=False))
    return say.measured(round(value, 1), unit)
