"""The state of an operation as the board shows it: the published marts, and beside them what raw knows already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from calypso.registry import Operation, operations

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

RECEIPTS = 15  # shown, the last ones first
RULES = 10  # shown, those that hold back most rows first

_DELIVERIES = """
select administration_code, reporting_day, status, timeliness, rows_quarantined, file_name, reported_share
from marts.rpt_deliveries where operation_code = %(operation)s
order by administration_code, reporting_day
"""

# Held back and not mended: what stands in files that count now.
_QUARANTINE = """
select f.administration_code, f.rule_code, count(distinct (f.submission_id, f.row_number))
from marts.fct_findings as f
join marts.fct_submissions as s using (submission_id)
where f.operation_code = %(operation)s and f.severity = 'critical' and f.row_number is not null
    and s.standing = 'current'
group by 1, 2
"""

_RECEIPTS = """
select r.issued_at, s.administration_code, s.file_name, t.state, t.rows_read, t.rows_quarantined
from raw.receipts as r
join raw.submissions as s using (submission_id)
join raw.submission_states as t on t.submission_id = s.submission_id and t.state = any(%(final)s)
where s.operation_code = %(operation)s
order by r.issued_at desc, s.submission_id limit %(receipts)s
"""

# The last build that the marts are of: one that still runs, or has failed, is not theirs.
_BUILD = "select max(build_no), max(cut_at) from marts.dim_builds"

_RUNNING = """
select
    (select count(*) from raw.build_submissions where build_no <= %(build_no)s),
    count(*) filter (where not answered), min(s.recorded_at) filter (where not answered),
    count(*) filter (where answered and not known),
    coalesce(bool_or(s.is_simulated) filter (where s.operation_code = %(operation)s), false)
from (
    select recorded_at, is_simulated, operation_code,
        exists (select from raw.submission_states as t
                where t.submission_id = s.submission_id and t.state = 'acknowledged') as answered,
        exists (select from raw.build_submissions as b
                where b.submission_id = s.submission_id and b.build_no <= %(build_no)s) as known
    from raw.submissions as s
) as s
"""


@dataclass(frozen=True)
class Delivery:
    """What one administration has said of one day: `fct_deliveries` in the words of the warehouse."""

    day: date
    status: str
    timeliness: str
    rows_quarantined: int | None
    file_name: str | None


@dataclass(frozen=True)
class Line:
    """One administration in the grid: its days in their order, and the share of those due that it has reported."""

    administration: str
    days: Sequence[Delivery]
    reported: float


@dataclass(frozen=True)
class Receipt:
    """One answer that was given."""

    issued_at: datetime
    administration: str
    file_name: str
    state: str
    rows_read: int
    rows_quarantined: int


@dataclass(frozen=True)
class Running:
    """What runs: the build that the marts are of, and what waits for an answer or for the next build."""

    build_no: int | None
    cut_at: datetime | None
    known: int  # submissions in the marts
    unanswered: int
    oldest_unanswered: datetime | None
    waiting: int  # answered, and not yet in the marts
    simulated: bool  # some file of the operation is


@dataclass(frozen=True)
class Board:
    """All that the page shows of one operation."""

    operation: Operation
    grid: Sequence[Line]
    quarantine: Mapping[str, int]  # rows held back, by administration, most first
    rules: Mapping[str, int]  # rows held back, by rule, most first
    receipts: Sequence[Receipt]
    running: Running

    @property
    def simulated(self) -> bool:
        """Tell whether anything shown may be simulated."""
        return self.operation.simulated or self.running.simulated

    @property
    def totals(self) -> Mapping[str, int]:
        """Return how many deliveries have each status."""
        found: dict[str, int] = {}
        for line in self.grid:
            for delivery in line.days:
                found[delivery.status] = found.get(delivery.status, 0) + 1
        return found


def board(connection: Connection, operation: Operation) -> Board:
    """Ask the warehouse, in one transaction, for the state of an operation.

    `connection` must read marts and raw. Before the first build the grid is empty.
    """
    from calypso.verdict import FINAL_STATES

    said: dict[str, Any] = {"operation": operation.code, "final": list(FINAL_STATES), "receipts": RECEIPTS}
    with connection, connection.cursor() as cursor:

        def ask(query: str) -> list[Any]:
            cursor.execute(query, said)
            return cursor.fetchall()

        [[built]] = ask("select to_regclass('marts.rpt_deliveries') is not null")
        deliveries, held = (ask(_DELIVERIES), ask(_QUARANTINE)) if built else ([], [])
        [(build_no, cut_at)] = ask(_BUILD) if built else [(None, None)]
        said["build_no"] = build_no
        receipts, [running] = ask(_RECEIPTS), ask(_RUNNING)
    return Board(
        operation=operation,
        grid=[_line(code, list(days)) for code, days in groupby(deliveries, key=lambda row: row[0])],
        quarantine=_summed(held, 0),
        rules=dict(list(_summed(held, 1).items())[:RULES]),
        receipts=[Receipt(*row) for row in receipts],
        running=Running(build_no, cut_at, *running),
    )


def latest(connection: Connection) -> Operation:
    """Return the operation about which a file has come last; before any has, the one that begins last."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select operation_code from raw.submissions where operation_code = any(%s) "
            "order by recorded_at desc limit 1",
            [list(operations())],
        )
        found = cursor.fetchone()
    return operations()[found[0]] if found else max(operations().values(), key=lambda one: one.starts_on)


def _line(code: str, rows: Sequence[Any]) -> Line:
    share = float(rows[-1][6])  # told until each day: the last has all
    return Line(code, [Delivery(*row[1:6]) for row in rows], share)


def _summed(rows: Sequence[Any], column: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row[column]] = found.get(row[column], 0) + row[2]
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
