"""The lessons are what the operation teaches about delivery and quality, and what to do before the next edition.

They go to all administrations: of these only the spread is told, none by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calypso.report.results.results import Results, Row
from calypso.report.wording import Wording
from calypso.telling import shown

Told = dict[str, Any]

UNSAID = re.compile(r"^…\s?:\s")  # the field that a sentence begins with
SENTENCE = 1000  # letters of a sentence at most
CHECKS = 8  # told, those broken most often first


def delivery(results: Results, say: Wording) -> list[Told]:
    """Return how much was reported and what became of the rows."""
    whole = results.reported
    rows = whole["rows_accepted"] + whole["rows_quarantined"]
    told = [
        ("reported", whole["reported"], whole["due"]),
        ("on_time", whole["on_time"], whole["due"]),
        ("nil", whole["nil"], whole["due"]),
        ("accepted", whole["rows_accepted"], rows),
        ("held", whole["rows_quarantined"], rows),
    ]
    return [
        {"label": say(name), "share": _share(some, every, say), "says": _of(some, every, say)}
        for name, some, every in told
    ]


def spread(results: Results, say: Wording) -> list[Told]:
    """Return of each measure what the weaker quarter stays below, the middle and what the stronger quarter reaches."""
    return [
        {"label": say(f"spread_{row['measure']}"),
         **{name: _part(row[name], say) for name in ("weaker", "median", "stronger")}}
        for row in results.spread
    ]  # fmt: skip


def weeks(results: Results, say: Wording) -> list[Told]:
    """Return how it went, week by week."""
    found = {_week(row): row for row in results.checks if row["rule_code"] == "all" and row["iso_week"] is not None}
    told = []
    for row in results.deliveries[:-1]:
        rows = row["rows_accepted"] + row["rows_quarantined"]
        judged = found.get(_week(row))
        told.append({
            "week": f"{say.day(row['first_day'], 'd MMM')} – {say.day(row['last_day'], 'd MMM')}",
            "reported": _share(row["reported"], row["due"], say),
            "on_time": _share(row["on_time"], row["due"], say),
            "held": _share(row["rows_quarantined"], rows, say),
            "found": _share(judged["findings"], judged["rows_read"], say) if judged else _share(0, rows, say),
        })  # fmt: skip
    return told


def checks(results: Results, say: Wording) -> Told:
    """Return the checks most often broken, with their sentences."""
    whole = [row for row in results.checks if row["iso_week"] is None]
    every = sum(row["findings"] for row in whole if row["rule_code"] == "all")
    broken = sorted(
        (row for row in whole if row["rule_code"] != "all"), key=lambda row: (-row["findings"], row["rule_code"])
    )
    return {
        "rows": [
            {
                "code": shown(row["rule_code"]),
                "sentence": UNSAID.sub("", shown(say.rule(row["rule_code"]), longest=SENTENCE)),
                "severity": say(row["severity"]),
                "findings": say.number(row["findings"]),
                "share": _share(row["findings"], every, say),
                "administrations": say.number(row["administrations"]),
                "weeks": " → ".join(_weekly(results, row["rule_code"], say)),
            }
            for row in broken[:CHECKS]
        ],
        "more": say("more_checks", count=len(broken) - CHECKS) if len(broken) > CHECKS else None,
    }


def _weekly(results: Results, code: str, say: Wording) -> Iterator[str]:
    """Yield how often a check was broken in each week."""
    found = {_week(row): row["findings"] for row in results.checks if row["rule_code"] == code}
    for week in results.deliveries[:-1]:
        yield say.number(found.get(_week(week), 0))


def agenda(results: Results, say: Wording) -> list[Told]:
    """Return what to do before the next edition, each with the figure that it follows from."""
    broken = checks(results, say)["rows"]
    code = broken[0]["code"] if broken else ""
    return [{"do": say(f"do_{name}", code=code), "why": why} for name, why in _reasons(results, say)]


def _reasons(results: Results, say: Wording) -> Iterator[tuple[str, str]]:
    whole, gaps = results.reported, {row["gap"]: row for row in results.gaps}
    published = [set(edition.published) for edition in results.editions]
    common, known = len(set.intersection(*published)), len(set.union(*published))
    yield "agree", say("why_agree", some=say.number(common), all=say.number(known))
    if silent := whole["due"] - whole["reported"] - whole["excused"]:
        yield "report", say("why_report", some=say.number(silent), all=say.number(whole["due"]))
    if late := whole["reported"] - whole["on_time"]:
        yield "time", say("why_time", some=say.number(late), all=say.number(whole["reported"]))
    if held := whole["rows_quarantined"]:
        yield "try", say("why_try", some=say.number(held), all=say.number(held + whole["rows_accepted"]))
    if broken := checks(results, say)["rows"]:
        yield (
            "brief",
            say("why_brief", code=broken[0]["code"], share=broken[0]["share"], sentence=broken[0]["sentence"]),
        )
    serial = _indicator(results, "firearm_serial_share")
    if serial is not None and serial < 1:
        yield "serial", say("why_serial", share=say.percent(serial))
    if days := _indicator(results, "days_to_report"):
        yield "sooner", say("why_sooner", days=say.days(days))
    for name in ("route", "form", "methods"):
        if gaps[name]["lacking"]:
            some, every = say.number(gaps[name]["lacking"]), say.number(gaps[name]["of_all"])
            yield name, say(f"why_{name}", some=some, all=every)


def _indicator(results: Results, name: str) -> Decimal | None:
    rows = (row for row in results.roadmap if (row["indicator"], row["breakdown_kind"]) == (name, "all"))
    return next((row["value"] for row in rows), None)


def _week(row: Row) -> tuple[int, int]:
    return row["iso_year"], row["iso_week"]


def _of(some: int, every: int, say: Wording) -> str:
    return say("of_all", some=say.number(some), all=say.number(every))


def _share(some: int, every: int, say: Wording) -> str:
    return _part(Decimal(some) / every if every else None, say)


def _part(share: Decimal | None, say: Wording) -> str:
    return "–" if share is None else say.percent(share, places=3)
