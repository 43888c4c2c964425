"""Stories are what becomes of rows after their day: corrections, cancellations, and repairs in a later day's file."""

from __future__ import annotations

from calypso.simulation.agenda import Agenda, Key, mistaken
from calypso.simulation.cases import reference
from calypso.simulation.statement import Statement, cancelled_case

CORRECTIONS, PHANTOM_ITEMS, PHANTOM_CASES = 14, 8, 7
REPAIRED_LATER = 125  # broken rows that a row in a later file puts right
PHANTOM_NUMBERS = 900  # references of cases that never were begin here


def tell(agenda: Agenda) -> set[Key]:
    """Let all stories happen; return the days whose files stay damaged."""
    _correct_items(agenda)
    _cancel_items(agenda)
    _cancel_cases(agenda)
    return _repair_later(agenda)


def _correct_items(agenda: Agenda) -> None:
    """Report some rows wrongly, and correct them by a row in a later file."""
    told = 0
    for key in agenda.busiest():
        later = agenda.later(key)
        places = [n for n, row in enumerate(agenda.rows[key]) if row.whole and row.action == "new"]
        if told == CORRECTIONS or later is None or not places:
            continue
        place = agenda.rng.choice(places)
        right = agenda.rows[key][place]
        agenda.rows[key][place] = mistaken(right, agenda.rng).with_(settled=True)
        agenda.add(later, right.saying(action="correct").with_(settled=True))
        told += 1


def _cancel_items(agenda: Agenda) -> None:
    """Report items that never were, in cases of several items, and cancel them by a row in a later file."""
    told = 0
    for key in agenda.busiest():
        rows, later = agenda.rows[key], agenda.later(key)
        several = [row for row in rows if row.whole and row.action == "new" and (row.item_no or 0) > 1]
        if told == PHANTOM_ITEMS or later is None or not several:
            continue
        model = agenda.rng.choice(several)
        number = 1 + max(row.item_no or 0 for row in rows if row.case_ref == model.case_ref)
        phantom = _phantom(model, model.case_ref, number)
        agenda.add(key, phantom)
        agenda.add(later, phantom.saying(action="cancel"))
        told += 1


def _cancel_cases(agenda: Agenda) -> None:
    """Report cases that never were, and cancel each as a whole by a row in a later file."""
    for key in agenda.busiest()[: PHANTOM_CASES * 3 : 3]:
        later = agenda.later(key)
        models = [row for row in agenda.rows[key] if row.whole and row.action == "new"]
        if later is not None and models:
            phantom = phantom_case(agenda, models[0])
            agenda.add(key, phantom)
            agenda.add(later, cancelled_case(phantom.case_ref, phantom))


def phantom_case(agenda: Agenda, model: Statement) -> Statement:
    """Return a row about a case that never was, made after a true one."""
    code = model.administration
    agenda.phantoms[code] += 1
    ref = reference(code, agenda.operation, PHANTOM_NUMBERS + agenda.phantoms[code])
    return _phantom(model, ref, 1 if model.item_no else None)


def _phantom(model: Statement, case_ref: str, item_no: int | None) -> Statement:
    serial = model.fields.get("serial_number")
    changes = {"case_ref": case_ref, "item_no": item_no, **({"serial_number": f"X{serial}"} if serial else {})}
    return model.saying(**changes).with_(case_ref=case_ref, item_no=item_no, given={}, settled=True)


def _repair_later(agenda: Agenda) -> set[Key]:
    """Damage rows, and state each of them anew in a later file."""
    used: set[Key] = set()
    for key in agenda.busiest():
        later = agenda.later(key)
        if sum(agenda.tally.values()) >= REPAIRED_LATER or later is None or key[1] == agenda.operation.ends_on:
            continue
        right = agenda.rows[key]
        damaged = agenda.damaged(key, right, agenda.rng.randint(1, max(1, len(right) - 1)))
        for row, spoiled in zip(right, damaged, strict=True):
            if spoiled.damage is not None:
                agenda.add(later, row.saying(action=agenda.rng.choice(["new", "correct"])).with_(settled=True))
                used.add(key)
        agenda.rows[key] = damaged
    return used
