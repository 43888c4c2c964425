"""What partners are told gives no sum of one or two cases away: not by itself, not with all else, and not over time."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from integration import disclosure
from integration.disclosure import ALL, ENOUGH, Part, Sum, leaks
from integration.line import TABLES_ALONE, Line, files_by_arrival, simulated
from psycopg2.extras import RealDictCursor, execute_values

from calypso import building, warehouse
from calypso.registry import operations

pytestmark = pytest.mark.integration

TABLE = "rpt_partner_sums"
# Partners find what the codes mean, and one table of sums. A further table has to be put before the audit.
NO_SUMS = {
    "dim_administrations", "dim_codes", "dim_dates", "dim_figures", "dim_goods", "dim_operations",
    "dim_published_figures",
}  # fmt: skip
INVENTED = 60  # operations
Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any], natural: Line, folder: Path) -> Iterator[Line]:
    made: Line
    with new_line("disclosure", folder / "clock.csv", like=natural) as made:
        yield made


@pytest.fixture(scope="module")
def second(new_line: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    _, folder = simulated(tmp_path_factory.mktemp("simulated"), "calypso-2025")
    made: Line
    with new_line("disclosure_second", folder / "clock.csv") as made:
        made.replay(files_by_arrival(folder), steps=1)
        yield made


def rows(line: Line, query: str, values: Sequence[object] = ()) -> Rows:
    with warehouse.transaction(line.settings.warehouse("transformer")) as connection:
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(query, values)
            return [dict(row) for row in cursor.fetchall()]


def told(line: Line) -> tuple[list[Sum], list[Part]]:
    """Return what partners are told, and what is behind it at the moment of the edition."""
    shown = rows(line, f"select * from marts_shared.{TABLE}")
    parts: list[Part] = []
    for operation, known_at in {(row["operation_code"], row["known_at"]) for row in shown}:
        cases, items = (
            rows(line, f"select * from marts.{name}(%s, %s)", [operation, known_at]) for name in ("cases", "items")
        )
        parts += disclosure.parts(operation, cases, items)
    return disclosure.published(shown), parts


def test_partners_find_no_sums_that_are_not_audited(line: Line) -> None:
    found = rows(
        line,
        "select relname from pg_class where relkind in ('r', 'v', 'm', 'f', 'p') and has_table_privilege("
        "'calypso_partner', oid, 'select') and relnamespace = any(array(select oid from pg_namespace where "
        "has_schema_privilege('calypso_partner', oid, 'usage') and nspname !~ '^(pg_|information_schema$|audit$)'))",
    )
    assert {row["relname"] for row in found} == NO_SUMS | {TABLE}
    functions = (
        "select proname from pg_proc where pronamespace = any(array(select oid from pg_namespace where "
        "has_schema_privilege('calypso_partner', oid, 'usage') and nspname like 'marts%')) "
        "and has_function_privilege('calypso_partner', oid, 'execute')"
    )
    assert rows(line, functions) == []


def test_nothing_can_be_worked_out_of_what_partners_are_told(line: Line) -> None:
    shown, parts = told(line)
    assert len(shown) > 200
    assert leaks(shown, parts) == []


def test_nothing_can_be_worked_out_of_another_operation(second: Line) -> None:
    shown, parts = told(second)
    assert len(shown) > 200
    assert leaks(shown, parts) == []


def test_every_sum_is_that_of_its_cases(line: Line) -> None:
    """What is published is true, and what is hidden has a reason: it is small, or gives a small one away."""
    shown, parts = told(line)
    of_goods: dict[disclosure.Subject, set[str]] = {}
    for part in parts:
        of_goods.setdefault(part.subject, set()).add(part.case)
    totals = {one.subject: one.cases for one in shown if not one.by}
    assert totals == {subject: len(cases) for subject, cases in of_goods.items() if len(cases) >= ENOUGH}
    for one in shown:
        behind = [part for part in parts if part.subject == one.subject and one.by <= set(part.fields.items())]
        cases = {part.case for part in behind}
        assert one.cases == len(cases)
        assert one.value == (len(cases) if one.subject[2] == "cases" else sum(part.quantity for part in behind))


def test_the_audit_finds_what_small_rows_left_out_give_away(line: Line) -> None:
    """Leaving out the small sums alone, or the next of a single small one too, is not enough: see each in its place."""
    _, parts = told(line)
    simple = list(every_sum(parts))
    found = leaks([one for one in simple if one.cases >= ENOUGH], parts)
    assert any("leaves" in one and "of 2 cases in 2 sums" in one for one in found), found[:5]
    assert any("in 1 sums" in one for one in found)
    assert any("must be of" in one for one in found)


def every_sum(parts: Sequence[Part]) -> Iterator[Sum]:
    """Yield the sum of each subject, and by each kind, whatever is behind it."""
    subjects: dict[disclosure.Subject, list[Part]] = {}
    for part in parts:
        subjects.setdefault(part.subject, []).append(part)
    for subject, behind in subjects.items():
        for kinds in [frozenset(), *(frozenset({kind}) for kind in behind[0].fields)]:
            for by, true in disclosure.true_sums(behind, kinds).items():
                value = len(true.cases) if subject[2] == "cases" else true.value
                yield Sum(subject, by, value, len(true.cases))


def test_two_tables_are_set_against_each_other(line: Line) -> None:
    """Seventeen silencers are told by type, and nine of them by their make: eight of two cases are left."""
    subject = ("calypso-2024", "firearm_part", "pieces")
    makes = {"a": ("first", 3), "b": ("first", 3), "c": ("first", 3), "d": ("second", 4), "e": ("third", 4)}
    parts = [
        Part(subject, case, pieces, {"type": "silencer", "make": make}) for case, (make, pieces) in makes.items()
    ]
    silencers = Sum(subject, frozenset({("type", "silencer")}), 17, 5)
    first = Sum(subject, frozenset({("type", "silencer"), ("make", "first")}), 9, 3)
    [remainder] = [one for one in leaks([silencers, first], parts) if "leaves" in one]
    assert "leaves 8 of 2 cases in 2 sums" in remainder


def test_a_late_file_changes_nothing_that_partners_were_told(line: Line) -> None:
    """Two editions that differ by a case would give it away: there is one."""
    before = rows(line, f"select * from marts_shared.{TABLE} order by 1, 2, 3, 4")
    cases = "select count(*) as cases from marts.fct_cases where operation_code = 'calypso-2024'"
    [{"cases": known}] = rows(line, cases)
    late = line.settings.home / "brb"
    late.mkdir()
    file = late / "brb_2024-11-24_seizures_v99.csv"
    file.write_text(
        "case_ref,case_type,event_date,direction,transport_mode,category,quantity,unit\n"
        "LATE-1,seizure,2024-11-24,import,sea,firearm,7,piece\n"
    )
    line.ingest(line.drop([file]))
    building.build(line.settings, without=TABLES_ALONE)
    [{"cases": now}] = rows(line, cases)
    assert now != known
    assert rows(line, f"select * from marts_shared.{TABLE} order by 1, 2, 3, 4") == before


def test_before_its_edition_partners_are_told_nothing_of_an_operation(natural: Line) -> None:
    invented = Invented(random.Random(1))
    operation = invented.operation("young-2024")
    edition = edition_of(operation)
    assert edition == datetime.fromisoformat("2024-12-09T10:00+00:00")
    with invented.told(natural, cut_at=edition - timedelta(microseconds=1)) as shown:
        assert shown == []
    with invented.told(natural, cut_at=edition) as shown:
        assert {row["known_at"] for row in shown} == {edition}


def edition_of(operation: Mapping[str, Any]) -> datetime:
    declared = operations()["calypso-2024"]
    from calypso.report.due import OPEN, ended

    assert operation["ends_on"] == declared.ends_on
    return ended(declared) + OPEN
