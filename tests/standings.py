"""Standings made up for tests: one of everything, by a hostile hand, and an empty one."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from situations import HOSTILE, STATUSES, figures

from calypso.contracts import contracts
from calypso.report.standing.standing import Row, Standing

FIRST, KNOWN_AT = date(2024, 11, 4), datetime(2024, 11, 25, 10, tzinfo=UTC)
CODE, OPERATION = "brb", "calypso-2024"
FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


def standing(code: str = CODE, full: bool = True) -> Standing:
    """Return a standing with one of everything, or with nothing but days that are expected."""
    return Standing(
        code=OPERATION,
        administration=code,
        operation={"name": "Operation CALYPSO (2024)", "starts_on": FIRST, "ends_on": date(2024, 11, 24),
                   "is_simulated": True, "known_at": KNOWN_AT},
        days=[day(no, status, full) for no, status in enumerate((*STATUSES, None, "nil"))],
        files=[file(no, state) for no, state in enumerate(("accepted", "rejected", "nil", None))] if full else [],
        held=[{"reporting_day": FIRST, "submission_id": "brb-1", "rule_code": "S017", "rows": 3,
               "fields": ["quantity", "unit"], "cases": [f"{HOSTILE}{no}" for no in range(20)]},
              {"reporting_day": FIRST, "submission_id": "brb-2", "rule_code": "S999", "rows": 0,
               "fields": None, "cases": None},
              ] if full else [],
        asked=[{"reporting_day": FIRST, "case_ref": HOSTILE, "rule_code": "S020", "row_number": 2, "field": "value",
                "file_name": HOSTILE}] if full else [],
        figures=[{"figure": name, "unit": said["unit"], "value": Decimal(full),
                  **{language: said[f"label_{language}"] for language in ("en", "fr", "es", "nl")}}
                 for name, said in figures().items() if said["kind"] == "sum" and name != "distinct_cases"],
        drugs=[{"category": "cocaine", "sum_group": "cocaine_unspecified", "kg": Decimal("0.5"), "pieces": 7,
                "litres": 0}] if full else [],
        cases=[case(text) for text in (HOSTILE, *FORMULAS)] if full else [],
        measures=measures(full),
        quality=[{"rule_code": rule, "iso_year": 2024, "iso_week": week, "rows_read": 9, "rows_quarantined": 1,
                  "findings": 2, "findings_per_100_rows": Decimal("22.222222"),
                  "median_per_100_rows": median, "administrations": 9 if median else 4}
                 for rule in ("all", "S017") for week, median in ((45, Decimal("3.1")), (46, None))] if full else [],
        stored=[item(text) for text in (HOSTILE, *FORMULAS)] if full else [],
    )  # fmt: skip


def day(no: int, status: str | None, full: bool) -> Row:
    return {
        "reporting_day": FIRST + timedelta(days=no), "status": status, "timeliness": "late" if no % 2 else "on_time",
        "deadline_at": KNOWN_AT, "first_received_at": None, "files_received": int(full), "submission_id": None,
        "rows_accepted": 4 * full, "rows_quarantined": 1 * full, "is_due": full and status not in (None, "expected"),
    }  # fmt: skip


def file(no: int, state: str | None) -> Row:
    return {
        "submission_id": f"brb-{no}", "file_name": HOSTILE, "reporting_day": FIRST if no else None,
        "received_at": KNOWN_AT, "final_state": state, "standing": ("current", "superseded")[no % 2],
        "is_late": bool(no), "is_again": bool(no), "rows_accepted": 4, "rows_quarantined": 1, "receipt_file_name": None,
    }  # fmt: skip


def case(text: str) -> Row:
    goods = [{"category": "other", "sub_type": None, "kg": None, "pieces": None, "litres": None, "amount": None,
              "currency": None, "given": text, "unit": "package"}]  # fmt: skip
    return {"case_ref": text, "case_type": "seizure", "event_date": FIRST, "reported_on": FIRST, "goods": goods}


def item(text: str) -> Row:
    """Return a row with every text field hostile, and one value of each type."""
    values: dict[str, Any] = {"decimal": Decimal("1.234"), "integer": 7, "date": FIRST, "time": time(7, 5)}
    coded = {"category": "firearm", "sub_type": "assault_rifle", "unit": "piece", "case_type": "seizure"}
    return {
        field.name: coded.get(field.name, values.get(field.type, text if field.type == "text" else None))
        for field in contracts()["seizures"].fields.values()
        if field.group != "row"
    }


def measures(full: bool) -> dict[str, Row]:
    values = {"reported_share": ("0.857143", "0.952381"), "on_time_share": ("1", "0.9"),
              "held_back_share": ("0.0123", None), "hours_to_receipt": ("22.5", "25.25")}  # fmt: skip
    if not full:
        return {}
    return {
        name: {"measure": name, "unit": "hours" if name.startswith("hours") else "share", "own_value": Decimal(own),
               "median_value": Decimal(median) if median else None, "administrations": 28 if median else 3}
        for name, (own, median) in values.items()
    }  # fmt: skip
