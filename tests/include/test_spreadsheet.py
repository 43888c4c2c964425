"""A spreadsheet finds no formula in what it is given, and every number still one; one function stands before all."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import exits
import openpyxl
import pytest
import standings
from hostile_alphabet import ALPHABET, FORMULAS

from calypso.exporting import Answer, Format, write
from calypso.registry import administrations
from calypso.report.standing import stored
from calypso.spreadsheet import LONGEST_CELL, harmless, inert

TEXT, NUMERIC = 25, 1700
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What writes cells; a workbook of the reference holds words of ours alone.
WRITERS = {
    *("include/calypso/exporting.py", "include/calypso/asking.py", "include/calypso/report/standing/stored.py"),
    *("include/calypso/receipts/workbook.py", "include/calypso/reference/template.py"),
}


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet may take a text for a formula: as OWASP says, and behind what is not seen."""
    bare = text.lstrip("\u200b\ufeff\u00a0 \t\r\n\x0b\x0c")
    return text[:1] in STARTS or bare[:1] in STARTS


@pytest.mark.parametrize("text", ALPHABET.values(), ids=ALPHABET)
def test_no_text_is_a_formula(text: str) -> None:
    said = harmless(text)
    assert not is_formula(said)
    assert said == (f"'{text}" if is_formula(text) else text)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-1", "-0.25", "-1250,5", "5", "BB-1", "", Decimal("-3.5"), -7, None, True])
def test_a_number_stays_one(value: object) -> None:
    assert harmless(value) is value


def test_cells_are_written_by_those_who_go_through_it() -> None:
    found = {path for path, *_ in exits.calls_of("csv.writer", "Workbook", "write_csv", "write_excel", "DictWriter")}
    found |= {path for path, *_ in exits.calls_of("_print_csv")}
    kept = {"expectations/judge.py", "include/calypso/verdict.py", "expectations/keeping.py"}  # read back by us alone
    assert {path for path in found if "/simulation/" not in path} - kept == WRITERS


@pytest.mark.parametrize("kind", list(Format))
def test_an_export_is_harmless(kind: Format, tmp_path: Path) -> None:
    texts = list(ALPHABET.values())
    rows = [[text, Decimal("-1.5"), "-2"] for text in texts]
    path = tmp_path / f"export.{kind.value}"
    write(Answer(["=1+1", "number", "text"], [TEXT, NUMERIC, TEXT], rows, [("=a", "=b")]), kind, path)
    if kind is Format.CSV:
        with path.open(newline="", encoding="utf-8-sig") as file:
            head, *found = csv.reader(file)
        assert not any(is_formula(row[0]) for row in [head, *found])
        assert {(row[1], row[2]) for row in found} == {("-1.5", "-2")}
    if kind is Format.XLSX:
        sheets = [name for name in zipfile.ZipFile(path).namelist() if "worksheets/sheet" in name]
        assert not any(b"<f>" in zipfile.ZipFile(path).read(name) for name in sheets)
        assert b"hyperlink" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")
        cells = [row[0] for row in openpyxl.load_workbook(path)["data"].iter_rows(min_row=2)]
        assert all(cell.data_type in ("s", "inlineStr", "str") for cell in cells if cell.value)


def test_what_is_stored_is_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("brb", "hti", "dom", "sur"):
        office = administrations()[code]
        made = stored.written([standings.item(text) for text in ALPHABET.values()], office).decode("utf-8-sig")
        for row in list(csv.reader(io.StringIO(made, newline=""), delimiter=office.delimiter))[1:]:
            assert not any(is_formula(cell) for cell in row)


def test_a_cell_of_a_workbook_is_cut_and_is_no_markup() -> None:
    assert inert("<r>x").startswith(" <r>")
    assert len(inert("a" * 40_000)) == LONGEST_CELL + 1
    assert inert("=1") == "=1"  # a cell of text: it is never reckoned
