"""Countries are told by ISO 3166-1 codes or by their names in the four languages; alpha-3 is kept.

A name that two countries go by is read as neither. A code that ISO has retired is no country any more: it is known by
the codes that took its place, so that its sender can be told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from calypso.contracts import fold
from calypso.registry import LANGUAGES, administrations

# Usual names that no list carries.
ALIASES = {
    "Great Britain": "gbr",
    "UK": "gbr",
    "U.S.A.": "usa",
    "US Virgin Islands": "vir",
    "USVI": "vir",
    "BVI": "vgb",
    "Holland": "nld",
    "Antigua": "atg",
    "The Bahamas": "bhs",
    "Bonaire": "bes",
    "Saba": "bes",
    "Sint Eustatius": "bes",
    "Statia": "bes",
    "Dominican Rep.": "dom",
    "Guyane": "guf",  # in no language is it Guyana
    "St. Barth": "blm",
    "St. Barts": "blm",
    "St. Kitts": "kna",
    "St. Vincent": "vct",
    "Tobago": "tto",
    "Trinidad": "tto",
    "Turks and Caicos": "tca",
}
AND = {"en": "and", "fr": "et", "es": "y", "nl": "en"}
SAINTS = {"st": "saint", "saint": "st", "sint": "st", "sainte": "ste"}

# What took the place of each code of ISO 3166-3, by its four letters there. The letters of some stand for others now.
SUCCESSORS: Mapping[str, tuple[str, ...]] = {
    "AIDJ": ("dji",),
    "ANHH": ("bes", "cuw", "sxm"),
    "BQAQ": ("ata",),
    "BUMM": ("mmr",),
    "BYAA": ("blr",),
    "CSHH": ("cze", "svk"),
    "CSXX": ("mne", "srb"),
    "CTKI": ("kir",),
    "DDDE": ("deu",),
    "DYBJ": ("ben",),
    "FQHH": ("ata", "atf"),
    "FXFR": ("fra",),
    "GEHH": ("kir", "tuv"),
    "HVBF": ("bfa",),
    "JTUM": ("umi",),
    "MIUM": ("umi",),
    "NHVU": ("vut",),
    "NQAQ": ("ata",),
    "NTHH": ("irq", "sau"),
    "PCHH": ("fsm", "mhl", "mnp", "plw"),
    "PUUM": ("umi",),
    "PZPA": ("pan",),
    "RHZW": ("zwe",),
    "SKIN": ("ind",),
    "SUHH": (
        *("arm", "aze", "blr", "est", "geo", "kaz", "kgz", "ltu", "lva", "mda", "rus", "tjk", "tkm", "ukr", "uzb"),
    ),
    "TPTL": ("tls",),
    "VDVN": ("vnm",),
    "WKUM": ("umi",),
    "YDYE": ("yem",),
    "YUCS": ("bih", "hrv", "mkd", "mne", "srb", "svn"),
    "ZRCD": ("cod",),
}
# Names of what is gone, beside those of ISO, in the languages in which they are still met.
RETIRED_NAMES = {
    "Antilles néerlandaises": "ANHH",
    "Antillas Neerlandesas": "ANHH",
    "Nederlandse Antillen": "ANHH",
    "Dutch Antilles": "ANHH",
}


@cache
def spellings() -> Mapping[str, str]:
    """Return every accepted spelling of a country, folded, to its lower-case alpha-3 code."""
    import pycountry

    meant: dict[str, set[str]] = defaultdict(set)
    for code, language, name in _names():
        for spelling in _written(name, AND[language]):
            meant[spelling].add(code)
    found = {spelling: min(codes) for spelling, codes in meant.items() if len(codes) == 1}
    for country in pycountry.countries:
        found[country.alpha_2.lower()] = found[country.alpha_3.lower()] = country.alpha_3.lower()
    return found


@cache
def retired() -> Mapping[str, tuple[str, ...]]:
    """Return every spelling of a country that is gone, folded, to the codes of those that took its place."""
    import pycountry

    gone: dict[str, set[str]] = defaultdict(set)
    for country in pycountry.historic_countries:
        for word in (country.alpha_2, country.alpha_3, country.name, country.name.split(",")[0]):
            gone[fold(word)].update(SUCCESSORS[country.alpha_4])
    for name, code in RETIRED_NAMES.items():
        gone[fold(name)].update(SUCCESSORS[code])
    return {word: tuple(sorted(codes)) for word, codes in gone.items() if word not in spellings()}


@cache
def alpha_2(code: str) -> str:
    """Return the two letters of a country, as a UN/LOCODE begins with."""
    import pycountry

    return str(pycountry.countries.get(alpha_3=code.upper()).alpha_2)


def names_in(language: str) -> dict[str, str]:
    """Return the name of every country and territory by its lower-case alpha-3 code, in order of name."""
    import pycountry
    from babel import Locale

    names = Locale(language).territories
    found = {country.alpha_3.lower(): names.get(country.alpha_2, country.name) for country in pycountry.countries}
    return dict(sorted(found.items(), key=lambda entry: fold(entry[1])))


def _names() -> Iterator[tuple[str, str, str]]:
    """Yield the names of all countries, of ISO, of CLDR, of the registry and our own: code, language, name."""
    import pycountry
    from babel import Locale

    yield from ((code, "en", name) for name, code in ALIASES.items())
    for country in pycountry.countries:
        code = country.alpha_3.lower()
        for kind in ("name", "common_name", "official_name"):
            if name := getattr(country, kind, None):
                yield code, "en", name
        for language in LANGUAGES:
            if name := Locale(language).territories.get(country.alpha_2):
                yield code, language, name
    for office in administrations().values():
        if len(office.territories) == 1:
            yield from ((office.code, language, office.names[language]) for language in LANGUAGES)


def _written(name: str, joint: str) -> Iterator[str]:
    """Yield the ways in which a name is written: with & or a word for it, with Saint in full or cut short."""
    joined = fold(name.replace("&", f" {joint} "))
    for spelling in (joined, " ".join(word for word in joined.split() if word != joint)):
        yield spelling
        first, _, rest = spelling.partition(" ")
        if rest and first in SAINTS:
            yield f"{SAINTS[first]} {rest}"
