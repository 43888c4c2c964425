"""A template speaks its administration's language, offers what the contract allows, and passes when it is filled in."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from typer.testing import CliRunner

from calypso import cli, judging
from calypso.contracts import Contract, contracts
from calypso.countries import alpha_2
from calypso.reading import read
from calypso.reference.choices import choices
from calypso.reference.template import fields_of, template
from calypso.reference.wording import wording
from calypso.registry import administrations
from calypso.sheet import ASIDE, Unreadable, pages, read_xlsx
from calypso.submission import Submission, parse_name
from calypso.values import reader

CONTRACT: Contract = contracts()["seizures"]
OFFICES = {"brb": "en", "mtq": "fr", "dom": "es", "cuw": "nl"}  # one of each language
FORMS = ("short", "long")
VALUES: dict[str, Any] = {
    "case_ref": "0007",
    "case_type": "seizure",
    "event_date": date(2024, 11, 5),
    "event_time": time(14, 5),
    "discovered_date": date(2024, 11, 5),
    "direction": "transit",
    "category": "firearm",
    "sub_type": "semi_automatic_pistol",
    "quantity": 1,
    "unit": "piece",
    "value": 350.5,
    "currency": "USD",
    "item_no": 1,
    "persons_detained": 2,
    "related_case": "tto:TT-0012",
    "hs_code": "930200",
    "serial_state": "present",
    "serial_number": "000123456789012345",
}


@cache
def made(code: str, form: str) -> bytes:
    return template(administrations()[code], form)


def book(code: str, form: str) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(made(code, form)))


def saved(workbook: Workbook) -> bytes:
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def filled(code: str, form: str) -> bytes:
    """Fill in one row as an officer would: names from the lists, dates and numbers as such."""
    office, workbook = administrations()[code], book(code, form)
    for position, field in enumerate(fields_of(CONTRACT, form), start=1):
        offered = {of: name for name, of in choices(field, CONTRACT, office).items()}
        told = VALUES | {"unlocode": f"{alpha_2(office.territories[0])}BGI"}
        value = told.get(field.name, next(iter(offered), "x"))
        workbook.worksheets[0].cell(2, position, offered.get(value, value))
    return saved(workbook)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("code", OFFICES)
def test_a_filled_template_is_accepted_without_a_word(submit: Callable[..., Submission], code: str, form: str) -> None:
    content = filled(code, form)
    reading = read(submit(f"{code}_2024-11-05_seizures.xlsx", content, code), content, administrations()[code])
    [judged] = judging.judge([reading])
    assert list(judged.findings) == []
    assert (judged.verdict.state, judged.verdict.rows_read) == ("accepted", 1)
    assert reading.cells("case_ref") == ["0007"]
    assert set(reading.columns.fields) == {field.name for field in fields_of(CONTRACT, form)}


@pytest.mark.parametrize("code", OFFICES)
def test_an_empty_template_has_no_rows_below_its_header(code: str) -> None:
    [page] = [page for page in pages(made(code, "long")) if page.rows and not page.title.startswith(ASIDE)]
    assert [row.number for row in page.rows] == [1]


@pytest.mark.parametrize("code", OFFICES)
def test_headers_are_labels_with_the_required_ones_marked(code: str) -> None:
    sheet = book(code, "long").worksheets[0]
    marks = {"always": " *", "with_goods": " (*)", "never": ""}
    assert [cell.value for cell in sheet[1]] == [
        field.label[OFFICES[code]] + marks[field.required] for field in CONTRACT.fields.values()
    ]
    assert sheet.freeze_panes == "A2"
    assert all(sheet.column_dimensions[cell.column_letter].width >= len(cell.value) for cell in sheet[1][:20])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("code", OFFICES)
def test_every_column_helps_and_every_list_is_offered(code: str, form: str) -> None:
    workbook = book(code, form)
    sheet, fields = workbook.worksheets[0], fields_of(CONTRACT, form)
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    for position, field in enumerate(fields, start=1):
        letter = openpyxl.utils.get_column_letter(position)
        header, cells = rules[f"{letter}1"], rules[f"{letter}2:{letter}2001"]
        assert header.prompt == cells.prompt == field.help[OFFICES[code]]
        assert cells.promptTitle == field.label[OFFICES[code]]
        assert (cells.type == "list") == (field.type in ("code", "country"))
        if cells.type == "list":
            offered = values(workbook, f"calypso_{field.name}")
            assert offered == list(choices(field, CONTRACT, administrations()[code]))
            assert f"calypso_{field.name}" in cells.formula1
            assert len(cells.formula1) <= 255


def values(workbook: Workbook, name: str) -> list[Any]:
    [(sheet, area)] = workbook.defined_names[name].destinations
    return [cell.value for (cell,) in workbook[sheet][area]]


@pytest.mark.parametrize("code", OFFICES)
def test_the_category_of_a_row_shortens_the_lists_of_sub_types_and_units(code: str) -> None:
    workbook, office = book(code, "long"), administrations()[code]
    offered = {name: choices(CONTRACT.fields[name], CONTRACT, office) for name in ("category", "sub_type", "unit")}
    for field in ("sub_type", "unit"):
        of, names = values(workbook, f"calypso_{field}_of"), values(workbook, f"calypso_{field}_in")
        assert set(of) == set(offered["category"])
        assert of == sorted(of, key=list(offered["category"]).index)  # in one block each, which OFFSET cuts out
        for category, name in zip(of, names, strict=True):
            code_of = offered[field][name]
            if field == "unit":
                assert code_of in CONTRACT.units_of(offered["category"][category])
            else:
                assert CONTRACT.codes["sub_type"][code_of].category == offered["category"][category]


@pytest.mark.parametrize("code", administrations())
def test_every_value_offered_reads_back_as_its_code(code: str) -> None:
    office = administrations()[code]
    for field in CONTRACT.fields.values():
        read_cell = reader(field, CONTRACT, office)
        offered = choices(field, CONTRACT, office)
        assert {name: read_cell(name) for name in offered} == offered
    assert set(choices(CONTRACT.fields["territory"], CONTRACT, office).values()) == set(office.territories)


def test_dates_are_shown_as_the_administration_writes_them() -> None:
    for code, shown in {"brb": "dd/mm/yyyy", "bhs": "mm/dd/yyyy"}.items():
        sheet = book(code, "short").worksheets[0]
        position = [field.name for field in fields_of(CONTRACT, "short")].index("event_date") + 1
        assert sheet.column_dimensions[openpyxl.utils.get_column_letter(position)].number_format == shown


@pytest.mark.parametrize("code", OFFICES)
def test_the_help_says_names_that_are_read(code: str) -> None:
    workbook = book(code, "short")
    _, help_sheet, lists = workbook.worksheets
    assert (help_sheet.sheet_state, lists.sheet_state) == ("visible", "veryHidden")
    lines = [str(row[0].value) for row in help_sheet.rows if row[0].value]
    names = [line.split(":")[0].strip() for line in lines if line.startswith(f"{code}_")]
    assert len(names) == len(wording().naming) - 2  # without a heading and an introduction
    assert {name.code for name in map(parse_name, names) if name} == {code}


def test_a_second_sheet_of_rows_is_still_refused() -> None:
    workbook = openpyxl.load_workbook(io.BytesIO(filled("brb", "short")))
    workbook.create_sheet("More")["A1"] = "case_ref"
    with pytest.raises(Unreadable, match="F018"):
        list(read_xlsx(saved(workbook)))
    assert all(title.startswith(ASIDE) for title in workbook.sheetnames[1:3])


def test_the_same_template_is_the_same_bytes() -> None:
    assert template(administrations()["brb"], "long") == made("brb", "long")
    properties = book("brb", "long").properties
    assert properties.created == datetime(2024, 1, 1)


def test_the_command_writes_it(tmp_path: Path) -> None:
    answer = CliRunner().invoke(cli.app, ["template", "MTQ", "--form", "long", "-o", str(tmp_path / "t.xlsx")])
    assert answer.exit_code == 0
    assert (tmp_path / "t.xlsx").read_bytes() == made("mtq", "long")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["xyz"], "There is no administration xyz"), (["brb", "-o", "/nowhere/t.xlsx"], "/nowhere/t.xlsx cannot be")],
)
def test_what_cannot_be_written_is_one_sentence(arguments: list[str], sentence: str) -> None:
    answer = CliRunner().invoke(cli.app, ["template", *arguments])
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.startswith(sentence)
