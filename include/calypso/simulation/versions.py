"""Versions are the files an administration sends for one day, one after the other; the last one is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calypso.simulation.agenda import Agenda, Key, mistaken
from calypso.simulation.statement import Statement
from calypso.simulation.stories import phantom_case

Rows = Sequence[Statement]
DAYS = 62  # days whose file is replaced
THIRD_VERSIONS = 10
REPLACED = 168  # broken rows that the next version puts right


def versions(agenda: Agenda, damaged: set[Key]) -> Mapping[Key, list[Rows]]:
    """Return for every day with rows its versions in order; a day that stays damaged has one."""
    found: dict[Key, list[Rows]] = {key: [rows] for key, rows in agenda.rows.items() if rows}
    before = sum(agenda.tally.values())
    chosen = [key for key in agenda.busiest(damaged) if len(agenda.rows[key]) > 1][:DAYS]
    for number, key in enumerate(chosen):
        left = REPLACED - (sum(agenda.tally.values()) - before)
        share = max(0, -(-left // (len(chosen) - number)))
        rows = agenda.rows[key]
        if number < THIRD_VERSIONS:
            found[key] = [_draft(agenda, key, rows, share), agenda.damaged(key, rows, 2), rows]
        else:
            found[key] = [_draft(agenda, key, rows, share), rows]
    return found


def _draft(agenda: Agenda, key: Key, rows: Rows, wanted: int) -> Rows:
    """Return a first version: rows spoiled, and sometimes one wrong, one missing, or one that never was."""
    draft = list(agenda.damaged(key, rows, wanted))
    whole = [place for place, row in enumerate(draft) if row.whole and row.action == "new"]
    if not whole:
        return draft
    place, chance = agenda.rng.choice(whole), agenda.rng.random()
    if chance < 0.25 or draft == list(rows):
        draft[place] = mistaken(draft[place], agenda.rng)
    elif chance < 0.45:
        draft.append(phantom_case(agenda, draft[place]))
    elif chance < 0.6 and len(whole) > 1:
        del draft[place]
    return draft
