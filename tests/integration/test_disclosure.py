"""What partners are told gives no sum of one or two cases away: not by itself, not with all else, and not over time."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from integration import disclosure
from integration.disclosure import ENOUGH, Part, Sum, leaks
from integration.line import TABLES_ALONE, Line, files_by_arrival, simulated
from psycopg2.extras import RealDictCursor, execute_values

from calypso import building, warehouse
from calypso.registry import operations
from calypso.report.due import OPEN, ended

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


@contextmanager
def marts(line: Line) -> Iterator[Any]:
    """Read the marts as their owner, from whom nothing is hidden, in one transaction."""
    with (
        warehouse.transaction(line.settings.warehouse("transformer")) as connection,
        connection.cursor(cursor_factory=RealDictCursor) as cursor,
    ):
        yield cursor


def rows(line: Line, query: str, values: Sequence[object] = ()) -> Rows:
    with marts(line) as cursor:
        cursor.execute(query, values or None)
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


def test_two_tables_are_set_against_each_other() -> None:
    """Seventeen silencers are told by type, and nine of them by their make: eight of two cases are left."""
    subject = ("calypso-2024", "firearm_part", "pieces")
    makes = {"a": ("first", 3), "b": ("first", 3), "c": ("first", 3), "d": ("second", 4), "e": ("third", 4)}
    parts = [Part(subject, case, pieces, {"type": "silencer", "make": make}) for case, (make, pieces) in makes.items()]
    silencers = Sum(subject, frozenset({("type", "silencer")}), 17, 5)
    first = Sum(subject, frozenset({("type", "silencer"), ("make", "first")}), 9, 3)
    [remainder] = [one for one in leaks([silencers, first], parts) if "leaves" in one]
    assert "leaves 8 of 2 cases in 2 sums" in remainder


def test_a_late_file_changes_nothing_that_partners_were_told(line: Line) -> None:
    """Two editions that differ by a case would give it away: there is one."""
    before = rows(line, f"select * from marts_shared.{TABLE} order by 1, 2, 3, 4")
    cases = "select count(*) as cases from marts.fct_cases where case_ref = 'LATE-1'"
    known = rows(line, cases)
    late = line.settings.home / "brb"
    late.mkdir()
    file = late / "brb_2024-11-24_seizures_v99.csv"
    file.write_text(
        "case_ref,case_type,event_date,direction,transport_mode,category,quantity,unit\n"
        "LATE-1,seizure,2024-11-24,import,sea,firearm,7,piece\n"
    )
    line.ingest(line.drop([file]))
    building.build(line.settings, without=TABLES_ALONE)
    assert rows(line, cases) != known
    assert rows(line, f"select * from marts_shared.{TABLE} order by 1, 2, 3, 4") == before


OPERATION = operations()["calypso-2024"]
EDITION = ended(OPERATION) + OPEN
LISTS = {
    "case_type": ["seizure", "detention", "suspicious_movement"],
    "direction": ["import", "export", "transit", "internal"],
    "transport_mode": ["sea", "air", "road", "mail", None],
    "concealment": ["baggage", "in_goods", "vehicle_part", "clothing", "parcel", None],
    "detection_method": ["dog", "scanner", "patrol", None],
    "departure_country": ["usa", "col", "ven", None],
    "destination_country": ["usa", "gbr", "nld", None],
    "origin_country": ["usa", "chn", None],
}
GOODS = [
    ("firearm", "rifle", "firearm"), ("firearm", "revolver", "firearm"), ("ammunition", "cartridge", "ammunition"),
    ("cannabis", "herb", "cannabis_herb"), ("cannabis", "resin", "cannabis_resin"), ("gold", "gold_bar", "gold"),
    ("health_product", "medicine", "medicine"), ("currency", None, "currency"),
]  # fmt: skip


def invented(drawn: random.Random, operation: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the cases and items of a small operation: some codes are rare, and many cases have several items."""
    cases, items = [], []
    for number in range(drawn.choice([2, 4, 6, 10, 20, 40])):
        case = {name: drawn.choice(codes[: drawn.choice([2, 3, len(codes)])]) for name, codes in LISTS.items()}
        case |= {"case_key": f"{operation}-{number}", "operation_code": operation}
        cases.append(case)
        for category, sub_type, form in drawn.choices(GOODS, k=drawn.choice([0, 1, 1, 2, 3])):
            measured = drawn.choice([None, 1, 2, 5, 20])
            item = {"case_key": case["case_key"], "operation_code": operation, "category": category}
            item |= {"sub_type": sub_type, "sum_group": form}
            items.append(item | dict.fromkeys(("quantity_kg", "quantity_pieces", "amount_usd"), measured))
    return cases, items


def sums_of(natural: Line, cases: Rows, items: Rows, cut_at: datetime) -> Rows:
    """Return what the model makes of invented cases and items, by the very statement that dbt has run."""
    compiled = natural.settings.home / "dbt/target/compiled/calypso/models/marts/reports" / f"{TABLE}.sql"
    statement = re.sub(r'"\w+"\."marts_next"\."(\w+)"', r"pg_temp.\1", compiled.read_text(encoding="utf-8"))
    codes = {case["operation_code"] for case in cases}
    declared = {"ends_on": OPERATION.ends_on, "cut_off": OPERATION.cut_off, "time_zone": OPERATION.zone}
    told = {
        "dim_operations": [{"operation_code": code, **declared} for code in codes],
        "dim_builds": [{"cut_at": cut_at}],
        "fct_cases_history": [{**case, "known_from": EDITION} for case in cases],
        "fct_items_history": [{**item, "known_from": EDITION} for item in items],
    }
    with marts(natural) as cursor:
        for name, lines in told.items():
            cursor.execute(f"create temp table {name} on commit drop as select * from marts.{name} with no data")
            columns = list(lines[0])
            values = [[line[column] for column in columns] for line in lines]
            execute_values(cursor, f"insert into pg_temp.{name} ({', '.join(columns)}) values %s", values)
        cursor.execute(statement)
        return [dict(row) for row in cursor.fetchall()]


def test_nothing_can_be_worked_out_of_small_operations(natural: Line, request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("--seed") or random.randrange(1, 10**6)
    drawn = random.Random(seed)
    cases, items, parts = [], [], []
    for number in range(INVENTED):
        of_cases, of_items = invented(drawn, f"invented{number}-2024")
        cases, items = cases + of_cases, items + of_items
        parts += disclosure.parts(f"invented{number}-2024", of_cases, of_items)
    shown = disclosure.published(sums_of(natural, cases, items, EDITION))
    assert len(shown) > INVENTED
    assert leaks(shown, parts) == [], f"--seed {seed}"


def test_before_its_edition_partners_are_told_nothing_of_an_operation(natural: Line) -> None:
    cases, items = invented(random.Random(3), "young-2024")
    assert sums_of(natural, cases, items, EDITION - timedelta(microseconds=1)) == []
    assert {row["known_at"] for row in sums_of(natural, cases, items, EDITION)} == {EDITION}
