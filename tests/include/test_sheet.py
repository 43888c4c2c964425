"""What is read of a file is cell for cell what its sender sees, or the file is refused with the rule it breaks."""

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calypso.registry import administrations
from calypso.sheet import Unreadable, decode, read_csv, read_xlsx

BRB = administrations()["brb"]  # utf-8, comma
MTQ = administrations()["mtq"]  # cp1252, semicolon


def workbook(*rows: list[object]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_rows_keep_the_numbers_a_spreadsheet_shows() -> None:
    content = b'a,b\r\n\r\n"one\nstill one",2\r\n,\r\nlast,3'
    assert [(row.number, list(row.cells)) for row in read_csv(content, BRB)] == [
        (1, ["a", "b"]),
        (3, ["one\nstill one", "2"]),
        (5, ["last", "3"]),
    ]


@pytest.mark.parametrize("first", ["", "sep=,\n"])
@pytest.mark.parametrize(
    ("last", "rule"),
    [
        (b"\xe9,3", "F005"),
        (b"\0,3", "F004"),
        (b'5" pipe,3', "F024"),
        (b'"never closed,3', "F024"),
        (b'"a"b",3', "F024"),
        (b"a\rb,3", "F024"),
    ],
)
def test_a_refusal_names_the_row_a_spreadsheet_shows(first: str, last: bytes, rule: str) -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_csv(first.encode() + b'a,b\n"one\nstill one",2\n' + last + b"\n", BRB))
    assert (refused.value.rule, refused.value.row) == (rule, 4 if first else 3)


@pytest.mark.parametrize(
    ("content", "declared", "rule"),
    [
        ("é".encode("cp1252"), "utf-8", "F005"),
        ("é".encode(), "cp1252", "F005"),
        ("é".encode("utf-16"), "utf-8", "F005"),
        ("\ufeffa".encode(), "cp1252", "F005"),
        (b"a\0b", "utf-8", "F004"),
    ],
)
def test_bytes_that_contradict_the_declared_encoding_are_refused(content: bytes, declared: str, rule: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(content, declared)
    assert refused.value.rule == rule


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert decode("\ufeffé".encode(), "utf-8") == "é"


def test_a_quote_that_never_ends_is_refused_not_swallowed() -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_csv(b'a,b\n"1,2\n3,4\n', BRB))
    assert refused.value.rule == "F004"


def test_an_endless_cell_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_csv(b"a" * 100_000, BRB))
    assert refused.value.rule == "F021"


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(codec="cp1252", exclude_characters="\0\r"), max_size=8), min_size=2, max_size=4),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_wrote_is_read_back_cell_for_cell(rows: list[list[str]], line_end: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=";", lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(rows)
    content = file.getvalue().encode("cp1252")
    if not content.isascii() and _is_utf8(content):
        # Bytes in cp1252 that are valid UTF-8 too can be read two ways, so they are refused.
        with pytest.raises(Unreadable, match="F005"):
            list(read_csv(content, MTQ))
        return
    with ambiguous() if b'\\"' in content else nullcontext():  # a backslash before a quote may escape it, or not
        read = [list(row.cells) for row in read_csv(content, MTQ)]
        assert read == [row for row in rows if any(cell.strip() for cell in row)]


@contextmanager
def ambiguous() -> Iterator[None]:
    """Let a refusal because of two meanings pass."""
    try:
        yield
    except Unreadable as refused:
        if refused.rule != "F024":
            raise


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_a_workbook_keeps_numbers_and_dates_and_leaves_blank_rows_out() -> None:
    content = workbook(["a", "b", "c"], [], [1.5, datetime(2024, 11, 5), "x"], [None, None, None])
    rows = list(read_xlsx(content))
    assert [row.number for row in rows] == [1, 3]
    assert rows[1].cells == [1.5, datetime(2024, 11, 5), "x"]
    assert not isinstance(rows[1].cells[1], date) or isinstance(rows[1].cells[1], datetime)


def test_a_formula_without_a_value_is_told_not_lost() -> None:
    assert list(read_xlsx(workbook(["a"], ["=1+1"])))[1].cells == ["=1+1"]


@pytest.mark.parametrize("content", [b"no zip at all", b"PK\x03\x04 broken", b""])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        list(read_xlsx(content))
    assert refused.value.rule == "F004"


def test_a_truncated_workbook_is_refused() -> None:
    content = workbook(["a", "b"], [1, 2])
    for cut in range(0, len(content), 97):
        with pytest.raises(Unreadable):
            list(read_xlsx(content[:cut]))


def test_a_zip_bomb_is_refused_before_it_is_opened() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(Unreadable) as refused:
        list(read_xlsx(bomb.getvalue()))
    assert refused.value.rule == "F022"
