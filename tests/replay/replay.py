"""The replay tells by itself what the marts must tell of a moment, from the submissions as they lie in raw.

It is written from what is said of the warehouse in words, and shares nothing with the SQL that it checks but the seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from replay.deliveries import days_of, deliveries
from replay.measuring import figures, goods, measured
from replay.memory import Memory
from replay.results import Of, contributions, results, situation
from replay.standing import Case, Told
from replay.submission import Submission

from calypso.contracts import contracts
from calypso.registry import Operation

Answer = dict[str, Any]  # a row of the marts, without its surrogate keys

FIELDS = contracts()["seizures"].fields
OF_ITEMS = [name for name, field in FIELDS.items() if field.of_item and name != "item_no"]
OF_CASES = [name for name, field in FIELDS.items() if not field.of_item and name not in ("action", "case_ref")]
GIVEN = ("quantity_given", "unit_given", "value_given", "currency_given")


class Replay:
    """What is known of operations from submissions; `zones` are those of the administrations."""

    def __init__(
        self, submissions: Iterable[Submission], operations: Mapping[str, Operation], zones: Mapping[str, str]
    ) -> None:
        self.submissions, self.operations, self.zones = list(submissions), operations, zones

    @cached_property
    def memories(self) -> dict[tuple[str, str], Memory]:
        """What was known of each administration's cases, by operation and administration."""
        files: dict[tuple[str, str], list[Submission]] = {}
        for one in self.submissions:
            if one.operation:
                files.setdefault((one.operation, one.administration), []).append(one)
        return {of: Memory(own) for of, own in files.items()}

    def cases(self, operation: str, at: datetime) -> list[Answer]:
        """Return the rows of marts.cases."""
        return [
            {
                **self._told(operation, reference, case.told, at, None),
                **{name: case.told.row.get(name) for name in OF_CASES},
                "number_of_items": len(case.items),
            }
            for (_, reference), case in self._standing(operation, at).items()
        ]

    def items(self, operation: str, at: datetime) -> list[Answer]:
        """Return the rows of marts.items."""
        return [
            {
                **self._told(operation, reference, item, at, number),
                **{name: item.row.get(name) for name in (*OF_ITEMS, *GIVEN, "event_date", "remarks")},
                **dict(zip(("goods_code", "sum_group"), goods(item.row), strict=True)),
                **measured(item.row),
            }
            for (_, reference), case in self._standing(operation, at).items()
            for number, item in case.items.items()
        ]

    def operation_results(self, operation: str, at: datetime) -> list[Answer]:
        """Return the rows of marts.operation_results."""
        published = self.operations[operation].published
        told = results(self._standing(operation, at), published)
        for one in told:
            said = published.get(one["figure"])
            if said and said.more_than_in:
                one["holds"] = self._more_than(one, said.more_than_in, at)
        return told

    def contributions(self, operation: str, at: datetime) -> list[Answer]:
        """Return the rows of marts.contributions."""
        return [
            {
                "figure": figure["figure"],
                "administration_code": one.told.submission.administration,
                "reported_on": one.told.reported_on,
                "submission_id": one.told.submission.submission_id,
                "row_number": one.told.row["row_number"],
                "value": one.value,
                "code": one.code,
                "is_part": one.in_part,
            }
            for figure in figures()
            for one in contributions(figure, self._standing(operation, at))
        ]

    def daily_situation(self, operation: str, at: datetime) -> list[Answer]:
        """Return the rows of marts.daily_situation."""
        return situation(self._standing(operation, at), days_of(self.operations[operation]))

    def delivery_statuses(self, operation: str, at: datetime) -> list[Answer]:
        """Return the rows of marts.delivery_statuses."""
        return list(deliveries(self.operations[operation], self.zones, self.submissions, at))

    def periods(self) -> dict[tuple[Any, ...], tuple[frozenset[str], frozenset[str]]]:
        """Return every period of a case or an item, with the files by which it may have begun and ended."""
        return {
            (*of, *subject, *period.told.by, period.known_from, period.known_to): (period.known_by, period.ended_by)
            for of, memory in self.memories.items()
            for subject, periods in memory.periods.items()
            for period in periods
        }

    def days(self) -> dict[str, tuple[datetime, datetime | None, str | None, str | None]]:
        """Return of each file that ever counted: from when, until when, instead of which, and which instead of it."""
        return {file: told for memory in self.memories.values() for file, told in memory.days().items()}

    def _standing(self, operation: str, at: datetime) -> dict[Of, Case]:
        return {
            (administration, reference): case
            for (code, administration), memory in self.memories.items()
            if code == operation
            for reference, case in memory.cases(at).items()
        }

    def _told(self, operation: str, reference: str, told: Told, at: datetime, item_no: int | None) -> Answer:
        administration = told.submission.administration
        numbered = {} if item_no is None else {"item_no": item_no}
        return {
            "operation_code": operation,
            "administration_code": administration,
            "case_ref": reference,
            **numbered,
            "submission_id": told.submission.submission_id,
            "row_number": told.row["row_number"],
            "reporting_day": told.submission.day,
            "reported_on": told.reported_on,
            "known_from": self.memories[operation, administration].since(at, (reference, item_no)),
        }

    def _more_than(self, told: Answer, elsewhere: str, at: datetime) -> bool | None:
        """Compare with another operation, of which nothing can be said while it has no case."""
        other = self._standing(elsewhere, at)
        [there] = [one["value"] for one in results(other, {}) if one["figure"] == told["figure"]]
        if not other or told["value"] is None or there is None:
            return None
        return bool(told["value"] > there)
