"""A country is read by every name it goes by, or not at all where a name could mean another."""

from __future__ import annotations

import pycountry
import pytest

from calypso.contracts import fold
from calypso.countries import SUCCESSORS, names_in, retired, spellings
from calypso.registry import LANGUAGES, administrations

# What is easily mistaken in the region, by what is meant.
HAZARDS = {
    "dma": ["Dominica", "Dominique", "DM", "DMA"],
    "dom": ["Dominican Republic", "Dominican Rep.", "République dominicaine", "República Dominicana", "DO"],
    "sxm": ["Sint Maarten", "Sint-Maarten", "St. Maarten", "St Maarten", "Sint Maarten (Dutch part)", "SX"],
    "maf": ["Saint Martin (French part)", "Saint-Martin", "St. Martin", "MF"],
    "guy": ["Guyana", "GY"],
    "guf": ["Guyane", "Guyane française", "French Guiana", "Frans-Guyana", "Guayana Francesa", "GF"],
    "vgb": ["British Virgin Islands", "Virgin Islands, British", "Virgin Islands (British)", "BVI", "VG"],
    "vir": ["U.S. Virgin Islands", "US Virgin Islands", "Virgin Islands (U.S.)", "USVI", "VI"],
    "kna": ["Saint Kitts and Nevis", "St. Kitts and Nevis", "St Kitts & Nevis", "St. Kitts", "Saint Kitts en Nevis"],
    "lca": ["Saint Lucia", "St. Lucia", "St Lucia", "Sainte-Lucie", "Ste-Lucie", "Santa Lucía"],
    "vct": ["Saint Vincent and the Grenadines", "St. Vincent & the Grenadines", "St. Vincent & Grenadines"],
    "blm": ["Saint Barthélemy", "St. Barthelemy", "St. Barts"],
    "cuw": ["Curaçao", "Curacao", "CURACAO", "Curazao"],
    "bes": ["Bonaire", "Sint Eustatius", "St. Eustatius", "Saba", "Caribbean Netherlands"],
    "atg": ["Antigua and Barbuda", "Antigua & Barbuda", "Antigua-et-Barbuda"],
    "tto": ["Trinidad and Tobago", "Trinidad & Tobago", "Trinité-et-Tobago", "Trinidad en Tobago"],
    "tca": ["Turks and Caicos Islands", "Turks & Caicos"],
}
TWO_WAYS = ["Virgin Islands", "Guiana", "Dominicana", "Korea", "Saint", "Sint"]


@pytest.mark.parametrize("code", HAZARDS)
def test_each_of_two_names_that_are_alike_is_read_right(code: str) -> None:
    assert {name: spellings().get(fold(name)) for name in HAZARDS[code]} == dict.fromkeys(HAZARDS[code], code)


@pytest.mark.parametrize("name", TWO_WAYS)
def test_a_name_that_could_mean_two_is_not_read(name: str) -> None:
    assert fold(name) not in spellings()


def test_every_name_that_the_reference_gives_is_read() -> None:
    for language in LANGUAGES:
        for code, name in names_in(language).items():
            assert spellings()[fold(name)] == code, (language, name)
    for office in administrations().values():
        if len(office.territories) == 1:
            assert {spellings()[fold(office.names[language])] for language in LANGUAGES} == {office.code}


def test_every_retired_code_is_told_by_what_took_its_place() -> None:
    current = {country.alpha_3.lower() for country in pycountry.countries}
    assert {country.alpha_4 for country in pycountry.historic_countries} == set(SUCCESSORS)
    assert {code for codes in SUCCESSORS.values() for code in codes} <= current
    for word in ("ANT", "AN", "Netherlands Antilles", "Antilles néerlandaises", "Nederlandse Antillen"):
        assert retired()[fold(word)] == ("bes", "cuw", "sxm")
    assert retired()["cs"] == ("cze", "mne", "srb", "svk"), "letters that have stood for two"


def test_letters_that_stand_for_another_country_now_are_read_as_that() -> None:
    assert retired().keys().isdisjoint(spellings())
    assert (spellings()["ai"], spellings()["sk"], spellings()["ge"]) == ("aia", "svk", "geo")
