"""The figures of the report: each with its day, its sum until then, what to note of it, and what has changed it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from calypso.report.daily.situation import Row, Situation
from calypso.report.daily.words import words
from calypso.report.goods import UNITS_OF_DRUGS, quantity
from calypso.report.wording import Wording
from calypso.telling import shown

# Which figure a form of drugs, and goods of a category that are in no sum, belong to.
FORMS = {
    "cannabis_herb": "cannabis_kg", "cannabis_resin": "cannabis_resin_kg", "cannabis_plant": "cannabis_plants",
    "cocaine_hydrochloride": "cocaine_kg",
}  # fmt: skip
CATEGORIES = {
    "firearm": "firearms", "firearm_part": "firearm_parts", "magazine": "magazines", "ammunition": "ammunition",
    "currency": "currency_usd", "gold": "gold_kg", "tobacco": "tobacco_pieces",
}  # fmt: skip

Told = dict[str, Any]


def groups(situation: Situation, say: Wording) -> list[Told]:
    """Return the table of figures, group by group; each row with its day, its sum, and what to note of it."""
    told = []
    for name, group in words().groups.items():
        rows = [_figure(situation, figure, say) for figure in group.figures]
        if name == "drugs":
            rows = list(_drugs(situation, say))
        told.append({"label": group.label[say.language], "rows": rows})
    return told


def _figure(situation: Situation, name: str, say: Wording) -> Told:
    figure = situation.today(name)
    category = next((one for one, of in CATEGORIES.items() if of == name), None)
    return {
        "figure": name,
        "label": situation.labels[name][say.language],
        "today": say.measured(figure.value, figure.unit),
        "until": say.measured(figure.running_value, figure.unit),
        "notes": list(_notes(situation, name, category, say)),
    }


def _drugs(situation: Situation, say: Wording) -> Iterator[Told]:
    """Yield each form of drugs in each unit in which it was found."""
    for row in situation.drugs:
        for unit in UNITS_OF_DRUGS:
            if row[f"running_{unit}"]:
                yield {
                    "figure": f"{row['sum_group']}_{unit}",
                    "label": say.form(row["category"], row["sum_group"]),
                    "today": quantity(row[unit], unit, say),
                    "until": quantity(row[f"running_{unit}"], unit, say),
                    "notes": list(_notes(situation, FORMS.get(row["sum_group"]), None, say)),
                }


def _notes(situation: Situation, figure: str | None, category: str | None, say: Wording) -> Iterator[str]:
    doubts = [row for row in situation.doubts if row["figure"] == figure]
    if doubts:
        rules = ", ".join(row["rule_code"] for row in doubts)
        yield say("doubt", rows=say.number(sum(row["rows"] for row in doubts)), rules=rules)
    for row in situation.unmeasured:
        if row["category"] == category:
            yield say("unmeasured", items=say.number(row["items"]))


def changes(situation: Situation, say: Wording) -> list[Told]:
    """Return every figure that has changed, with the files that changed it."""
    told = []
    for figure, rows in groupby(situation.changes, key=lambda row: row["figure"]):
        files = list(rows)
        unit = situation.today(figure).unit
        told.append({
            "figure": figure,
            "label": situation.labels[figure][say.language],
            "before": say.measured(files[0]["value_before"], unit),
            "after": say.measured(files[0]["value_after"], unit),
            "files": [_file(row, say) for row in files],
        })  # fmt: skip
    return told


def _file(row: Row, say: Wording) -> Told:
    marks = [say("late")] * row["is_late"] + [say("replaces")] * row["is_replacement"]
    return {
        "name": shown(row["file_name"]),
        "of": say.administration(row["administration_code"]),
        "marks": ", ".join(marks),
    }
