"""For every rule on rows: rows that break exactly it, and rows that nearly do; written for Barbados, by code."""

from __future__ import annotations

from calypso.contracts import contracts

FIELDS = list(contracts()["seizures"].fields)
GOLD = {
    "case_ref": "BB-1",
    "case_type": "seizure",
    "event_date": "05/11/2024",
    "direction": "import",
    "category": "gold",
    "quantity": "2.5",
    "unit": "kg",
}
PISTOL = {**GOLD, "category": "firearm", "sub_type": "semi_automatic_pistol", "quantity": "1", "unit": "piece"}
CASH = {**GOLD, "category": "currency", "quantity": "5000", "unit": "face_value", "currency": "USD"}
HINT = {name: GOLD[name] for name in ("case_ref", "event_date", "direction")} | {"case_type": "suspicious_movement"}

Rows = list[dict[str, str]]


def row(base: dict[str, str], **changes: str) -> Rows:
    return [{**base, **changes}]


# rule: (rows that break it and nothing else, the field pointed at, rows that nearly break it)
CASES: dict[str, tuple[Rows, str, Rows]] = {
    "S001": (row(GOLD, case_ref=" "), "case_ref", row(GOLD, case_ref="0")),
    "S002": (row(GOLD, case_type=""), "case_type", row(GOLD, case_type="DÉTENTION".replace("É", "E"))),
    "S003": (row(GOLD, event_date=""), "event_date", row(GOLD, event_date="2024-11-05")),
    "S004": (row(GOLD, direction=""), "direction", row(GOLD, direction="Doorvoer")),
    "S005": (row(GOLD, category=""), "category", row(HINT)),
    "S006": (row(GOLD, quantity=""), "quantity", row(GOLD, action="cancel", quantity="", unit="", category="")),
    "S007": (row(GOLD, unit=""), "unit", row(GOLD, unit="Kilogramme")),
    "S008": (row(GOLD, direction="sideways"), "direction", row(GOLD, direction="IMPORTACIÓN")),
    "S009": (
        row(GOLD, concealment="hat"),
        "concealment",
        row(GOLD, concealment="Équipage".replace("Équipage", "Equipaje")),
    ),
    "S053": (row(GOLD, departure_country="AN"), "departure_country", row(GOLD, departure_country="Sint Maarten")),
    "S054": (row(GOLD, territory="Netherlands Antilles"), "territory", row(GOLD, territory="BB")),
    "S010": (row(GOLD, event_date="31/02/2024"), "event_date", row(GOLD, event_date="4-11-2024")),
    "S011": (row(GOLD, event_time="25:00"), "event_time", row(GOLD, event_time="0:00")),
    "S012": (row(GOLD, quantity="1,250.5"), "quantity", row(GOLD, quantity="1250.5")),
    "S013": (row(GOLD, persons_detained="two"), "persons_detained", row(GOLD, persons_detained="2")),
    "S014": (row(GOLD, place="#REF!"), "place", row(GOLD, place="#1 berth")),
    "S015": (row(GOLD, place="a" * 121), "place", row(GOLD, place="a" * 120)),
    "S016": (row(GOLD, quantity="-2"), "quantity", row(GOLD, quantity="0.001")),
    "S017": (row(GOLD, quantity="0"), "quantity", row(GOLD, quantity="0.000001")),
    "S018": (row(PISTOL, unit="kg"), "unit", row(GOLD, unit="troy oz")),
    "S019": (row(GOLD, sub_type="revolver", unit="piece", quantity="1"), "sub_type", row(PISTOL, sub_type="revolver")),
    "S020": (row(GOLD, quantity="10001"), "quantity", row(GOLD, quantity="10000")),
    "S055": (row(GOLD, quantity="1.250"), "quantity", row(GOLD, quantity="0.250", value="1.2500", currency="USD")),
    "S021": (row(PISTOL, quantity="1.5"), "quantity", row(PISTOL, quantity="2.0")),
    "S022": (row(CASH, currency=""), "currency", row(CASH, currency="xcd")),
    "S023": (row(CASH, currency="XCG"), "currency", row(CASH, currency="ANG")),
    "S024": (row(GOLD, value="100"), "currency", row(GOLD, value="100", currency="BBD")),
    "S025": (row(GOLD, value="-1", currency="BBD"), "value", row(GOLD, value="0", currency="BBD")),
    "S026": (row(GOLD, event_date="06/11/2024"), "event_date", row(GOLD, event_date="05/11/2024")),
    "S027": (row(GOLD, event_date="03/11/2024"), "event_date", row(GOLD, event_date="04/11/2024")),
    "S028": (row(GOLD, discovered_date="04/11/2024"), "discovered_date", row(GOLD, discovered_date="05/11/2024")),
    "S047": (row(GOLD, discovered_date="06/11/2024"), "discovered_date", row(GOLD, discovered_date="05/11/2024")),
    "S029": (row(GOLD, territory="tto"), "territory", row(GOLD, territory="Barbade")),
    "S030": (row(GOLD, destination_country="Jamaica"), "destination_country", row(GOLD, destination_country="BB")),
    "S031": (
        row(GOLD, direction="export", departure_country="Jamaica"),
        "departure_country",
        row(GOLD, departure_country="Jamaica"),
    ),
    "S032": (row(GOLD, unlocode="BRIDGE"), "unlocode", row(GOLD, unlocode="BB BGI")),
    "S048": (
        row(GOLD, direction="transit", departure_country="Colombia", destination_country="BB"),
        "destination_country",
        row(GOLD, direction="transit", departure_country="Colombia", destination_country="NL"),
    ),
    "S049": (
        row(GOLD, direction="internal", departure_country="Jamaica", destination_country="BB"),
        "departure_country",
        row(GOLD, direction="internal", departure_country="BB", destination_country="BB"),
    ),
    "S050": (
        row(GOLD, departure_country="BB", destination_country="BB"),
        "departure_country",
        row(GOLD, direction="export", departure_country="BB", destination_country="Jamaica"),
    ),
    "S051": (row(GOLD, unlocode="JMKIN"), "unlocode", row(GOLD, unlocode="bbbgi")),
    "S033": (
        row(PISTOL, serial_state="present"),
        "serial_number",
        row(PISTOL, serial_state="present", serial_number="X1"),
    ),
    "S034": (row(PISTOL, serial_state="none", serial_number="X1"), "serial_number", row(PISTOL, serial_state="none")),
    "S035": (row(PISTOL, quantity="2", serial_number="X1"), "quantity", row(PISTOL, serial_number="X1")),
    "S036": (row(GOLD, calibre="9mm"), "serial_state", row(PISTOL, calibre="9mm")),
    "S037": (
        [*row(GOLD, item_no="1"), *row(GOLD, item_no="1")],
        "item_no",
        [*row(GOLD, item_no="1"), *row(GOLD, item_no="2")],
    ),
    "S038": (row(GOLD, item_no="0"), "item_no", row(GOLD, item_no="1")),
    "S039": (
        [*row(GOLD, item_no="1"), *row(GOLD, item_no="2", direction="transit")],
        "direction",
        [*row(GOLD, item_no="1"), *row(GOLD, case_ref="BB-2", direction="transit")],
    ),
    "S040": (row(GOLD, related_case="TT-0012"), "related_case", row(GOLD, related_case="tto:TT-0012")),
    "S041": (row(GOLD, hs_code="71081"), "hs_code", row(GOLD, hs_code="7108.12")),
    "S052": (row(GOLD, hs_code="9302.00"), "hs_code", row(GOLD, category="other", hs_code="9302.00")),
    "S042": (row(HINT, case_type="seizure"), "case_type", row(HINT, case_type="detention")),
    "S056": (
        [*row(GOLD, conveyance="Blue Tern"), *row(GOLD, case_ref="BB-2", conveyance="Blue Tern")],
        "case_ref",
        [*row(GOLD, conveyance="Blue Tern"), *row(GOLD, case_ref="BB-2", conveyance="Blue Tern", event_time="14:05")],
    ),
    "S043": (row(GOLD, persons_detained="101"), "persons_detained", row(GOLD, persons_detained="100")),
    "S045": (row(GOLD, action="correct", case_ref="BB-4"), "case_ref", row(GOLD, action="correct", case_ref="BB-9")),
    "S046": (row(GOLD, case_ref="BB-9"), "case_ref", row(GOLD, case_ref="BB-8")),
    "S057": (
        row(GOLD, case_ref="BB-7", conveyance="Salt Heron"),
        "case_ref",
        row(GOLD, case_ref="BB-7", conveyance="Salt Heron", quantity="2.6"),
    ),
    "S058": (row(GOLD, quantity="750"), "quantity", row(GOLD, quantity="749")),
    "S044": (row(GOLD, remarks="carried by Mr Doe"), "remarks", row(GOLD, remarks="carried in MR-2 bags")),
}
