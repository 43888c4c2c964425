"""However rows are put together, the judge finds what the straight way finds, and what the simulation knows is true."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from time import process_time
from typing import Any

import polars as pl
import pytest
import straight
import xlsxwriter

from calypso import simulation
from calypso.body import Body
from calypso.contracts import contracts
from calypso.reading import Reading, read
from calypso.registry import administrations, operations
from calypso.submission import Submission
from expectations import findings, judge, seizures, trial

CONTRACT = contracts()["seizures"]
OFFICES = ("brb", "sur", "mtq", "cub")  # of several decimal marks, date orders and encodings
EVERYWHERE = ["", "", "", " ", "\u00a0", "#REF!", "=SUM(A1)", "x" * 1001, "?"]
WORDS: dict[str, list[Any]] = {
    "text": [
        "A-1",
        " A-1 ",
        "A-2",
        "a b",
        "carried by Mr. Doe",
        "items ok",
        "tto:T-1",
        "BBBGI",
        "7108.12",
        "9302",
        "né le 1/1",
    ],
    "date": ["2024-11-05", "05/11/2024", "11/05/2024", "2024-11-03", "6.11.2024", "31/02/2024", "05-11-2024"],
    "time": ["14:05", "0:00", "25:00", "14h05", "14:05:09"],
    "integer": ["1", "1", "2", "0", "-1", "101", "+3", "1.0", "two"],
    "decimal": [
        "1",
        "1.5",
        "1,5",
        "0",
        "-0",
        "-2",
        "+7",
        "007",
        "10001",
        "2.0",
        "2,0",
        "1e5",
        "1,250.5",
        "9" * 16,
        "1.250",
        "12,345",
    ],
    "country": ["brb", "BB", "Jamaica", "Suriname", "Martinique", "Atlantis", "ANT"],
}
TYPED: dict[str, list[Any]] = {  # as a workbook holds them
    "date": [datetime(2024, 11, 5), datetime(2024, 11, 5, 13), date(2024, 11, 6), 45601],
    "time": [time(14, 5), 0.5],
    "integer": [1, 2, 1.0, 1.5, True],
    "decimal": [1, 1.5, 0.0, -2, 1e-7, True],
}


def cell(dice: random.Random, field: str, workbook: bool) -> Any:
    said = CONTRACT.fields[field]
    if dice.random() < 0.05:
        return dice.choice(EVERYWHERE)
    if workbook and said.type in TYPED and dice.random() < 0.5:
        return dice.choice(TYPED[said.type])
    if said.type == "code":
        if dice.random() < 0.05:
            return "no such code"
        codes = {"category": ["gold", "firearm", "currency"], "unit": ["kg", "piece", "face_value"]}
        return dice.choice(codes.get(field) or list(CONTRACT.codes[said.codes or ""]))
    if said.required == "never" and dice.random() < 0.5:
        return ""
    return dice.choice(WORDS[said.type])


def file(dice: random.Random, code: str, workbook: bool, rows: int) -> bytes:
    """Return a file of random rows with a column of the sender's own, and with some columns left out."""
    office = administrations()[code]
    required = [name for name, field in CONTRACT.fields.items() if field.required != "never"]
    names = [name for name in CONTRACT.fields if name in required or dice.random() < 0.8]
    table = [["x_own", *names]] + [
        [dice.choice(["", "7"]), *(cell(dice, f, workbook) for f in names)] for _ in range(rows)
    ]
    for number in range(3):  # the same event under two references
        at, ref = dice.randrange(1, len(table)), names.index("case_ref") + 1
        table[at][ref] = f"T-{number}"
        table.append([*table[at][:ref], f"T-{number}-again", *table[at][ref + 1 :]])
    if not workbook:
        mark = office.delimiter
        lines = [mark.join(f'"{one}"' if mark in str(one) else str(one) for one in row) for row in table]
        return "\n".join(lines).encode(office.encoding)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        as_date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(table):
            for position, one in enumerate(row):
                is_date = isinstance(one, date | time)
                sheet.write(number, position, one, *([as_date] if is_date else []))
    return out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_distinct_cells_and_kinds_of_rows_are_judged_as_every_cell_and_row(
    submit: Callable[..., Submission], seed: int
) -> None:
    dice = random.Random(seed)
    readings = []
    for code in OFFICES:
        workbook = dice.random() < 0.4
        name = f"{code}_2024-11-05_seizures.{'xlsx' if workbook else 'csv'}"
        content = file(dice, code, workbook, 60)
        readings.append(read(submit(name, content, code), content, administrations()[code]))
    assert not [reading.findings for reading in readings if reading.refused]
    expected = straight.findings(readings)
    body = Body(readings, CONTRACT)
    for few in (0, 10_000):
        told = findings.tell(body, trial.broken(body, seizures, few))
        assert [list(one) for one in told] == expected, few
    assert len({finding.rule for one in expected for finding in one}) > 25


@pytest.mark.slow
@pytest.mark.parametrize("code", ["calypso-2024", "calypso-2025"])
def test_every_simulated_file_ends_as_its_truth_says(
    submit: Callable[..., Submission], tmp_path: Path, code: str
) -> None:
    made = simulation.simulate(operations()[code], tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))["submissions"]["files"]
    assert [file.file_name for file in made.files] == [told["file_name"] for told in truth]
    # That a file has come before, only the ledger knows; see the tests of the whole line.
    first = [(file, told) for file, told in zip(made.files, truth, strict=True) if told["state"] != "duplicate"]
    readings: list[Reading] = []
    for file, _ in first:
        submission = submit(file.file_name, file.content, file.administration, file.arrived_at)
        readings.append(read(submission, file.content, administrations()[file.administration]))
    for outcome, (_, told) in zip(judge.judge(readings), first, strict=True):
        said = outcome.verdict
        assert (said.state, said.rows_quarantined) == (told["state"], told["quarantined"]), told
        assert len(outcome.quarantined) == said.rows_quarantined


def test_what_may_be_a_person_holds_all_that_is_one() -> None:
    """The judge tries only texts that Polars finds by the wider pattern: none may slip through between two engines."""
    dice = random.Random(44)
    parts = ["Mr", "mRS", "ms.", "Sr", "señora", "SEÑOR", "Meneer", "ſr", "Doe", "é", "_", "x", ".", ":"]
    parts += [
        "passport",
        "passeport nr",
        "no:",
        "AB12345",
        "١٢٣٤٥",
        "né le",
        "née le",
        "nacido el",
        "geboren op",
        "DOB",
    ]
    parts += [" ", "\t", "\u00a0", "\x1c", "\x85", "\u2028", "\u200b", ""]
    texts = ["".join(dice.choices(parts, k=dice.randint(2, 7))) for _ in range(200_000)]
    persons = [text for text in texts if re.search(seizures.PERSON, text)]
    assert len(persons) > 5000
    assert pl.Series(persons).str.contains(seizures.MAYBE_PERSON).all()


@pytest.mark.slow
def test_many_small_files_cost_little_more_than_one(submit: Callable[..., Submission]) -> None:
    """By the seconds of the processor: what an expectation costs is paid once for all files judged together."""
    readings = []
    for number, code in enumerate(list(administrations())[:28]):
        content = file(random.Random(number), code, False, 12)
        readings.append(
            read(submit(f"{code}_2024-11-05_seizures.csv", content, code), content, administrations()[code])
        )
    judge.judge(readings[:1])  # what is made once in a process
    seconds = []
    for part in (readings[:1], readings):
        begun = process_time()
        judge.judge(part)
        seconds.append(process_time() - begun)
    assert seconds[1] < 3 * seconds[0], seconds
