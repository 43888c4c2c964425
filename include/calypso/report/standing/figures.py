"""The figures of a standing are those of the daily report, of an administration's own cases alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calypso.report.daily.words import words as daily
from calypso.report.goods import UNITS_OF_DRUGS, quantity
from calypso.report.standing.standing import Standing
from calypso.report.wording import Wording

ALWAYS = "cases"  # the group that is shown whatever there is; of the others, what there is none of is left out

Told = dict[str, Any]


def groups(standing: Standing, say: Wording) -> list[Told]:
    """Return the groups of the daily report's table that have anything, with their rows."""
    known = {row["figure"]: row for row in standing.figures}
    told = []
    for name, group in daily().groups.items():
        rows = [
            {"figure": one["figure"], "label": one[say.language], "value": say.measured(one["value"], one["unit"])}
            for one in (known[figure] for figure in group.figures if figure in known)
            if one["value"] or name == ALWAYS
        ]
        rows += _drugs(standing, say) if name == "drugs" else []
        if rows:
            told.append({"label": group.label[say.language], "rows": rows})
    return told


def _drugs(standing: Standing, say: Wording) -> Iterator[Told]:
    """Yield each form of drugs in each unit in which it was found."""
    for row in standing.drugs:
        for unit in UNITS_OF_DRUGS:
            if value := row[unit]:
                yield {
                    "figure": f"{row['sum_group']}_{unit}",
                    "label": say.form(row["category"], row["sum_group"]),
                    "value": quantity(value, unit, say),
                }
