"""A file name says administration, day, dataset and version, in any case, or it says nothing."""

from datetime import date

import pytest

from calypso.submission import identify, parse_name, unfinished


@pytest.mark.parametrize(
    ("file_name", "version", "nil", "kind"),
    [
        ("brb_2024-11-05_seizures.csv", 1, False, "csv"),
        ("BRB_2024-11-05_SEIZURES_V12.XLSX", 12, False, "xlsx"),
        ("brb_2024-11-05_seizures_nil.csv", 0, True, "csv"),
    ],
)
def test_a_name_is_read(file_name: str, version: int, nil: bool, kind: str) -> None:
    name = parse_name(file_name)
    assert name is not None
    assert (name.code, name.day, name.version, name.nil, name.format) == ("brb", date(2024, 11, 5), version, nil, kind)
    assert parse_name(str(name)) == name


@pytest.mark.parametrize(
    ("file_name", "version", "nil", "purpose"),
    [
        ("brb_2024-11-05_seizures.csv", 1, False, "report"),
        ("brb_2024-11-05_seizures_v3.csv", 3, False, "report"),
        ("brb_2024-11-05_seizures_nil.csv", 0, True, "report"),
        ("brb_2024-11-05_seizures_test.csv", 1, False, "test"),
        ("BRB_2024-11-05_SEIZURES_V2_TEST.XLSX", 2, False, "test"),
        ("brb_2024-11-05_seizures_nil_test.csv", 0, True, "test"),
        ("brb_2024-11-05_seizures_excused.csv", 1, False, "excused"),
        ("brb_2024-11-05_seizures_ack.csv", 1, False, "ack"),
        ("brb_2024-11-05_seizures_v2_ack.xlsx", 2, False, "ack"),
        ("brb_2024-11-05_seizures_totals.csv", 1, False, "totals"),
    ],
)
def test_a_name_says_what_its_file_is_for(file_name: str, version: int, nil: bool, purpose: str) -> None:
    name = parse_name(file_name)
    assert name is not None
    assert (name.version, name.nil, name.purpose) == (version, nil, purpose)
    assert str(name) == file_name.lower()
    assert parse_name(str(name)) == name


@pytest.mark.parametrize(
    "file_name",
    [
        "brb_2024-11-05_seizures_v2_excused.csv",
        "brb_2024-11-05_seizures_nil_excused.csv",
        "brb_2024-11-05_seizures_nil_ack.csv",
        "brb_2024-11-05_seizures_v2_totals.csv",
        "brb_2024-11-05_seizures_nil_totals.csv",
        "brb_2024-11-05_seizures_test_v2.csv",
        "brb_2024-11-05_seizures_ack_test.csv",
        "seizures.csv",
        "brb_2024-11-31_seizures.csv",
        "brb_2024-11-05_seizures_v0.csv",
        "brb_2024-11-05_seizures_v2_nil.csv",
        "brb_2024-11-05_seizures.pdf",
        "brb_2024-11-05_seizures.csv\n",
        "../brb_2024-11-05_seizures.csv",
        "brb_２０２４-11-05_seizures.csv",
    ],
)
def test_a_name_that_could_be_read_two_ways_says_nothing(file_name: str) -> None:
    assert parse_name(file_name) is None


@pytest.mark.parametrize("file_name", [".hidden.csv", "a.csv.part", "a.csv.filepart", "a.csv.TMP"])
def test_names_of_unfinished_files(file_name: str) -> None:
    assert unfinished(file_name)


def test_the_same_content_under_the_same_name_is_one_submission_in_whatever_case() -> None:
    lower, upper = "brb_2024-11-05_seizures.csv", "BRB_2024-11-05_Seizures.CSV"
    assert identify("brb", lower, "aa") == identify("brb", upper, "aa")
    others = [("brb", "brb_2024-11-05_seizures_v2.csv", "aa"), ("brb", lower, "bb"), ("tto", lower, "aa")]
    assert len({identify("brb", lower, "aa"), *(identify(*other) for other in others)}) == 4
