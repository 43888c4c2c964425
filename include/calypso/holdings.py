"""Holdings are what stands of an administration's reports up to a day: its current cases and items, added up.

What is current is what dbt's intermediate models say: of the files about one day the greatest counts, of statements
about one item the one for the latest day, and what was taken back is gone. It is asked of raw, and of the verdicts that
wait to be loaded: a sender drops a day and its totals together, and the marts may be a build behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from calypso import verdict
from calypso.contracts import contracts
from calypso.verdict import COUNTING, FINAL_STATES, Verdict

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection
    from psycopg2.extensions import cursor as Cursor

_WAITING = """
select submission_id from raw.submissions as s
where administration_code = %(administration)s and duplicate_of is null
    and not exists (
        select from raw.submission_states as t where t.submission_id = s.submission_id and t.state = any(%(final)s)
    )
"""

# Reads as int_submissions_current, int_item_statements, int_items_current and int_cases_current do.
_HELD = """
with judged as (
    select submission_id, state from raw.submission_states
    union all
    select submission_id, state from waiting_states
),

counting as (
    select s.*, case when j.state = 'nil' then 0 else s.version end as weight
    from raw.submissions as s join judged as j using (submission_id)
    where s.administration_code = %(administration)s and s.dataset = %(dataset)s
        and s.operation_code = %(operation)s and s.reporting_day <= %(until)s and j.state = any(%(counting)s)
),

files as (
    select distinct on (reporting_day) * from counting
    order by reporting_day, weight desc, ordered_at desc, sha256 desc, submission_id desc
),

told as (
    select * from raw.seizure_rows where submission_id in (select submission_id from files)
    union all
    select * from waiting_rows where submission_id in (select submission_id from files)
),

ordered as (
    select
        t.*,
        case
            when t.category is not null then coalesce(t.item_no, 1)
            when t.action = 'cancel' then t.item_no
        end as item_stated,
        row_number() over (
            partition by t.case_ref order by f.reporting_day, f.weight, f.ordered_at, f.sha256, t.row_number
        ) as statement_no
    from told as t join files as f using (submission_id)
    where t.verdict = 'accepted'
),

statements as (
    select
        *,
        coalesce(
            statement_no > max(statement_no) filter (where action = 'cancel' and item_stated is null)
                over (partition by case_ref),
            true
        ) as stands
    from ordered
),

items as (
    select distinct on (case_ref, item_stated) * from statements
    where stands and item_stated is not null
    order by case_ref, item_stated, statement_no desc
)

select null, null, null, null, count(distinct case_ref) from statements where stands and action <> 'cancel'
union all
select category, sub_type, unit, case when unit = any(%(money)s) then currency end, sum(quantity)
from items where action <> 'cancel' group by 1, 2, 3, 4
"""


class Held(NamedTuple):
    """How much stands of some goods in one unit as given, of money in one currency."""

    category: str
    sub_type: str | None
    unit: str
    currency: str | None
    quantity: Decimal


@dataclass(frozen=True)
class Holdings:
    """The number of cases that stand, and the goods in them."""

    cases: int
    goods: Sequence[Held]

    def measures(self, category: str | None, sub_type: str | None) -> dict[tuple[str, str | None], Decimal]:
        """Return how much stands of a category, or of one sub-type of it, by unit and currency."""
        sums: dict[tuple[str, str | None], Decimal] = {}
        for held in self.goods:
            if (held.sub_type == sub_type) if sub_type else (held.category == category):
                measure = held.unit, held.currency
                sums[measure] = sums.get(measure, Decimal(0)) + held.quantity
        return sums


def holdings(
    connection: Connection, store: Path | None, administration: str, dataset: str, operation: str, until: date
) -> Holdings:
    """Return what stands of an administration's reports of an operation about the days up to `until`.

    `store` is where verdicts wait to be loaded; where none is given nothing waits.
    """
    units = contracts()["seizures"].codes["unit"].items()
    about = {
        **{"administration": administration, "dataset": dataset, "operation": operation, "until": until},
        "counting": list(COUNTING),
        "money": [code for code, unit in units if unit.dimension == "money"],
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table waiting_states (submission_id text, state text) on commit drop; "
            "create temporary table waiting_rows (like raw.seizure_rows) on commit drop"
        )
        for outcome, rows in _waiting(cursor, store, administration) if store else ():
            _put(cursor, outcome, rows)
        cursor.execute(_HELD, about)
        found = cursor.fetchall()
    [cases] = [int(count) for category, *_, count in found if category is None]
    return Holdings(cases, [Held(*row) for row in found if row[0] is not None])


def _waiting(cursor: Cursor, store: Path, administration: str) -> Iterator[tuple[Verdict, Path]]:
    """Yield the verdicts on reports that are kept and not loaded yet, with their rows."""
    cursor.execute(_WAITING, {"administration": administration, "final": list(FINAL_STATES)})
    for (submission_id,) in cursor.fetchall():
        try:
            outcome, rows, _ = verdict.kept(store, submission_id)
        except FileNotFoundError:
            continue  # not judged yet
        if outcome.state in COUNTING:
            yield outcome, rows


def _put(cursor: Cursor, outcome: Verdict, rows: Path) -> None:
    cursor.execute("insert into waiting_states values (%s, %s)", [outcome.submission_id, outcome.state])
    with rows.open("rb") as file:
        names = file.readline().decode().strip()
        file.seek(0)
        cursor.copy_expert(f"copy waiting_rows ({names}) from stdin with (format csv, header match)", file)
