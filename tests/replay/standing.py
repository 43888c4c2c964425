"""What stands of an administration's cases and items: its files read one after another, in the order of their days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from replay.submission import Row, Submission

Subject = tuple[str, int | None]  # a case by its reference, or one of its items


@dataclass(frozen=True)
class Told:
    """A case or an item as a row of a file tells of it, and the day of the first file that told of it."""

    submission: Submission
    row: Row
    reported_on: date

    @property
    def by(self) -> tuple[str, int, date]:
        """Return which row tells of it, and since which day."""
        return self.submission.submission_id, self.row["row_number"], self.reported_on


@dataclass
class Case:
    """A case and its items by their numbers; `first` remembers the day on which each number was first told of."""

    told: Told
    items: dict[int, Told] = field(default_factory=dict)
    first: dict[int, date] = field(default_factory=dict)


Cases = dict[str, Case]  # by their references


def counting(files: Iterable[Submission], at: datetime) -> list[Submission]:
    """Return of each day the file that counts at a moment: the weightiest of those then known."""
    latest: dict[tuple[str | None, str, str | None, date | None], Submission] = {}
    for one in sorted(files, key=lambda file: file.weight):
        if one.reports and one.known(at):
            latest[one.operation, one.administration, one.dataset, one.day] = one
    return list(latest.values())


class Reading:
    """The cases that stand when the files that count, one for a day, are read in the order of their days.

    `last` remembers by which file each case and item was last told of, or taken away.
    """

    def __init__(self, files: Iterable[Submission] = ()) -> None:
        self.files = list(files)
        self.cases: Cases = {}
        self.last: dict[Subject, Submission] = {}
        for submission in sorted(self.files, key=lambda file: file.day or date.min):
            described: set[str] = set()  # by this file already: its first row about a case describes it
            for row in sorted(submission.rows, key=lambda row: row["row_number"]):
                if row["verdict"] == "accepted" and row.get("action") == "cancel":
                    self._cancel(described, submission, row)
                elif row["verdict"] == "accepted":
                    self._tell(described, submission, row)

    @property
    def subjects(self) -> dict[Subject, Told]:
        """Every case and every item that stands, with the row that tells of it."""
        told: dict[Subject, Told] = {(reference, None): case.told for reference, case in self.cases.items()}
        for reference, case in self.cases.items():
            told.update({(reference, number): item for number, item in case.items.items()})
        return told

    def _cancel(self, described: set[str], submission: Submission, row: Row) -> None:
        reference, number = row["case_ref"], _item(row)
        if number is None:
            self.cases.pop(reference, None)
            described.discard(reference)
            self.last.update({subject: submission for subject in self.last if subject[0] == reference})
        else:
            if reference in self.cases:
                self.cases[reference].items.pop(number, None)
            self.last[reference, number] = submission

    def _tell(self, described: set[str], submission: Submission, row: Row) -> None:
        reference, day = row["case_ref"], submission.day
        assert day is not None
        case = self.cases.setdefault(reference, Case(Told(submission, row, day)))
        if reference not in described:
            case.told = Told(submission, row, case.told.reported_on)
            self.last[reference, None] = submission
            described.add(reference)
        if row.get("category") is not None:
            number = _item(row) or 0
            case.items[number] = Told(submission, row, case.first.setdefault(number, day))
            self.last[reference, number] = submission


def _item(row: Row) -> int | None:
    """Return the number of the item a row is about; it may be left out where the case has one. None: the case alone."""
    if row.get("category") is not None and row.get("item_no") is None:
        return 1
    return row.get("item_no")
