"""An account is the results told in one language: every number a text, every code a word, ready to be laid out.

The page and the paper lay out the same account, so they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calypso.registry import operations
from calypso.report.due import ended
from calypso.report.goods import quantity
from calypso.report.results.comparison import comparison
from calypso.report.results.figures import groups, release
from calypso.report.results.lessons import agenda, checks, delivery, spread, weeks
from calypso.report.results.results import Results
from calypso.report.results.ways import directions, routes
from calypso.report.results.words import wording
from calypso.report.wording import Wording

Told = dict[str, Any]

METHODS = {"transport": "transport_mode", "concealment": "concealment", "detection": "detection_method"}


def account(results: Results, language: str) -> Told:
    """Tell the results of an operation."""
    say, about = wording(language), results.about
    first, last = (say.day(day, "d MMM y") for day in (about["starts_on"], about["ends_on"]))
    known_at = say(
        "known_at", moment=say.moment(results.known_at, about["time_zone"]), zone=say.zone(about["time_zone"])
    )
    return {
        "language": language,
        "operation": about["name"],
        "above": f"{about['name']} · {first} – {last} · {say('offices', count=about['number_of_participants'])}",
        "title": say("title"),
        "known": known_at,
        "simulated": say("simulated") if results.simulated else None,
        "running": _running(results, say),
        "release": release(results, say),
        "groups": groups(results, say),
        "charts": _charts(results, say),
        "methods": [_methods(results, kind, say) for kind in METHODS],
        "other_units": _other_units(results, say),
        "directions": directions(results, say),
        "routes": routes(results, say),
        "delivery": delivery(results, say),
        "spread": spread(results, say),
        "weeks": weeks(results, say),
        "checks": checks(results, say),
        "agenda": agenda(results, say),
        "comparison": comparison(results, say),
        "built_to_hold": say("built_to_hold") if results.simulated else None,
        "hash": say("hash", sha256=results.sha256()),
        "text": say.said(),
    }


def _running(results: Results, say: Wording) -> str | None:
    """Return that the operation had not ended, where it had not."""
    operation = operations()[results.operation]
    if results.known_at >= ended(operation):
        return None
    return say("running", some=say.number(len(results.days)), all=say.number(results.edition.days))


def _charts(results: Results, say: Wording) -> dict[str, Told]:
    return {
        "days": {"label": results.labels["cases_reported"][say.language]},
        "firearms": {"label": say("firearms_by_type"), "rows": list(_firearms(results, say))},
        "drugs": {"label": say("drugs_by_form"), "rows": list(_drugs(results, say))},
    }


def _firearms(results: Results, say: Wording) -> Iterator[Told]:
    """Yield each type with its pieces, and how many of them have a serial number that a trace can begin with."""
    by_type = [row for row in results.roadmap if row["breakdown_kind"] == "type"]
    shares = {row["breakdown"]: row["value"] for row in by_type if row["indicator"] == "firearm_serial_share"}
    for row in by_type:
        if row["indicator"] == "firearm_pieces" and row["value"]:
            traceable = round(row["value"] * (shares.get(row["breakdown"]) or Decimal(0)))
            name = None if row["breakdown"] == "not_stated" else row["breakdown"]
            told = say("of_all", some=say.number(traceable), all=say.number(row["value"]))
            yield {"name": say.code("sub_type", name), "whole": float(row["value"]), "part": traceable, "text": told}


def _drugs(results: Results, say: Wording) -> Iterator[Told]:
    for row in results.drugs:
        if row["kg"]:
            text = f"{say.measured(row['kg'], 'kg')} · {say('cases_count', cases=say.number(row['cases']))}"
            name = say.form(row["category"], row["sum_group"])
            yield {"name": name, "whole": float(row["kg"]), "part": float(row["kg"]), "text": text}


def _other_units(results: Results, say: Wording) -> str | None:
    """Return the forms of drugs that were found by the piece or the litre."""
    told = []
    for row in results.drugs:
        name = say.form(row["category"], row["sum_group"])
        told += [f"{name} ({quantity(row[unit], unit, say)})" for unit in ("pieces", "litres") if row[unit]]
    return say("named", name=say("other_units"), value=", ".join(told)) if told else None


def _methods(results: Results, kind: str, say: Wording) -> Told:
    rows = [row for row in results.methods if row["kind"] == kind]
    return {
        "kind": kind,
        "label": say(kind),
        "rows": [
            {
                "name": say.code(METHODS[kind], None if row["method"] == "not_stated" else row["method"]),
                "whole": row["cases"],
                "part": row["seizures"],
                "text": say("of_all", some=say.number(row["seizures"]), all=say.number(row["cases"])),
            }
            for row in rows
        ],
    }
