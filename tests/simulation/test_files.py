"""The files say what they were meant to say, and together they resolve to the truth, replayed here in plain Python."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pytest

from calypso import reading, values
from calypso.contracts import contracts
from calypso.registry import administrations
from calypso.sheet import Cell
from calypso.simulation.damage import KINDS, TWICE
from calypso.simulation.wreckage import KINDS as WRECKS

pytestmark = pytest.mark.slow

CONTRACT = contracts()["seizures"]
OF_CASE = [name for name, field in CONTRACT.fields.items() if field.group in ("case", "free")]
OF_ITEM = [name for name, field in CONTRACT.fields.items() if field.of_item or field.group == "free"]


def text(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value if value is None or isinstance(value, int) else str(value)


def replay(rows):
    """Return current items and cases from (code, day, version, row number, action, case_ref, item_no, fields).

    Only the highest version of a day is given. The latest statement of an item wins, and of a case the latest day's
    first row; a cancellation takes an item back, or with no item the whole case as far as it was told until then.
    """
    items, heads = {}, {}
    for code, day, version, number, action, case_ref, item_no, fields in sorted(rows, key=lambda row: row[:4]):
        case = (code, case_ref)
        if action == "cancel" and item_no is None:
            heads.pop(case, None)
            items = {key: said for key, said in items.items() if key[:2] != case}
        else:
            if case not in heads or heads[case][0] < (day, version):
                heads[case] = ((day, version, number), fields)
            if action == "cancel":
                items.pop((*case, item_no), None)
            elif item_no is not None:
                items[*case, item_no] = fields
    return items, {case: fields for case, (_, fields) in heads.items()}


def current(files):
    """Return for every administration and day its highest version that is not rejected."""
    found = {}
    for file in files:
        key = (file.administration, file.day)
        if file.state not in ("rejected", "duplicate") and (key not in found or file.version > found[key].version):
            found[key] = file
    return found.values()


def true_items(made):
    return {(i["administration"], i["case_ref"], i["item_no"]): i for i in made.truth["items"]}


def true_cases(made):
    return {(c["administration"], c["case_ref"]): c for c in made.truth["cases"]}


def assert_truth(made, items, cases):
    assert set(items) == set(true_items(made))
    assert set(cases) == set(true_cases(made))
    for key, said in true_items(made).items():
        assert {name: text(items[key].get(name)) for name in OF_ITEM} == {name: said[name] for name in OF_ITEM}, key
    for key, said in true_cases(made).items():
        assert {name: text(cases[key].get(name)) for name in OF_CASE} == {name: said[name] for name in OF_CASE}, key


def test_the_rows_resolve_to_the_truth(made):
    rows = [
        (file.administration, file.day, file.version, number, row.action, row.case_ref, row.item_no, row.fields)
        for file in current(made.simulation.files)
        for number, row in enumerate(file.rows)
        if row.damage is None
    ]
    assert_truth(made, *replay(rows))


def test_what_our_reader_reads_resolves_to_the_truth(made, submit):
    rows = []
    for file in current(made.simulation.files):
        office = administrations()[file.administration]
        submission = submit(file.file_name, file.content, file.administration, file.arrived_at)
        read = reading.read(submission, file.content, office)
        assert not read.refused, file.file_name
        if read.rows:
            rows.extend(told(file, values.frame(read, CONTRACT, office).to_dict("records")))
    assert_truth(made, *replay(rows))


def told(file, records):
    for row, record in zip(file.rows, records, strict=True):
        if row.damage is None:
            goods = any(record[name] is not None for name, field in CONTRACT.fields.items() if field.of_item)
            number = (record["item_no"] or 1) if goods else None
            fields = {**record, "item_no": number}
            yield (file.administration, file.day, file.version, record["row_number"], record["action"],
                   record["case_ref"], number, fields)  # fmt: skip


def test_the_reporting_day_of_the_truth_is_that_of_the_last_statement(made):
    said = {}
    for file in current(made.simulation.files):
        for row in file.rows:
            if row.damage is None:
                key = (row.administration, row.case_ref)
                said[key] = max(said.get(key, file.day), file.day)
    assert {key: case["reporting_day"] for key, case in true_cases(made).items()} == {
        key: str(said[key]) for key in true_cases(made)
    }


def test_every_file_parses_by_its_declared_dialect_to_the_cells_intended(made):
    for file in made.simulation.files:
        if file.wreck is None or WRECKS[file.wreck].name:
            office = administrations()[file.administration]
            cells = workbook(file.content) if file.content.startswith(b"PK") else text_cells(file.content, office)
            assert cells == [[shown(cell) for cell in row] for row in file.sheet], file.file_name


def shown(cell: Cell) -> str | None:
    if isinstance(cell, datetime):
        return str(cell.date())
    return None if cell in (None, "") else str(cell)


def workbook(content: bytes) -> list[list[str | None]]:
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[shown(cell) for cell in row] for row in page.iter_rows(values_only=True)]


def text_cells(content: bytes, office) -> list[list[str | None]]:
    encoding = "utf-8-sig" if office.encoding == "utf-8" else office.encoding
    lines = csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=office.delimiter, strict=True)
    return [[shown(cell) for cell in row] for row in lines]


def test_a_quarter_of_the_offices_send_workbooks_with_real_dates_and_numbers(made):
    workbooks = [f for f in made.simulation.files if f.content.startswith(b"PK") and f.rows and f.wreck is None]
    assert sum(office.format == "xlsx" for office in made.simulation.offices.values()) == 7
    kinds = Counter()
    for file in workbooks:
        for row in openpyxl.load_workbook(io.BytesIO(file.content)).active.iter_rows(min_row=2, values_only=True):
            kinds.update(type(cell) for cell in row)
    assert {datetime, int, float, str} <= set(kinds)


def test_offices_keep_different_habits(made):
    offices = made.simulation.offices.values()
    assert {office.headers for office in offices} == {"label", "name", "upper"}
    assert {office.codes for office in offices} == {"label", "code", "upper", "alias"}
    assert {office.countries for office in offices} == {"name", "alpha_2", "alpha_3"}
    assert {office.newline for office in offices} == {"\r\n", "\n"}
    assert len({office.date_format for office in offices}) >= 4
    assert len({office.fields for office in offices}) >= 3
    assert any(f.content.startswith(b"\xef\xbb\xbf") for f in made.simulation.files)
    assert any(f.file_name.isupper() for f in made.simulation.files)
    assert any(isinstance(c, str) and "\n" in c for f in made.simulation.files for row in f.sheet for c in row)


def test_many_rows_are_broken_in_many_ways_and_no_file_wholly(made):
    kinds = Counter()
    for file in made.simulation.files:
        kinds.update(file.damages if file.state != "duplicate" else [])
        assert file.wreck or not file.rows or len(file.damages) < len(file.rows)
        assert (file.state == "partly_accepted") == bool(file.damages)
    assert set(kinds) == set(KINDS)
    assert len(kinds) >= 25
    assert 250 <= kinds.total() <= 300
    listed = made.truth["submissions"]["files"]
    assert sum((Counter(file["damage"]) for file in listed), Counter()) == kinds
    assert sum(file["quarantined"] for file in listed) == kinds.total()


def test_a_broken_row_shows_its_damage(made):
    """Each damaged row differs from what it should say in a cell, but for the first of two rows of one number."""
    for file in made.simulation.files:
        for row in file.rows:
            if row.damage and row.damage != TWICE:
                assert {name for name in row.given if text(row.fields.get(name)) != row.given[name]}, row


def test_every_kind_of_wreck_occurs_and_is_put_right(made):
    wrecked = [file for file in made.simulation.files if file.wreck]
    assert sorted(file.wreck for file in wrecked) == sorted(WRECKS)
    assert {file.state for file in wrecked} == {"rejected"}
    good = {(f.administration, f.day): f for f in made.simulation.files if f.state in ("accepted", "partly_accepted")}
    for file in wrecked:
        right = good[file.administration, file.day]
        assert right.rows == file.rows
        assert right.arrived_at > file.arrived_at
        assert right.version == (1 if WRECKS[file.wreck].name else 2)


def test_no_wreck_can_be_read(made, submit):
    for file in made.simulation.files:
        if file.wreck:
            submission = submit(file.file_name, file.content, file.administration, file.arrived_at)
            assert reading.read(submission, file.content, administrations()[file.administration]).refused, file.wreck


def test_corrections_and_cancellations_occur(made):
    actions = Counter(row.action for file in current(made.simulation.files) for row in file.rows)
    assert actions["correct"] > 10
    cancelled = [row for f in current(made.simulation.files) for row in f.rows if row.action == "cancel"]
    assert {row.item_no is None for row in cancelled} == {True, False}


@pytest.mark.parametrize(("value", "shape"), [(time(14, 5), "14:05"), (date(2024, 11, 5), str), (Decimal("12.5"), str)])
def test_a_text_file_holds_texts_only(made, value, shape):
    from calypso.simulation.wording import cell

    name = {time: "event_time", date: "event_date", Decimal: "quantity"}[type(value)]
    for office in made.simulation.offices.values():
        if office.format == "csv":
            written = cell(name, value, office)
            assert written == shape or isinstance(written, shape if isinstance(shape, type) else str)
            assert values.reader(CONTRACT.fields[name], CONTRACT, office.administration)(written) == value
