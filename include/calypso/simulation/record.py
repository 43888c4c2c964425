"""The record of a simulation is its truth as JSON: figures, cases, items, which tell one event, and each file's end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calypso.contracts import contracts
from calypso.simulation.cases import Case
from calypso.simulation.figures import figures
from calypso.simulation.retelling import pairs
from calypso.simulation.truth import measures_of

if TYPE_CHECKING:
    from calypso.simulation import Simulation
    from calypso.simulation.submissions import SimulatedFile

MEASURES = ("quantity_kg", "quantity_pieces", "quantity_litres", "amount", "amount_usd", "value_usd")


def record(simulation: Simulation) -> str:
    """Return truth.json: numbers as texts, absent values as null, every field of the contract."""
    truth, days = simulation.truth, last_days(simulation)
    fields = contracts()["seizures"].fields
    of_case = [name for name, field in fields.items() if field.group == "case"] + ["remarks"]
    of_item = [name for name, field in fields.items() if field.of_item] + ["remarks"]
    told = {
        "simulated": True,
        "operation": simulation.operation.code,
        "seed": simulation.seed,
        "figures": figures(truth),
        "cases": [
            {"administration": case.administration, **{name: case.fields.get(name) for name in of_case},
             "reporting_day": days[case.administration, case.ref, None]}
            for case in truth.cases
        ],
        "items": [
            {"administration": case.administration, "case_ref": case.ref,
             **{name: {**case.fields, **item}.get(name) for name in of_item},
             **{name: measures_of(case, item).get(name) for name in MEASURES},
             "reporting_day": days[case.administration, case.ref, item["item_no"]]}
            for case, item in truth.items()
        ],
        "distinct_cases": truth.distinct,
        "pairs": [
            {"event": number, "first": _named(first), "second": _named(second)}
            for number, event in enumerate(truth.events, start=1)
            for first, second in pairs(event)
        ],
        "near_misses": [
            {"kind": each.kind, "first": _named(each.first), "second": _named(each.second)}
            for each in truth.coincidences
        ],
        "silent": [{"administration": code, "reporting_day": day} for code, day in sorted(truth.silent)],
        "submissions": _submissions(simulation),
    }  # fmt: skip
    return json.dumps(told, default=_plain, ensure_ascii=False, indent=1) + "\n"


def _named(case: Case) -> dict[str, str]:
    return {"administration": case.administration, "case_ref": case.ref}


def last_days(simulation: Simulation) -> Mapping[tuple[str, str, Any], date]:
    """Return the last reporting day that speaks of each item and (with None) of each case."""
    current: dict[tuple[str, date], SimulatedFile] = {}
    for file in simulation.files:
        key = (file.administration, file.day)
        if file.state not in ("rejected", "duplicate") and (key not in current or file.version > current[key].version):
            current[key] = file
    found: dict[tuple[str, str, Any], date] = {}
    for (code, day), file in sorted(current.items()):
        for row in file.rows:
            if row.damage is None:
                found[code, row.case_ref, row.item_no] = found[code, row.case_ref, None] = day
    return found


def _submissions(simulation: Simulation) -> dict[str, Any]:
    return {
        "expected": dict(sorted(Counter(file.state for file in simulation.files).items())),
        "files": [
            {
                "administration": file.administration,
                "file_name": file.file_name,
                "reporting_day": file.day,
                "version": file.version,
                "state": file.state,
                "arrived_at": f"{file.arrived_at:%Y-%m-%dT%H:%MZ}",
                "rows": len(file.rows) if file.wreck is None and file.state != "duplicate" else None,
                "quarantined": len(file.damages),
                "damage": dict(sorted(Counter(file.damages).items())),
                "wreck": file.wreck,
            }
            for file in simulation.files
        ],
    }


def _plain(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
