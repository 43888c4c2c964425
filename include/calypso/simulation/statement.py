"""A statement is what one row says about a case or an item, and how its cells are spoiled where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from calypso.simulation.cases import Case
from calypso.simulation.offices import Office
from calypso.values import Value


@dataclass(frozen=True)
class Statement:
    """One row: fields in contract names, and texts that stand in cells instead of what the fields say."""

    administration: str
    case_ref: str
    item_no: int | None  # None: about a case without goods, or about a case as a whole
    fields: Mapping[str, Value]
    given: Mapping[str, str] = field(default_factory=dict)
    damage: str | None = None  # a kind of damage; such a row is quarantined
    settled: bool = False  # part of a story, so that nothing else may happen to it

    @property
    def action(self) -> str:
        """Return what the row does."""
        return str(self.fields.get("action") or "new")

    @property
    def whole(self) -> bool:
        """Tell whether something may still happen to the row."""
        return not self.settled and self.damage is None

    def saying(self, **changes: Value) -> Statement:
        """Return the statement with other values."""
        return replace(self, fields={**self.fields, **changes})

    def showing(self, **texts: str) -> Statement:
        """Return the statement with other texts in its cells."""
        return replace(self, given={**self.given, **texts})

    def with_(self, **changes: Any) -> Statement:
        """Return the statement with other properties."""
        return replace(self, **changes)


def statements(case: Case, office: Office) -> Iterator[Statement]:
    """Yield what an office says of a case: one row an item, or one row where there are no goods."""
    said: dict[str, Value] = {"action": "new", **case.fields}
    if not case.items:
        yield Statement(case.administration, case.ref, None, said)
    for item in case.items:
        number = item["item_no"]
        assert isinstance(number, int)
        bare = len(case.items) == 1 and not office.numbers_single_items
        yield Statement(case.administration, case.ref, number, {**said, **item}, {"item_no": ""} if bare else {})


def cancelled_case(case_ref: str, said: Statement) -> Statement:
    """Return the row that takes a whole case back."""
    kept = ("case_type", "event_date", "direction")
    fields: dict[str, Value] = {"action": "cancel", "case_ref": case_ref, **{name: said.fields[name] for name in kept}}
    return Statement(said.administration, case_ref, None, fields, settled=True)
