"""A code, a digit and a word of a name are written in ASCII; what only looks like one is told, and never read as it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import product

import polars as pl
import pytest
from corpus.cases import GOLD

from calypso.body import Body
from calypso.contracts import contracts, declared, fold
from calypso.reading import Reading, read
from calypso.registry import administrations
from calypso.sheet.cells import Cell
from calypso.sheet.package import _index
from calypso.submission import Submission, parse_name, unfinished
from calypso.values import read_date, read_decimal, read_integer, read_time, reader
from expectations import judge, seizures
from expectations.context import HS_CODE, UNLOCODE

CONTRACT = contracts()["seizures"]
LETTERS = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
DIGITS = [letter for letter in LETTERS if unicodedata.category(letter) in ("Nd", "No", "Nl") and not letter.isascii()]
# By the letter of ASCII that each looks like, or that lower(), upper() or a pattern without case makes of it.
ALIKE = {
    "i": "\u0131\u0456\u2170\uff49", "s": "\u017f\u0455\uff53", "k": "\u212a\u043a\uff2b", "a": "\u0430\uff41\u00aa",
    "o": "\u043e\uff4f\u00ba", "e": "\u0435\uff45\u212f", "f": "\ufb01\uff46", "v": "\u2174\uff56", "x": "\u0445\uff58",
    "c": "\u0441\uff43\u217d", "n": "\uff4e\u207f", "t": "\uff54", "l": "\u217c\uff4c", "g": "\u210a\uff47",
    "2": "\u0662\uff12\u00b2", "5": "\u0665\uff15\u2075", "0": "\u0660\uff10\u2070", "1": "\u0661\uff11\u00b9",
}  # fmt: skip


def swapped(text: str) -> Iterator[str]:
    """Yield a text with one letter in the place of which stands one that is like it, for every letter of it."""
    for place, letter in enumerate(text):
        for other in ALIKE.get(letter.lower(), ""):
            yield text[:place] + other + text[place + 1 :]


def test_no_letter_but_an_accented_one_is_folded_into_ascii() -> None:
    for letter in LETTERS:
        folded = fold(letter)
        if folded and folded.isascii() and not letter.isascii():
            base, *marks = unicodedata.normalize("NFD", letter)
            assert marks, hex(ord(letter))
            assert base.lower() == folded


def test_accents_may_be_written_apart() -> None:
    for text in ("Référence du cas", "CAÑÓN", "Île Bouvet", "Curaçao"):
        assert fold(unicodedata.normalize("NFD", text)) == fold(text)
        assert fold(text).isascii()


def test_no_code_and_no_column_is_read_from_what_looks_like_it() -> None:
    tried = 0
    for code_list, entries in CONTRACT.codes.items():
        for code in entries:
            for text in swapped(code):
                assert CONTRACT.spellings[code_list].get(fold(text)) is None, text
                tried += 1
    for name in CONTRACT.fields:
        for text in swapped(name):
            assert fold(text) not in CONTRACT.headers
    assert tried > 500


@pytest.mark.parametrize(
    "name",
    ["brb_2024-11-05_seizures_v25.csv", "brb_2024-11-05_seizures_nil.csv", "BRB_2024-11-05_SEIZURES_TEST.XLSX"],
)
def test_no_name_is_read_from_what_looks_like_it(name: str) -> None:
    assert parse_name(name) is not None
    for text in swapped(name):
        assert parse_name(text) is None, text
    assert not unfinished("a.\uff54mp")


@pytest.mark.parametrize("field", ["event_date", "event_time", "quantity", "item_no", "persons_detained"])
def test_no_number_date_or_time_is_read_from_other_digits(field: str) -> None:
    usual = {"event_date": "05/11/2024", "event_time": "14:05", "quantity": "1250.5"}.get(field, "12")
    own = reader(CONTRACT.fields[field], CONTRACT, administrations()["brb"])
    assert own(usual) is not None
    for place, digit in product(range(len(usual)), DIGITS):
        if usual[place].isdigit():
            assert own(usual[:place] + digit + usual[place + 1 :]) is None


def test_an_iso_date_has_ascii_digits() -> None:
    assert read_date("2024-11-0\u0665", "day-month-year") is None
    assert read_time("1\u0664:05") is None
    assert read_integer("\u0661") is None
    assert read_decimal("\u0661", ".") is None


@pytest.mark.parametrize(("pattern", "usual"), [(HS_CODE, "7108.12"), (UNLOCODE, "BBBGI")])
def test_codes_of_customs_are_ascii(pattern: str, usual: str) -> None:
    assert re.match(pattern, usual)
    for text in swapped(usual):
        assert not re.match(pattern, text)


@pytest.mark.parametrize("text", ["\u0663", "1_0", "-1", "+1", "", "1 0", "\uff11"])
def test_a_workbook_numbers_its_strings_in_ascii(text: str) -> None:
    with pytest.raises(ValueError, match="shared string"):
        _index(text)
    assert _index(" 7\n") == 7


def written(rows: list[dict[str, str]], large: bool) -> bytes:
    names = list(GOLD)
    lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
    content = "\n".join(lines) + "\n"
    return (content * 1 + ("\n" * 1_100_000 if large else "")).encode()


CELLS = {
    "case_type": ("seizure", "\u017feizure", "se\u0131zure", "SEIZURE", "se\uff49zure", "Saisie", "Incautación"),
    "event_date": ("05/11/2024", "0\u0665/11/2024", "2024-11-05", "2024-11-0\uff15"),
    "quantity": ("2.5", "\u0662.5", "2.\uff15", "2\u00b2", "-2", "\u22122", "2\u06665"),
    "unit": ("kg", "\u212ag", "KG", "\uff4b\uff47", "k\u210a", "kg\u0338", "Kilogramme"),
    "direction": ("import", "\u0456mport", "\ufb01rst", "Importación", "IMPORTACIO\u0301N"),
}


def rows() -> list[dict[str, str]]:
    found = [{**GOLD, name: text} for name, texts in CELLS.items() for text in texts]
    return [{**row, "case_ref": f"BB-{no}"} for no, row in enumerate(found)]


@pytest.fixture
def readings(submit: Callable[..., Submission], tmp_path) -> tuple[Reading, Reading]:
    """The same rows read row by row, and in blocks as a large file is."""
    made = []
    for large in (False, True):
        content = written(rows(), large)
        path = tmp_path / f"{large}.csv"
        path.write_bytes(content)
        submission = submit("brb_2024-11-05_seizures.csv", content)
        made.append(read(submission, path if large else content, administrations()["brb"]))
    return made[0], made[1]


def test_what_looks_like_a_code_or_a_number_is_told_whichever_way_a_file_is_read(readings) -> None:
    slow, fast = (judge.judge([reading])[0] for reading in readings)
    assert list(slow.findings) == list(fast.findings)
    said = {(finding.field, finding.given) for finding in slow.findings}
    right = {"seizure", "SEIZURE", "Saisie", "Incautación", "05/11/2024", "2024-11-05", "2.5", "kg", "KG", "Kilogramme"}
    right |= {"import", "Importación", "IMPORTACIO\u0301N"}
    assert said == {(name, text) for name, texts in CELLS.items() for text in texts if text not in right}
    assert {finding.rule for finding in slow.findings} == {"S008", "S010", "S012", "S016"}
    frames = [Body([reading], CONTRACT).frame for reading in readings]
    assert frames[0]["quantity"].to_list() == frames[1]["quantity"].to_list()


def test_an_accepted_warning_is_named_in_ascii() -> None:
    """A long s is an S in upper case, as a database has it, too."""
    assert "\u017f056".upper() == "S056"
    contract = next(one for one in declared().values() if one.purpose == "ack")
    from expectations.statements import _slips_of_warning

    assert contract.purpose == "ack"
    for code, right in (("S056", True), ("s056", True), ("\u017f056", False), ("S05\u0666", False)):
        record: dict[str, Cell] = {"rule_code": code, "finding_row_given": "2", "case_ref": None}
        assert (not list(_slips_of_warning(record))) is right, code


@pytest.mark.parametrize("title", ["monsieur", "mr", "señora", "madame", "date of birth", "nacido el", "passport no"])
def test_what_names_a_person_is_looked_for_whatever_an_engine_takes_for_a_letter(title: str) -> None:
    """Polars picks the texts that are judged where nearly every one is another: it may pass over none."""
    others = {"i": "i\u0131\u0130I", "s": "s\u017fS", "k": "k\u212aK", "ñ": "ñÑ"}
    for letters in product(*(others.get(letter, letter) for letter in title)):
        text = f"{''.join(letters)} Dupont 1234567"
        if re.search(seizures.PERSON, text):
            assert pl.Series([text]).str.contains(seizures.MAYBE_PERSON).all(), text


@pytest.mark.parametrize("text", ["=1", "=\n1", "=cmd|' /C calc'!A0\nx", "=\r\nx"])
def test_a_formula_is_refused_over_lines_too(text: str) -> None:
    assert re.search(seizures.NOT_A_VALUE, text)
