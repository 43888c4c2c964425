"""A hundred mixed files of 28 senders: a hundred receipts, each at home, and every place they name is the right one."""

from __future__ import annotations

import hashlib
import io
from collections import Counter

import openpyxl
import pytest
from corpus import originals
from corpus.hundred import Sent, hundred
from integration.wave import Answer, Answers
from python_calamine import CalamineWorkbook

from calypso.registry import administrations, operations, participants
from calypso.settings import Settings
from calypso.verdict import FINAL_STATES

WITHIN = 300  # seconds from the complete file to its receipt
LENGTHS = ("F020", "F021")  # they give a number of cells or letters back and not what stands there


@pytest.fixture(scope="module")
def answered(answers: list[Answers]) -> list[tuple[Sent, Answer]]:
    """Give each of the hundred files with its answer."""
    return [(file, answers[-1][file.administration, file.file_name]) for file in hundred()]


def test_there_are_a_hundred_receipts_each_in_its_senders_folder(
    stack: Settings, answered: list[tuple[Sent, Answer]], answers: list[Answers]
) -> None:
    assert len({answer.receipt["submission_id"] for _, answer in answered}) == 100
    assert {file.administration for file, _ in answered} == set(participants(operations()["calypso-2024"]))
    assert {answer.receipt["state"] for _, answer in answered} == set(FINAL_STATES)
    for file, answer in answered:
        assert answer.path.parent == stack.home / "sftp" / file.administration / "receipts"
        assert answer.receipt["administration"]["code"] == file.administration
        assert answer.receipt["sha256"] == hashlib.sha256(file.content).hexdigest()
    # Nowhere lies a second receipt of a file, nor one that names another administration than its folder's.
    keys = [key for told in answers for key in told]
    assert len(keys) == sum(map(len, answers))
    assert all(answer.path.parents[1].name == code for told in answers for (code, _), answer in told.items())


def test_every_receipt_comes_within_five_minutes(answered: list[tuple[Sent, Answer]]) -> None:
    seconds = sorted(answer.seconds for _, answer in answered)
    print(f"from the complete file to its receipt: {seconds[50]:.0f} s in the middle, {seconds[-1]:.0f} s at most")
    assert seconds[-1] < WITHIN


def test_every_place_that_is_named_holds_what_was_given(answered: list[tuple[Sent, Answer]]) -> None:
    compared = Counter[str]()
    for file, answer in answered:
        named = [one for one in answer.receipt["findings"] if one["row"] and one["column"]]
        if not named:
            continue
        sheets = originals.sheets(file.content, administrations()[file.administration])
        sheet = max(sheets, key=len)
        for one in named:
            text = originals.cell(sheet, one["row"], one["column"])
            where = (file.file_name, one["rule"], one["row"], one["column"])
            if one["rule"] in LENGTHS:
                assert str(len(text)) == one["given"], where
            elif one["rule"] == "S014" and file.file_name.endswith(".xlsx") and not text:
                assert _error(file.content, one["row"], one["column"]) == one["given"], where
            else:
                assert text == (one["given"] or ""), where
            compared[one["rule"]] += 1
    print(f"{compared.total()} findings of {len(compared)} rules compared with the cells they name")
    assert compared.total() >= 250
    assert len(compared) > 40


def _error(content: bytes, row: int, column: str) -> object:
    """Return an error of a spreadsheet, which calamine shows as nothing, by openpyxl's own reading of cells."""
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True).active[f"{column}{row}"].value


def test_the_workbook_of_a_receipt_names_the_same_places(answered: list[tuple[Sent, Answer]]) -> None:
    compared = 0
    for _, answer in answered:
        found = answer.receipt["findings"]
        if not found:
            continue
        sheet = CalamineWorkbook.from_path(answer.path.with_suffix(".xlsx")).get_sheet_by_index(0).to_python()
        # Columns: case reference, message, row, column, field, given, expected, rule, severity.
        listed = [(row[7], row[2], row[3], row[5]) for row in sheet[1:]]
        assert listed == [
            (one["rule"], str(one["row"] or ""), one["column"] or "", one["given"] or "") for one in found
        ]
        compared += len(found)
    assert compared > 300
