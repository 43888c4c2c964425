"""Situations made up for tests of the report: one of everything, by a hostile hand, and one as full as it gets."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from calypso.contracts import contracts
from calypso.registry import LANGUAGES, administrations
from calypso.report.daily.situation import Figure, Moment, Office, Situation
from calypso.settings import REPOSITORY

FIRST, DAY = date(2024, 11, 4), date(2024, 11, 24)
KNOWN_AT = datetime(2024, 11, 25, 10, tzinfo=UTC)
HOSTILE = '</td><script>alert(1)</script>\u202e\n#link("x")[*_$'
STATUSES = ("accepted", "partly_accepted", "nil", "missing", "rejected", "received", "excused", "expected")


def figures() -> dict[str, dict[str, str]]:
    """Return the figures of the seed, as it says them."""
    with (REPOSITORY / "dbt" / "seeds" / "figures.csv").open(encoding="utf-8", newline="") as file:
        return {row["figure"]: row for row in csv.DictReader(file) if row["kind"] != "most"}


def days() -> list[date]:
    return [FIRST + timedelta(days=no) for no in range((DAY - FIRST).days + 1)]


def office(code: str, status: str) -> Office:
    """Return an administration that has the status on the last two days, and nothing to report before."""
    return Office(code, [delivery(day, status if (DAY - day).days < 2 else "nil") for day in days()])


def delivery(day: date, status: str) -> dict[str, Any]:
    return {
        "reporting_day": day, "status": status, "timeliness": "late", "rows_accepted": 1, "rows_quarantined": 2,
        "file_name": HOSTILE,
    }  # fmt: skip


def figure(name: str, said: Mapping[str, str], value: int) -> list[Figure]:
    return [
        Figure(day, name, said["unit"], Decimal(value) / 1000, 1, Decimal(value) / 1000 * (no + 1), no + 1)
        for no, day in enumerate(days())
    ]


def case(no: int, **said: Any) -> dict[str, Any]:
    items = [
        {"category": "firearm", "sub_type": "assault_rifle", "kg": None, "pieces": 3, "litres": None, "amount": None,
         "currency": None, "given": "3", "unit": "piece"},
        {"category": "other", "sub_type": None, "kg": None, "pieces": None, "litres": None, "amount": None,
         "currency": None, "given": HOSTILE, "unit": "package"},
    ]  # fmt: skip
    return {
        "case_key": str(no), "administration_code": "brb", "case_ref": f"{HOSTILE}{no}", "case_type": "seizure",
        "event_date": DAY, "place": HOSTILE, "direction": "import", "transport_mode": "sea", "concealment": "baggage",
        "detection_method": "dog", "departure_country": "usa", "transit_country": "tto", "destination_country": "brb",
        "figures": {"assault_rifles": 3, "firearms": 3}, "goods": items, **said,
    }  # fmt: skip


def change(name: str, no: int) -> dict[str, Any]:
    return {
        "figure": name, "value_before": Decimal(1), "value_after": Decimal("1234567.89"), "submission_id": f"id-{no}",
        "added": Decimal(1), "removed": Decimal(0), "cases": 1, "administration_code": "cuw",
        "file_name": f"{no}{HOSTILE}", "reporting_day": DAY, "is_replacement": True, "is_late": True,
    }  # fmt: skip


def situation(full: bool = False, **said: Any) -> Situation:
    """Return a situation; a `full` one has as much of everything as there can be."""
    told, many = figures(), 40 if full else 1
    codes = contracts()["seizures"].codes
    offices = [office(code, STATUSES[no % len(STATUSES)]) for no, code in enumerate(administrations())]
    drugs = [name for name, one in codes["sub_type"].items() if one.category in ("cannabis", "cocaine", "other_drug")]
    made: dict[str, Any] = {
        "moment": Moment("calypso-2024", DAY, KNOWN_AT),
        "operation": {
            "name": "Operation CALYPSO (2024)", "starts_on": FIRST, "ends_on": DAY, "time_zone": "America/Barbados",
            "is_simulated": True, "day_no": 21, "days": 21,
        },
        "offices": offices,
        "labels": {name: {one: row[f"label_{one}"] for one in LANGUAGES} for name, row in told.items()},
        "figures": {name: figure(name, row, 1_234_567) for name, row in told.items()},
        "drugs": [drug(codes["sub_type"][name].category, name) for name in (drugs if full else drugs[:2])],
        "cases": [case(no) for no in range(many)],
        "routes": [route(*ways, cases=no + 1) for no, ways in enumerate(all_ways() if full else list(all_ways())[:5])],
        "methods": [
            {"kind": kind, "method": method, "cases": 9, "seizures": 4, "cases_of_the_day": 1}
            for kind, code_list in (("concealment", "concealment"), ("detection", "detection_method"))
            for method in (*codes[code_list], None)
        ],
        "doubts": [
            {"figure": name, "rule_code": rule, "rows": 3} for name in told for rule in ("S020", "S046", "S055", "S058")
        ],
        "unmeasured": [{"category": "firearm", "items": 2}],
        "since": Moment("calypso-2024", DAY, KNOWN_AT - timedelta(hours=5)),
        "changes": [change(name, no) for name in told for no in range(9 if full else 1)],
        "arrivals": [
            {"administration_code": code, "reporting_day": DAY, "status_before": "missing", "status_after": "accepted",
             "file_name": HOSTILE} for code in administrations()
        ],
    }  # fmt: skip
    return Situation(**{**made, **said})


def drug(category: str, sum_group: str) -> dict[str, Any]:
    amounts = {"kg": Decimal("0.25"), "pieces": Decimal(12), "litres": Decimal("1234.5")}
    running = {f"running_{unit}": value * 3 for unit, value in amounts.items()}
    return {"category": category, "sum_group": sum_group, "cases": 1, "running_cases": 3, **amounts, **running}


def all_ways() -> list[tuple[str, str | None, str | None]]:
    away = ("usa", "gbr", "nld", "prt", "esp", "col", "chn", "zaf", "bes", "guf", None)
    return [
        (direction, one, other)
        for direction in ("import", "export", "transit", "internal")
        for code in administrations()
        for far in away
        for one, other in ((code, far), (far, code))
    ]


def route(direction: str, departure: str | None, destination: str | None, cases: int) -> dict[str, Any]:
    return {"direction": direction, "departure_country": departure, "destination_country": destination, "cases": cases}
