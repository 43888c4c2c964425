"""The comparison sets the editions of a series side by side, and says of each line what may be compared, and why."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calypso.report.results.figures import published, value
from calypso.report.results.results import Edition, Results
from calypso.report.results.words import Line, words
from calypso.report.wording import Wording

Told = dict[str, Any]

PER_DAY = ("cases", "pieces", "kg", "USD")  # units of which twice as many days give about twice as much

TOGETHER = {"firearms_and_parts": ("firearms", "firearm_parts")}


def comparison(results: Results, say: Wording) -> Told:
    """Return the editions, and each line with what was counted and what was published in each of them."""
    editions = results.editions
    return {
        "editions": [_edition(one, say) for one in editions],
        "notes": list(_notes(results, say)),
        "rows": [_line(results, line, say) for line in words().comparison],
    }


def _edition(edition: Edition, say: Wording) -> Told:
    first, last = (say.day(day, "d MMM y") for day in (edition.starts_on, edition.ends_on))
    return {
        "code": edition.operation,
        "name": edition.name,
        "year": edition.year,
        "when": f"{first} – {last}",
        "days": say.days(edition.days),
        "standing": edition.standing,
    }


def _notes(results: Results, say: Wording) -> Iterator[str]:
    """Yield why an edition has no counted figures here."""
    for one in results.others:
        if one.standing != "counted":
            yield say(f"standing_{one.standing}", edition=one.name)


def _line(results: Results, line: Line, say: Wording) -> Told:
    told = [one for one in results.editions if line.figure in one.published]
    if len(told) == len(results.editions):
        by = say("published_of_all")
    else:
        by = say("published_of", editions=", ".join(one.year for one in told)) if told else say("published_of_none")
    return {
        "figure": line.figure,
        "label": results.labels[line.figure][say.language],
        "cells": [_cell(results, one, line.figure, say) for one in results.editions],
        "comparable": say(f"comparable_{line.comparable}"),
        "is": line.comparable,
        "published_by": by,
        "why": line.why[say.language],
    }


def _cell(results: Results, edition: Edition, name: str, say: Wording) -> Told:
    unit = results.edition.figures[name]["unit"]
    figure, said = edition.figures.get(name), edition.published.get(name)
    per_day = None
    if figure and unit in PER_DAY and figure["value"] is not None and edition.days:
        per_day = say("per_day", value=say.measured((figure["value"] / edition.days).quantize(Decimal("0.01")), unit))
    return {
        "edition": edition.year,
        "value": value(figure, say),
        "per_day": per_day,
        "published": say("published_as", says=published(said, unit, say)) if said else _summed(edition, name, say),
    }


def _summed(edition: Edition, name: str, say: Wording) -> str | None:
    """Return what was published apart of figures that another release told together."""
    apart = [
        edition.published[one]["exactly"]
        for one in TOGETHER.get(name, ())
        if "exactly" in edition.published.get(one, {})
    ]
    if len(apart) < 2:
        return None
    return say("published_sum", summands=" + ".join(map(say.number, apart)), sum=say.number(sum(apart)))
