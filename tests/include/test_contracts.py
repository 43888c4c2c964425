"""The contract is one dictionary: every header and code has one meaning in four languages."""

import pytest
from pydantic import ValidationError

from calypso.contracts import CodeOfContract, Contract, contracts, fold
from calypso.registry import LANGUAGES
from calypso.simulation.editions import goods

SEIZURES = contracts()["seizures"]


def test_every_field_is_accepted_by_its_name_and_its_four_labels() -> None:
    for name, field in SEIZURES.fields.items():
        assert SEIZURES.headers[fold(name)] == name
        for language in LANGUAGES:
            assert SEIZURES.headers[fold(field.label[language])] == name
            assert field.help[language].endswith((".", ".", "?"))


def test_headers_are_read_whatever_their_case_accents_and_spaces() -> None:
    assert SEIZURES.headers[fold("  RÉFÉRENCE   du CAS ")] == "case_ref"
    assert SEIZURES.headers[fold("case-ref")] == "case_ref"


def test_every_code_has_labels_except_currencies_which_cldr_names() -> None:
    from babel import Locale

    for code_list, entries in SEIZURES.codes.items():
        for code, entry in entries.items():
            assert entry.label is not None or all(code in Locale(lang).currencies for lang in LANGUAGES), code_list


def test_every_category_and_sub_type_can_be_measured() -> None:
    dimensions = {unit.dimension for unit in SEIZURES.codes["unit"].values()}
    for category, entry in SEIZURES.codes["category"].items():
        assert set(entry.dimensions) <= dimensions
        assert SEIZURES.units_of(category)
    for name, entry in SEIZURES.codes["sub_type"].items():
        assert entry.category in SEIZURES.codes["category"]
        assert SEIZURES.units_of(entry.category or "", name), name


def test_an_ounce_of_gold_is_not_an_ounce_of_cannabis() -> None:
    assert "oz_t" in SEIZURES.units_of("gold")
    assert "oz_t" not in SEIZURES.units_of("cannabis", "cannabis_herb")
    assert "piece" not in SEIZURES.units_of("cocaine", "cocaine_hydrochloride")
    assert "kg" not in SEIZURES.units_of("firearm")


def test_what_is_found_in_an_operation_stands_under_the_headings_of_its_category() -> None:
    for name, told in goods().goods.items():
        headings = SEIZURES.codes["category"][SEIZURES.codes["sub_type"][name].category or ""].headings
        assert not headings or told.hs.startswith(headings), name


@pytest.mark.parametrize("headings", [("93011",), ("930",), ("00",), ("9301", "9301"), ("93", "9301")])
def test_a_heading_is_two_or_four_digits_and_stands_once(headings: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError):
        CodeOfContract(headings=headings)


def test_only_a_category_has_headings() -> None:
    lists = {"unit": {"kg": CodeOfContract(headings=("9301",))}}
    with pytest.raises(ValidationError, match="only a category"):
        Contract(dataset="x", version=1, table="x", fields={}, codes=lists)
