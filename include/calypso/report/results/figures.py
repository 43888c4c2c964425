"""The figures of an operation, in words: what each came to, what was published of it, and whether that holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from calypso.registry import operations
from calypso.report.results.results import Edition, Results, Row
from calypso.report.results.words import Tile, words
from calypso.report.wording import Wording

Told = dict[str, Any]

SIGNS = {True: "✓", False: "✗", None: "–"}
COUNTED = ("cases", "persons")  # units of which the cases say nothing more
HALF = Decimal("0.5")


def value(figure: Row | None, say: Wording) -> str:
    """Return what a figure came to; of a type its name."""
    if figure is None:
        return "–"
    if figure["unit"] == "code":
        return say.code("sub_type", figure["value_code"]) if figure["value_code"] else "–"
    return say.measured(figure["value"], figure["unit"])


def published(said: Mapping[str, Any], unit: str, say: Wording) -> str:
    """Return what a release said of a figure, as exactly as it said it."""
    [kind] = said.keys() - {"within"}
    if kind == "is":
        return say.code("sub_type", said[kind])
    if kind == "more_than_in":
        return say(kind, edition=operations()[said[kind]].name)
    return say(f"published_{kind}", value=say.measured(said[kind], unit))


def holds(figure: Row, edition: Edition, say: Wording) -> Told | None:
    """Return whether what was published of a figure holds, as a sign and a word; None where nothing was published."""
    if not (said := edition.published.get(figure["figure"])):
        return None
    word = {True: "holds", False: "holds_not", None: "holds_unknown"}[figure["holds"]]
    says = published(said, figure["unit"], say)
    return {
        "says": says,
        "named": say("named", name=say("published"), value=says),
        "sign": SIGNS[figure["holds"]],
        "word": say(word),
        "is": word,
    }


def release(results: Results, say: Wording) -> list[Told]:
    """Return the figures of the release, each with what it is compared with."""
    return [_tile(results, tile, say) for tile in words().release]


def _tile(results: Results, tile: Tile, say: Wording) -> Told:
    edition, labels = results.edition, results.labels
    figure = edition.figures[tile.figure]
    adds = [
        say("named", name=labels[name][say.language], value=value(edition.figures[name], say)) for name in tile.adds
    ]
    if tile.leads and (led := leading(results, tile.figure, say)):
        adds.insert(0, led)
    compared = [
        say("named", name=one.year, value=value(one.figures[tile.figure], say)) for one in results.others if one.figures
    ]
    return {
        "figure": tile.figure,
        "label": labels[tile.figure][say.language],
        "value": value(figure, say),
        "adds": adds,
        "published": holds(figure, edition, say),
        "compared": compared,
    }


def leading(results: Results, figure: str, say: Wording) -> str | None:
    """Return which direction most of a commodity went, with its share; None where none has more than half."""
    rows = [row for row in results.directions if row["figure"] == figure]
    whole = sum((row["amount"] for row in rows), Decimal(0))
    for row in rows:
        if row["amount"] > whole * HALF:
            return say(f"mainly_{row['direction']}", share=say.percent(row["amount"] / whole))
    return None


def groups(results: Results, say: Wording) -> list[Told]:
    """Return the table: what was published, both readings of firearms, and every further figure."""
    edition = results.edition
    headline = [name for name in results.labels if name in edition.published and name not in words().readings]
    further = [name for name in results.labels if name not in edition.published and name not in words().readings]
    told = [("published_figures", headline), ("both_readings", list(words().readings)), ("further", further)]
    return [{"label": say(name), "rows": list(_rows(results, figures, say))} for name, figures in told if figures]


def _rows(results: Results, figures: list[str], say: Wording) -> Iterator[Told]:
    edition = results.edition
    for name in figures:
        figure, note = edition.figures[name], words().readings.get(name)
        yield {
            "figure": name,
            "label": results.labels[name][say.language],
            "note": note[say.language] if note else None,
            "value": value(figure, say),
            "cases": "" if figure["unit"] in COUNTED else say.number(figure["cases"]),
            "published": holds(figure, edition, say),
        }
