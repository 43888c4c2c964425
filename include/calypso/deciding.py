"""A doubt is a warning worth a second look; what the coordination unit decides of it is kept, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from calypso import history, judging
from calypso.contracts import contracts
from calypso.finding import Finding
from calypso.legible import spaced
from calypso.registry import administrations
from calypso.settings import Settings
from calypso.telling import shown, tell

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

# Implausible magnitudes, marks that may group thousands, and cases that may be told twice.
WORTH_A_LOOK = ("S020", "S046", "S055", "S056", "S057", "S058")
MOST = 20  # doubts of one sitting

Decision = Literal["accept", "keep", "ask"]  # as it stands; in doubt; and let the sender say
DECISIONS: tuple[Decision, ...] = ("accept", "keep", "ask")

_DOUBTS = """
select f.submission_id, f.finding_no, f.rule_code, f.row_number, f.field, f.value_given, f.value_expected, f.case_ref,
    s.administration_code, s.file_name
from raw.findings as f
join raw.submissions as s using (submission_id)
where f.submission_id = any(%(standing)s) and f.rule_code = any(%(rules)s)
    and (f.submission_id, f.finding_no) not in (select submission_id, finding_no from raw.decisions)
    -- What its sender has accepted is in no doubt.
    and not exists (
        select from raw.warnings_acknowledged as a
        where (a.administration_code, a.dataset, a.reporting_day) = (s.administration_code, s.dataset, s.reporting_day)
            and upper(a.rule_code) = f.rule_code and a.verdict = 'accepted'
            and (a.case_ref = f.case_ref or a.finding_row = f.row_number)
    )
order by s.received_at, f.submission_id, f.finding_no limit %(most)s
"""


@dataclass(frozen=True)
class Doubt:
    """One finding that a person is asked about."""

    submission_id: str
    finding_no: int
    rule: str
    row: int | None
    field: str | None
    given: str | None
    expected: str | None
    case_ref: str | None
    administration: str
    file_name: str

    def told(self, language: str) -> str:
        """Return what is in doubt, as a receipt tells it."""
        rule = judging.rules().rules[self.rule]
        finding = Finding(self.rule, self.row, field=self.field, given=self.given, expected=self.expected)
        return str(tell(finding, rule.severity, rule.sentence, language, contracts()["seizures"])["message"])


def doubts(connection: Connection, settings: Settings, most: int = MOST) -> list[Doubt]:
    """Return the oldest doubts in files that count, of which nobody has decided."""
    files = history.Warehouse(settings.warehouse("loader")).files(list(administrations()))
    about = {"standing": sorted(history.standing(files)), "rules": list(WORTH_A_LOOK), "most": most}
    with connection, connection.cursor() as cursor:
        cursor.execute(_DOUBTS, about)
        return [Doubt(*row) for row in cursor.fetchall()]


def decide(connection: Connection, doubt: Doubt, decision: Decision, why: str, who: str) -> bool:
    """Keep what a person has decided; of one doubt the first word counts. Tell whether this was it."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.decisions (submission_id, finding_no, decision, reason, decided_by) "
            "values (%s, %s, %s, %s, %s) on conflict do nothing",
            [doubt.submission_id, doubt.finding_no, decision, spaced(why), shown(who)],
        )
        return bool(cursor.rowcount)
