"""History is what an administration has said before, as the warnings that look across its files need it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from calypso import warehouse
from calypso.contracts import contracts
from calypso.holdings import Holdings, holdings
from calypso.submission import NIL_VERSION, FileName, Submission
from calypso.verdict import COUNTING

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True)
class Filed:
    """A file about one day that counts unless another of the day replaces it."""

    submission_id: str
    operation: str | None
    administration: str
    dataset: str
    day: date
    version: int  # of a nil report 0, whatever its name says
    ordered_at: datetime  # of files that arrived the order of recording, whatever the clock said
    sha256: str

    @property
    def nil(self) -> bool:
        """Tell whether the file says that there was nothing to report."""
        return self.version == NIL_VERSION

    @property
    def about(self) -> tuple[str, str, date]:
        """Return what the file is about: of all that are about the same, one counts."""
        return self.administration, self.dataset, self.day

    @property
    def weight(self) -> tuple[int, datetime, str]:
        """Return what decides which file about the same counts: the greatest does, as in dbt."""
        return self.version, self.ordered_at, self.sha256

    def before(self, other: Filed) -> bool:
        """Tell whether this file was received before another."""
        return (self.ordered_at, self.submission_id) < (other.ordered_at, other.submission_id)


# When, where and what a row of a case says it was: what two cases about one event have in common.
SIGHTED = (
    *("event_date", "event_time", "place", "conveyance", "consignment_ref"),
    *("category", "sub_type", "quantity", "unit", "currency", "serial_number"),
)
# Of a row: submission_id, case_ref, then SIGHTED as texts, the quantity as a float.
Sighting = tuple[str | float | None, ...]


@dataclass(frozen=True)
class Said:
    """That a file has accepted rows about a case, and whether one of them reports it as new."""

    submission_id: str
    case_ref: str
    new: bool


class Usual(NamedTuple):
    """What an administration usually reports of some goods in one unit: the median of its items."""

    administration: str
    goods: str  # sub-type, or category where none is given
    unit: str
    currency: str | None  # of what is counted in money
    median: Decimal


class Archive(Protocol):
    """Where the files received before can be looked up, in sets."""

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        """Return the files of administrations that have said something."""
        ...

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        """Return which of the files have said something about which of these cases."""
        ...

    def usual(self, files: Collection[str], least: int) -> Sequence[Usual]:
        """Return what the accepted items of these files usually are, where there are so many of a kind."""
        ...

    def sightings(self, files: Collection[str], days: Collection[str], texts: Collection[str]) -> Sequence[Sighting]:
        """Return the rows of new cases in these files of which one is about one of these days and texts."""
        ...

    def holdings(self, submission: Submission) -> Holdings:
        """Return what stands of a sender's reports of an operation up to the day that a submission is about."""
        ...


# Money is told apart by its currency: face values of two are no more alike than kilograms and pieces.
_USUAL = """
select s.administration_code, coalesce(r.sub_type, r.category), r.unit,
    case when r.unit = any(%(money)s) then r.currency end,
    trim_scale(percentile_disc(0.5) within group (order by r.quantity))
from raw.seizure_rows as r
join raw.submissions as s using (submission_id)
where r.submission_id = any(%(files)s) and r.verdict = 'accepted' and r.action <> 'cancel' and r.quantity > 0
group by 1, 2, 3, 4 having count(*) >= %(least)s
"""

# A case that one of the files takes back was none.
_SIGHTINGS = f"""
with standing as (
    select s.administration_code, r.*
    from raw.seizure_rows as r join raw.submissions as s using (submission_id)
    where r.submission_id = any(%(files)s) and r.verdict = 'accepted'
),

sighted as (
    select distinct submission_id, case_ref from standing
    where action = 'new' and event_date = any(%(days)s::date[])
        and (place = any(%(texts)s) or conveyance = any(%(texts)s) or consignment_ref = any(%(texts)s))
),

taken_back as (
    select distinct administration_code, case_ref from standing where action = 'cancel'
)

select submission_id, case_ref, {", ".join(f"{name}::{'float8' if name == 'quantity' else 'text'}" for name in SIGHTED)}
from standing join sighted using (submission_id, case_ref)
where action = 'new' and (administration_code, case_ref) not in (select administration_code, case_ref from taken_back)
"""


