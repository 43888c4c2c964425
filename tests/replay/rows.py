"""Invented rows: what a file may say of cases and goods, drawn at random; nothing in them ever happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from random import Random

from replay.submission import Row

from calypso.contracts import contracts

CODES = contracts()["seizures"].codes
SUB_TYPES = {
    category: [code for code, said in CODES["sub_type"].items() if said.category == category]
    for category in CODES["category"]
}
UNITS = {
    category: [unit for unit, said in CODES["unit"].items() if said.dimension in entry.dimensions]
    for category, entry in CODES["category"].items()
}
QUANTITIES = ("1", "2", "3", "12", "0", "0.5", "0.0000005", "7.12345649", "250.25", "1000.000001", "98765.4")
COUNTRIES = ("brb", "tto", "ven", "usa", "nld")
DAYS_BEFORE = (0, 0, 0, 1, 3, 20)  # of an event, before the day that reports it; twenty lie before most rates


def rows(draw: Random, day: date, references: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of one file, at least one of them accepted."""
    drawn = []
    for number in range(2, 2 + draw.choice((1, 1, 2, 3, 3, 5))):
        verdict = "quarantined" if number > 2 and draw.random() < 0.12 else "accepted"
        placed = {"row_number": number, "verdict": verdict, "case_ref": draw.choice(references)}
        drawn.append({**placed, **_said(draw, day)})
    draw.shuffle(drawn)
    return tuple(drawn)


def _said(draw: Random, day: date) -> Row:
    action = draw.choices(("new", None, "correct", "cancel"), (5, 1, 2, 2.5))[0]
    number = draw.choice((None, None, 1, 1, 2, 3))
    if action == "cancel":
        goods = {"category": draw.choice(list(CODES["category"]))} if draw.random() < 0.3 else {}
        return {"action": action, "item_no": number, **goods}
    case = {"action": action, "remarks": draw.choice((None, "plain", "né | «'\"»\n2")), **_case(draw, day)}
    return {**case, "item_no": number, **_goods(draw)} if draw.random() < 0.8 else case


def _case(draw: Random, day: date) -> Row:
    def code(name: str) -> str:
        return draw.choice(list(CODES[name]))

    event = day - timedelta(days=draw.choice(DAYS_BEFORE))
    return {
        "case_type": code("case_type"),
        "event_date": event,
        "event_time": draw.choice((None, time(14, 5))),
        "discovered_date": draw.choice((None, event)),
        "territory": draw.choice((None, "mtq")),
        "place": draw.choice((None, "Port", "port", "Quay 2")),
        "place_type": draw.choice((None, code("place_type"))),
        "unlocode": draw.choice((None, "BBBGI", "bbbgi")),
        "direction": code("direction"),
        "transport_mode": draw.choice((None, code("transport_mode"))),
        "conveyance": draw.choice((None, "MV Invented")),
        "consignment_ref": draw.choice((None, "C-17")),
        "concealment": draw.choice((None, "baggage", code("concealment"))),
        "detection_method": draw.choice((None, code("detection_method"))),
        **{
            f"{role}_country": draw.choice((None, *COUNTRIES))
            for role in ("departure", "transit", "destination", "origin")
        },
        "persons_detained": draw.choice((None, 0, 1, 4)),
        "related_case": draw.choice((None, "tto:A-1")),
    }


def _goods(draw: Random) -> Row:
    category = draw.choice(list(CODES["category"]))
    # Mostly a unit that suits the goods: with another, they count where that is added, or nowhere.
    unit = draw.choice(UNITS[category] if draw.random() < 0.85 else list(CODES["unit"]))
    quantity = Decimal(draw.choice(QUANTITIES))
    value = draw.choice((None, None, Decimal("1234.56"), Decimal(77)))
    currency = draw.choice((None, *CODES["currency"])) if value is not None or unit == "face_value" else None
    firearm = {"make": "Invented", "model": "M1", "calibre": "9x19", "serial_state": "present", "serial_number": "X1"}
    return {
        "category": category,
        "sub_type": draw.choice((None, *SUB_TYPES[category], *SUB_TYPES[category])),
        "description": draw.choice((None, "as found")),
        "hs_code": draw.choice((None, "7108.12")),
        "quantity": quantity,
        "quantity_given": str(quantity),
        "unit": unit,
        "unit_given": unit.upper(),
        "value": value,
        "value_given": None if value is None else str(value),
        "currency": currency,
        "currency_given": currency,
        **(firearm if category == "firearm" else {}),
    }
