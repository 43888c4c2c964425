"""A submission is read into contract names, or refused as a whole with the rule its structure breaks."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from corpus.books import opened

from calypso.reading import Reading, read
from calypso.registry import administrations
from calypso.submission import Submission

HEADER = b"Case reference,Case type,Event date,Direction,Category,Quantity,Unit"
ROW = b"BB-1,Seizure,2024-11-05,Import,Gold,5,kg"
NAME = "brb_2024-11-05_seizures.csv"

Submit = Callable[..., Submission]


@pytest.fixture
def read_brb(submit: Submit) -> Callable[..., Reading]:
    def reading(content: bytes, name: str = NAME) -> Reading:
        return read(submit(name, content), content, administrations()["brb"])

    return reading


def rules(reading: Reading) -> list[str]:
    return [finding.rule for finding in reading.findings]


def test_titles_above_the_header_and_the_order_of_columns_do_not_matter(read_brb: Callable[..., Reading]) -> None:
    reading = read_brb(
        b"Report of the day\n\n"
        b"Unit,QUANTITY,category,direction,event_date,case type,CASE_REF\n"
        b"kg,5,Gold,Import,2024-11-05,Seizure,BB-1\n"
    )
    assert not reading.refused
    assert reading.cells("case_ref") == ["BB-1"]
    assert reading.cells("unit") == ["kg"]
    assert [row.number for row in reading.rows] == [4]


def test_what_stands_above_the_header_is_told_for_it_may_be_data(read_brb: Callable[..., Reading]) -> None:
    sorted_with_its_header = ROW + b"\n\n" + ROW.replace(b"BB-1", b"BB-2") + b"\n" + HEADER + b"\n" + ROW + b"\n"
    reading = read_brb(sorted_with_its_header)
    assert [row.number for row in reading.rows] == [5]
    [told] = reading.findings
    assert (told.rule, told.row, told.column) == ("F026", 1, None)
    assert told.given == "BB-1 | Seizure | 2024-11-05 | Import | Gold | 5 | kg / " + (
        "BB-2 | Seizure | 2024-11-05 | Import | Gold | 5 | kg"
    )


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("seizures.csv", HEADER, "F001"),
        ("tto_2024-11-05_seizures.csv", HEADER, "F002"),
        ("brb_2023-11-05_seizures.csv", HEADER, "F003"),
        (NAME, b"", "F004"),
        ("brb_2024-11-05_seizures.xlsx", HEADER, "F004"),
        (NAME, HEADER + b"\n" + "Bar\xe9".encode("latin-1"), "F005"),
        (NAME, HEADER.replace(b"Case reference,", b"") + b"\n" + ROW.removeprefix(b"BB-1,"), "F006"),
        (NAME, HEADER + b"\n" + ROW + b",surplus", "F007"),
        (NAME, HEADER + b"\n" + ROW.removesuffix(b",kg"), "F007"),
        (NAME, HEADER + b",unit\n" + ROW + b",kg", "F009"),
        (NAME, HEADER.replace(b",", b";") + b"\n" + ROW.replace(b",", b";"), "F011"),
        ("brb_2024-11-05_seizures_nil.csv", HEADER + b"\n" + ROW, "F013"),
        ("brb_2024-11-05_warnings.csv", HEADER, "F017"),
    ],
)
def test_a_structure_that_cannot_be_trusted_refuses_the_file(
    read_brb: Callable[..., Reading], name: str, content: bytes, rule: str
) -> None:
    reading = read_brb(content, name)
    assert reading.refused
    assert rules(reading) == [rule]
    assert not reading.rows


def test_a_day_in_the_future_of_the_office_is_refused(submit: Submit) -> None:
    # 03:00 UTC on the 6th is still the 5th in Barbados.
    early = submit("brb_2024-11-06_seizures.csv", HEADER, received=datetime(2024, 11, 6, 3, tzinfo=UTC))
    assert rules(read(early, HEADER, administrations()["brb"])) == ["F016"]
    in_time = submit("brb_2024-11-06_seizures.csv", HEADER, received=datetime(2024, 11, 6, 4, tzinfo=UTC))
    assert rules(read(in_time, HEADER, administrations()["brb"])) == ["F012"]


def test_an_unknown_column_is_told_and_its_nearest_name_with_it(read_brb: Callable[..., Reading]) -> None:
    reading = read_brb(HEADER + b",Calibr\n" + ROW + b",9mm\n")
    assert rules(reading) == ["F008"]
    assert (reading.findings[0].row, reading.findings[0].column, reading.findings[0].expected) == (1, "H", "calibre")


def test_own_columns_are_kept_for_the_findings_and_are_no_fields(read_brb: Callable[..., Reading]) -> None:
    reading = read_brb(HEADER + b",x_ours\n" + ROW + b",77\n")
    assert reading.echo(reading.rows[0]) == {"x_ours": "77"}
    assert rules(reading) == []


@pytest.mark.parametrize("content", [b"", HEADER, b"nil\n"])
def test_a_nil_file_says_nothing_and_is_no_mistake(read_brb: Callable[..., Reading], content: bytes) -> None:
    reading = read_brb(content, "brb_2024-11-05_seizures_nil.csv")
    assert not reading.refused
    assert rules(reading) == []
    assert not reading.rows


def test_a_total_below_the_rows_is_told_and_is_no_row(read_brb: Callable[..., Reading]) -> None:
    reading = read_brb(HEADER + b"\n" + ROW + b"\nTotal,,,,,5,kg\n")
    assert [row.number for row in reading.rows] == [2]
    assert [(finding.rule, finding.row) for finding in reading.findings] == [("F027", 3)]


def test_a_value_in_a_column_without_a_name_is_told(read_brb: Callable[..., Reading]) -> None:
    reading = read_brb(HEADER + b",\n" + ROW + b",\n" + ROW.replace(b"BB-1", b"BB-2") + b",lost\n")
    assert [(f.rule, f.row, f.column, f.given) for f in reading.findings] == [("F008", 3, "H", "lost")]


def test_an_own_column_that_stands_twice_refuses_the_file(read_brb: Callable[..., Reading]) -> None:
    assert rules(read_brb(HEADER + b",x_a,X_A\n" + ROW + b",1,2\n")) == ["F009"]


def test_of_several_sheets_the_one_with_the_header_is_read(read_brb: Callable[..., Reading]) -> None:
    rows = [HEADER.decode().split(","), ROW.decode().split(",")]
    content = opened(lambda book, sheet: book.create_sheet("notes").append(["how to fill this in"]), rows)
    reading = read_brb(content, "brb_2024-11-05_seizures.xlsx")
    assert reading.cells("case_ref") == ["BB-1"]
    assert [(f.rule, f.given) for f in reading.findings] == [("F029", "notes")]
    twice = opened(lambda book, sheet: [book.copy_worksheet(sheet)], rows)
    assert rules(read_brb(twice, "brb_2024-11-05_seizures.xlsx")) == ["F018"]
