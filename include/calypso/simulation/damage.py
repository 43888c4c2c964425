"""Damage is what goes wrong in single rows: each kind spoils a good row so that exactly this is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from calypso.contracts import contracts
from calypso.simulation.offices import Office
from calypso.simulation.statement import Statement

TWICE = "item_number_twice"  # the one kind that quarantines a second row with it
ARMS = ("firearm", "firearm_part", "magazine")
DETAILS = ("description", "hs_code", "quantity", "unit", "value", "currency", "make", "model",
               "calibre", "serial_state", "serial_number")  # fmt: skip
WORDS = {"yesterday": {"en": "yesterday", "fr": "hier", "es": "ayer", "nl": "gisteren"},
         "about": {"en": "approx", "fr": "env.", "es": "aprox.", "nl": "ca."},
         "bags": {"en": "bags", "fr": "sacs", "es": "sacos", "nl": "zakken"},
         "inward": {"en": "inbound", "fr": "entrant", "es": "entrante", "nl": "inkomend"},
         "taken": {"en": "confiscation", "fr": "confiscation", "es": "confiscación", "nl": "verbeurdverklaring"},
         "arms": {"en": "weapons", "fr": "armement", "es": "armamento", "nl": "wapens"},
         "amend": {"en": "amendment", "fr": "modification", "es": "modificación", "nl": "wijziging"},
         "two": {"en": "two", "fr": "deux", "es": "dos", "nl": "twee"}}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """What a kind of damage may look at: the office, the file's day and its other rows."""

    office: Office
    day: date
    rows: Sequence[Statement]
    rng: Random

    def word(self, name: str) -> str:
        """Return a word in the office's language."""
        return WORDS[name][self.office.administration.language]


Spoil = Callable[[Statement, Scene], Statement | None]


def spoil(row: Statement, kind: str, scene: Scene) -> Statement | None:
    """Return `row` with damage of `kind`; None where that kind cannot happen to it."""
    if not row.whole or row.action != "new":
        return None
    spoiled = KINDS[kind](row, scene)
    hidden = spoiled is None or set(spoiled.given) - set(row.given) - set(scene.office.fields)
    return None if hidden or spoiled is None else spoiled.with_(damage=kind, settled=True)


def _blank(name: str) -> Spoil:
    return lambda row, scene: row.showing(**{name: ""}) if row.fields.get(name) is not None else None


def _word(name: str, word: str) -> Spoil:
    return lambda row, scene: row.showing(**{name: scene.word(word)}) if row.fields.get(name) is not None else None


def _text(name: str, text: str) -> Spoil:
    return lambda row, scene: row.showing(**{name: text}) if row.fields.get(name) is not None else None


def _quantity(write: Callable[[Decimal, Scene], str]) -> Spoil:
    def apply(row: Statement, scene: Scene) -> Statement | None:
        quantity = row.fields.get("quantity")
        return row.showing(quantity=write(quantity, scene)) if isinstance(quantity, Decimal) else None

    return apply


def _impossible_date(row: Statement, scene: Scene) -> Statement:
    year = scene.day.year
    shown = {"d": f"31/02/{year}", "m": f"02/31/{year}", "y": f"{year}/02/31"}
    return row.showing(event_date=shown[scene.office.administration.date_order[0]])


def _unsuitable(categories: Sequence[str], unit: str) -> Spoil:
    def apply(row: Statement, scene: Scene) -> Statement | None:
        label = contracts()["seizures"].codes["unit"][unit].label
        if label is None or row.fields.get("category") not in categories:
            return None
        return row.showing(unit=label[scene.office.administration.language])

    return apply


def _foreign_sub_type(row: Statement, scene: Scene) -> Statement | None:
    known = contracts()["seizures"].codes["sub_type"]
    others = [code for code, entry in known.items() if entry.category != row.fields.get("category")]
    return row.showing(sub_type=scene.rng.choice(others)) if row.fields.get("sub_type") else None


def _goods_without_category(row: Statement, scene: Scene) -> Statement | None:
    """Leave of the goods only what describes them."""
    if row.fields.get("sub_type") is None:
        return None
    return row.showing(category="", **{name: "" for name in DETAILS if name in scene.office.fields})


def _expired_currency(row: Statement, scene: Scene) -> Statement | None:
    code = "XCG" if scene.day < date(2025, 3, 31) else "ANG"
    return row.showing(currency=code) if row.fields.get("currency") else None


