"""History is what an administration has said before, as the warnings that look across its files need it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from calypso import warehouse
from calypso.submission import NIL_VERSION, FileName, Submission

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

COUNTING = ("accepted", "partly_accepted", "nil")  # final states of a file that says something about its day


@dataclass(frozen=True)
class Filed:
    """A file about one day that counts unless another of the day replaces it."""

    submission_id: str
    administration: str
    dataset: str
    day: date
    version: int  # of a nil report 0, whatever its name says
    received_at: datetime
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
        return self.version, self.received_at, self.sha256

    def before(self, other: Filed) -> bool:
        """Tell whether this file was received before another."""
        return (self.received_at, self.submission_id) < (other.received_at, other.submission_id)


@dataclass(frozen=True)
class Said:
    """That a file has accepted rows about a case, and whether one of them reports it as new."""

    submission_id: str
    case_ref: str
    new: bool


class Archive(Protocol):
    """Where the files received before can be looked up, in sets."""

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        """Return the files of administrations that have said something."""
        ...

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        """Return which of the files have said something about which of these cases."""
        ...


@dataclass(frozen=True)
class Warehouse:
    """The archive that raw is; it opens a connection for each question and holds none in between."""

    dsn: str

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        """Return the files that raw knows with a final state that counts."""
        with warehouse.transaction(self.dsn) as connection, connection.cursor() as cursor:
            cursor.execute(
                "select s.submission_id, s.administration_code, s.dataset, s.reporting_day, "
                "case when t.state = 'nil' then %s else s.version end, s.received_at, s.sha256 "
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


def filed(submission: Submission, name: FileName, nil: bool = False) -> Filed:
    """Return a submission as a file about the day its name says."""
    return Filed(
        submission_id=submission.submission_id,
        administration=submission.administration,
        dataset=name.dataset,
        day=name.day,
        version=NIL_VERSION if nil else name.version,
        received_at=submission.received_at,
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
