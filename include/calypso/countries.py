"""Countries are told by ISO 3166-1 codes or by their CLDR names in the four languages; alpha-3 is kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from calypso.contracts import fold
from calypso.registry import LANGUAGES

# Retired codes and usual spellings that the current lists no longer carry.
ALIASES = {
    "great britain": "gbr",
    "uk": "gbr",
    "u s a": "usa",
    "united states of america": "usa",
    "holland": "nld",
    "bonaire": "bes",
}


@cache
def spellings() -> Mapping[str, str]:
    """Return every accepted spelling of a country, folded, to its lower-case alpha-3 code."""
    import pycountry
    from babel import Locale

    found = dict(ALIASES)
    alpha_3 = {country.alpha_2: country.alpha_3.lower() for country in pycountry.countries}
    for language in LANGUAGES:
        for territory, name in Locale(language).territories.items():
            if territory in alpha_3:
                found.setdefault(fold(name), alpha_3[territory])
    for alpha_2, code in alpha_3.items():
        found[alpha_2.lower()] = code
        found[code] = code
    return found


def names_in(language: str) -> dict[str, str]:
    """Return the name of every country and territory by its lower-case alpha-3 code, in order of name."""
    import pycountry
    from babel import Locale

    names = Locale(language).territories
    found = {country.alpha_3.lower(): names.get(country.alpha_2, country.name) for country in pycountry.countries}
    return dict(sorted(found.items(), key=lambda entry: fold(entry[1])))