def _no_currency(row: Statement, scene: Scene) -> Statement | None:
    return row.showing(currency="") if row.fields.get("category") == "currency" else None


def _future_event(row: Statement, scene: Scene) -> Statement:
    return row.showing(event_date=(scene.day + timedelta(scene.rng.randint(1, 9))).isoformat())


def _foreign_territory(row: Statement, scene: Scene) -> Statement | None:
    own = scene.office.administration.territories
    return row.showing(territory=scene.rng.choice([code for code in ("TTO", "BRB", "USA") if code.lower() not in own]))


def _number_twice(row: Statement, scene: Scene) -> Statement | None:
    """Give the row the number of another row of its case."""
    twin = twin_of(row, scene.rows)
    return row.showing(item_no=str(twin.item_no)) if twin else None


def twin_of(row: Statement, rows: Sequence[Statement]) -> Statement | None:
    """Return another whole row of the same case in the file, whose number can be taken."""
    others = [other for other in rows if other is not row and other.case_ref == row.case_ref]
    return next((other for other in others if other.item_no and other.whole and other.action == "new"), None)


def _number_unreadable(row: Statement, scene: Scene) -> Statement | None:
    """Spoil the number; it then counts as 1, which no other row of the case may have in the file."""
    if row.item_no is None:
        return None
    first = any(other.case_ref == row.case_ref and other.item_no == 1 for other in scene.rows if other is not row)
    return None if first else row.showing(item_no="1a")


def _place_too_long(row: Statement, scene: Scene) -> Statement | None:
    place = row.fields.get("place")
    return row.showing(place=(f"{place}, " * 60)[:600].rstrip(", ")) if place else None


def _workbook_only(kind: Spoil) -> Spoil:
    return lambda row, scene: kind(row, scene) if scene.office.format == "xlsx" else None


KINDS: Mapping[str, Spoil] = {
    "case_ref_missing": _blank("case_ref"),
    "case_type_missing": _blank("case_type"),
    "event_date_missing": _blank("event_date"),
    "direction_missing": _blank("direction"),
    "category_missing": _blank("category"),
    "quantity_missing": _blank("quantity"),
    "unit_missing": _blank("unit"),
    "goods_without_category": _goods_without_category,
    "action_unknown": _word("action", "amend"),
    "case_type_unknown": _word("case_type", "taken"),
    "direction_unknown": _word("direction", "inward"),
    "category_unknown": _word("category", "arms"),
    "sub_type_unknown": _text("sub_type", "n/a"),
    "unit_unknown": _word("unit", "bags"),
    "date_impossible": _impossible_date,
    "date_in_words": _word("event_date", "yesterday"),
    "date_in_no_order": lambda row, scene: row.showing(event_date=f"25/13/{scene.day.year}"),
    "time_impossible": _text("event_time", "25:70"),
    "quantity_grouped_by_comma": _quantity(lambda q, scene: f"{q + 1000:,.1f}"),
    "quantity_grouped_by_point": _quantity(lambda q, scene: f"{q + 1000:,.1f}".translate(str.maketrans(",.", ".,"))),
    "quantity_with_letter": _quantity(lambda q, scene: f"{int(q) + 1}O"),
    "quantity_in_words": _quantity(lambda q, scene: f"{scene.word('about')} {int(q) + 1}"),
    "quantity_negative": _quantity(lambda q, scene: f"-{int(q) + 1}"),
    "quantity_error_cell": _workbook_only(_text("quantity", "#REF!")),
    "value_error_cell": _workbook_only(_text("value", "#N/A")),
    "value_negative": _text("value", "-500"),
    "unit_of_mass_for_arms": _unsuitable(ARMS, "kg"),
    "unit_of_pieces_for_powder": _unsuitable(("cocaine", "gold"), "piece"),
    "sub_type_of_other_category": _foreign_sub_type,
    "cash_without_currency": _no_currency,
    "currency_not_valid": _expired_currency,
    "event_after_reporting_day": _future_event,
    "territory_of_another": _foreign_territory,
    TWICE: _number_twice,
    "item_number_unreadable": _number_unreadable,
    "item_number_zero": lambda row, scene: row.showing(item_no="0") if row.item_no else None,
    "place_too_long": _place_too_long,
    "persons_in_words": _word("persons_detained", "two"),
}
