"""Quality is how an administration reports beside the median of all: numbers ready to be drawn, with how they read."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
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
    together = [row for row in standing.quality if row["rule_code"] == "all"]
    found = [
        _chart("shares", say("shares"), _measures(standing, SHARES, say), Decimal(1)),
        _chart("hours", say("hours"), _measures(standing, HOURS, say), None),
        _chart("weeks", say("findings"), [_bar(_week(row, say), row, say) for row in together], None),
        _chart("rules", say("by_rule"), [_bar(f"{row['rule_code']} · {_week(row, say)}", row, say)
                                         for row in _by_rule(standing)], None),
    ]  # fmt: skip
    return [one for one in found if one["bars"]]


def rules(standing: Standing, say: Wording) -> list[Told]:
    """Return the sentence of each rule that is drawn."""
    codes = dict.fromkeys(row["rule_code"] for row in _by_rule(standing))
    return [{"code": code, "sentence": say.rule(code, field=say("a_field"))} for code in codes]


def _by_rule(standing: Standing) -> list[Row]:
    """Return the weeks in which it, or half of all, broke a rule that it has broken at all."""
    rows = [row for row in standing.quality if row["rule_code"] != "all"]
    return [row for row in rows if row["findings"] or row["median_per_100_rows"]]


def _chart(name: str, heading: str, bars: Sequence[Bar], top: Decimal | None) -> Told:
    highest = max([Decimal(0), *(value for _, own, median, _ in bars for value in (own, median) if value is not None)])
    told = "; ".join(f"{label} {text}" for label, _, _, text in bars)
    return {
        "name": name,
        "label": heading,
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


def _week(row: Row, say: Wording) -> str:
    return say("week", week=row["iso_week"])


def _bar(label: str, row: Row, say: Wording) -> Bar:
    own, median = row["findings_per_100_rows"], row["median_per_100_rows"]
    return label, own, median, _beside(_written(own, "", say), _written(median, "", say), say)


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
