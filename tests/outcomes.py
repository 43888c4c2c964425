"""Made-up results: of an operation that found as much as can be, by a hostile hand, and of one that found nothing."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from situations import HOSTILE, all_ways

from calypso.contracts import contracts
from calypso.registry import LANGUAGES, operations
from calypso.report.results.results import Edition, Results
from calypso.report.results.words import words
from calypso.settings import REPOSITORY

KNOWN_AT = datetime(2025, 12, 20, 10, tzinfo=UTC)
EMPTY = ("drugs", "roadmap", "methods", "directions", "routes", "checks")
METHODS = {"transport": "transport_mode", "concealment": "concealment", "detection": "detection_method"}


def figures() -> dict[str, dict[str, str]]:
    """Return the figures of the seed, as it says them."""
    with (REPOSITORY / "dbt" / "seeds" / "figures.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure"]: row for row in csv.DictReader(file)}


def edition(code: str, standing: str = "counted", full: bool = True) -> Edition:
    """Return an edition of the registry; in a full one every figure is large, every second does not hold."""
    one = operations()[code]
    counted = {}
    for no, (name, row) in enumerate(figures().items()):
        value = None if row["kind"] == "most" else Decimal("0.7777" if row["kind"] == "share" else "1234567.89")
        if not full:
            value = Decimal(0) if row["kind"] in ("sum", "distinct") else None
        counted[name] = {
            "figure": name, "unit": row["unit"], "value": value, "cases": 4321 if full else 0,
            "value_code": "semi_automatic_pistol" if row["kind"] == "most" and full else None,
            "holds": bool(no % 2) if full else None,
        }  # fmt: skip
    return Edition(
        operation=code,
        name=one.name,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        days=(one.ends_on - one.starts_on).days + 1,
        standing=standing,
        published={name: said.model_dump(exclude_none=True, by_alias=True) for name, said in one.published.items()},
        figures=counted if standing == "counted" else {},
    )


def results(operation: str = "calypso-2024", full: bool = True, **said: Any) -> Results:
    """Return results; full ones have as much of everything as there can be, others nothing at all."""
    one = operations()[operation]
    other = next(code for code in ("calypso-2024", "calypso-2025") if code != operation)
    editions = sorted(
        [edition(operation, full=full), edition(other, "counted" if full else "unknown")], key=lambda one: one.starts_on
    )
    made: dict[str, Any] = {
        "operation": operation,
        "known_at": KNOWN_AT,
        "about": {
            "name": one.name, "starts_on": one.starts_on, "ends_on": one.ends_on, "time_zone": one.zone,
            "is_simulated": True, "number_of_participants": 28,
        },
        "labels": {name: {lang: row[f"label_{lang}"] for lang in LANGUAGES} for name, row in figures().items()},
        "editions": editions,
        "days": [{"reporting_day": day, "value": Decimal(no % 9 if full else 0)} for no, day in enumerate(days(one))],
        "deliveries": [week(no, one.starts_on, full) for no in range(3 if full else 0)] + [week(None, None, full)],
    }  # fmt: skip
    parts = _full() if full else {name: [] for name in EMPTY}
    measures = ("reported", "on_time", "held", "found")
    parts["spread"] = [
        {"measure": name, "administrations": 28, "weaker": share, "median": share, "stronger": share}
        for name in measures
        for share in [Decimal("0.9048") if full else None]
    ]
    parts["gaps"] = [
        {"gap": name, "lacking": 77 if full else 0, "of_all": 234 if full else 0}
        for name in ("route", "methods", "form")
    ]
    return Results(**{**made, **parts, **said})


def days(one: Any) -> list[date]:
    return [one.starts_on + timedelta(days=no) for no in range((one.ends_on - one.starts_on).days + 1)]


def week(no: int | None, first: date | None, full: bool) -> dict[str, Any]:
    there = {"due": 588, "reported": 570, "on_time": 500, "nil": 300, "excused": 3, "rows_accepted": 900,
             "rows_quarantined": 40}  # fmt: skip
    start = first + timedelta(weeks=no) if first and no is not None else None
    return {
        "iso_year": 2024 if no is not None else None, "iso_week": 45 + no if no is not None else None,
        "first_day": start, "last_day": start and start + timedelta(days=6),
        **(there if full else dict.fromkeys(there, 0)),
    }  # fmt: skip


def _full() -> dict[str, Any]:
    codes = contracts()["seizures"].codes
    drugs = [name for name, one in codes["sub_type"].items() if one.category in ("cannabis", "cocaine", "other_drug")]
    firearms = [name for name, one in codes["sub_type"].items() if one.category == "firearm"]
    return {
        "drugs": [
            {"category": codes["sub_type"][name].category, "sum_group": name, "kg": Decimal(9999) / (no + 1),
             "pieces": Decimal(12), "litres": Decimal("1234.5"), "cases": 99} for no, name in enumerate(drugs)
        ],
        "roadmap": [
            *({"indicator": name, "breakdown_kind": "type", "breakdown": one, "value": value, "cases": 3}
              for name, value in (("firearm_pieces", Decimal(200)), ("firearm_serial_share", Decimal("0.55")))
              for one in (*firearms, "not_stated")),
            *({"indicator": name, "breakdown_kind": "all", "breakdown": "all", "value": Decimal(value), "cases": 9}
              for name, value in (("firearm_serial_share", "0.55"), ("days_to_report", "1.500000"))),
        ],
        "methods": [
            {"kind": kind, "method": method, "cases": 99, "seizures": 44}
            for kind, code_list in METHODS.items() for method in (*codes[code_list], "not_stated")
        ],
        "directions": [
            {"figure": figure, "direction": direction, "amount": Decimal(weight) * 100_000, "cases": weight}
            for figure in words().commodities
            for direction, weight in (
                ("import", 60), ("export", 20), ("internal", 5), ("not_stated", 5), ("transit", 10)
            )
        ],
        "routes": [
            {"map": called, "departure_country": one, "destination_country": other, "cases": no % 40 + 1}
            for called in words().maps for no, (_, one, other) in enumerate(list(all_ways())[::7])
        ],
        "checks": [
            {"rule_code": rule, "severity": "warning", "iso_year": year, "iso_week": week, "findings": count,
             "rows_read": 900, "administrations": 12}
            for count, rule in ((500, "all"), *((40 - no, f"S0{no}") for no in range(10, 30)), (41, HOSTILE))
            for year, week in ((2024, 45), (2024, 46), (2024, 47), (None, None))
        ],
    }  # fmt: skip