@dataclass(frozen=True)
class Warehouse:
    """The archive that raw is; it opens a connection for each question and holds none in between.

    `landing` is the landing store, beside which verdicts wait to be loaded.
    """

    dsn: str
    landing: Path | None = None

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        """Return the files that raw knows with a final state that counts."""
        with warehouse.transaction(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select s.submission_id, s.operation_code, s.administration_code, s.dataset, s.reporting_day, "
                "case when t.state = 'nil' then %s else s.version end, s.ordered_at, s.sha256 "
                "from raw.submissions as s join raw.submission_states as t using (submission_id) "
                "where s.administration_code = any(%s) and t.state = any(%s)",
                [NIL_VERSION, list(administrations), list(COUNTING)],
            )
            return [Filed(*row) for row in cursor.fetchall()]

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        """Return what the accepted rows in raw say about these cases."""
        with warehouse.transaction(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select r.submission_id, r.case_ref, bool_or(r.action = 'new') "
                "from raw.seizure_rows as r join raw.submissions as s using (submission_id) "
                "where s.administration_code = any(%s) and r.case_ref = any(%s) and r.verdict = 'accepted' "
                "group by r.submission_id, r.case_ref",
                [list(administrations), list(case_refs)],
            )
            return [Said(*row) for row in cursor.fetchall()]

    def usual(self, files: Collection[str], least: int) -> Sequence[Usual]:
        """Return the medians of accepted items."""
        with warehouse.transaction(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(_USUAL, {"files": list(files), "least": least, "money": _money()})
            return [Usual(*row) for row in cursor.fetchall()]

    def sightings(self, files: Collection[str], days: Collection[str], texts: Collection[str]) -> Sequence[Sighting]:
        """Return accepted rows of new cases that no file takes back."""
        with warehouse.transaction(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(_SIGHTINGS, {"files": list(files), "days": list(days), "texts": list(texts)})
            return cursor.fetchall()

    def holdings(self, submission: Submission) -> Holdings:
        """Return what raw and the waiting verdicts hold."""
        name = submission.name
        if name is None or submission.operation is None:
            return Holdings(0, ())
        with warehouse.transaction(self.dsn) as connection:
            return holdings(
                connection, self.landing, submission.administration, name.dataset, submission.operation, name.day
            )


def _money() -> list[str]:
    """Return the units that count money."""
    return [code for code, unit in contracts()["seizures"].codes["unit"].items() if unit.dimension == "money"]


def filed(submission: Submission, name: FileName, nil: bool = False) -> Filed:
    """Return a submission as a file about the day its name says."""
    return Filed(
        submission_id=submission.submission_id,
        operation=submission.operation,
        administration=submission.administration,
        dataset=name.dataset,
        day=name.day,
        version=NIL_VERSION if nil else name.version,
        ordered_at=submission.order,
        sha256=submission.sha256,
    )


def standing(files: Collection[Filed]) -> frozenset[str]:
    """Return the ids of the files that no other about the same replaces."""
    latest: dict[tuple[str, str, date], Filed] = {}
    for one in sorted(files, key=lambda file: file.weight):
        latest[one.about] = one
    return frozenset(one.submission_id for one in latest.values())


def accepted_warnings(connection: Connection, submission: Submission) -> frozenset[tuple[str, str | None]]:
    """Return the warnings a sender has accepted for the day a submission is about: rule, and case or None for the file.

    An acceptance that names a row means the case that stands there in the report it speaks of.
    """
    if submission.name is None:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            "select upper(a.rule_code), coalesce(a.case_ref, f.case_ref) "
            "from raw.warnings_acknowledged as a "
            "left join raw.submissions as s on a.finding_row is not null and a.case_ref is null "
            "and (s.administration_code, s.dataset, s.reporting_day, s.version) "
            "= (a.administration_code, a.dataset, a.reporting_day, a.version) "
            "left join raw.findings as f on f.submission_id = s.submission_id "
            "and f.row_number = a.finding_row and f.rule_code = upper(a.rule_code) "
            "where a.administration_code = %s and a.dataset = %s and a.verdict = 'accepted' and a.expires_on >= %s "
            "and (a.finding_row is null or a.case_ref is not null or f.case_ref is not null)",
            [submission.administration, submission.name.dataset, submission.name.day],
        )
        return frozenset((str(rule), case_ref) for rule, case_ref in cursor.fetchall())
