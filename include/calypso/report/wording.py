"""The wording is how a language says what a report shows: its sentences, its names of codes, its numbers and days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from calypso.declarations import Declared, load
from calypso.markup import LOCALES
from calypso.registry import Texts, administrations

PATH = Path(__file__).with_name("texts.yml")
UNITS = {"kg": "mass-kilogram", "g": "mass-gram", "litres": "volume-liter", "hours": "duration-hour"}


class _Shared(Declared):
    texts: Mapping[str, Texts]


@cache
def shared() -> Mapping[str, Texts]:
    """Return the texts that several reports have, read once."""
    return load(PATH, _Shared).texts


@dataclass(frozen=True)
class Wording:
    """One language, with the texts of one report by their names."""

    language: str
    texts: Mapping[str, Texts]

    def __call__(self, name: str, /, **said: object) -> str:
        """Return a text, with what is to be said in it."""
        return self.texts[name][self.language].format(**said)

    @property
    def locale(self) -> str:
        """Return the language's locale, as Babel names it."""
        return LOCALES[self.language]

    @cached_property
    def _countries(self) -> Mapping[str, str]:
        from calypso.countries import names_in

        return names_in(self.language)

    def number(self, value: Decimal | int) -> str:
        """Return a number with two decimals at most, from a hundred on with one."""
        return _number(Decimal(value), self.locale)

    def percent(self, value: Decimal, places: int = 2) -> str:
        """Return a part of one in percent, rounded to decimal places of the part: two of them are whole percent."""
        from babel.numbers import format_percent

        rounded = round(value, places).normalize()
        return str(format_percent(rounded, locale=self.locale, decimal_quantization=False))

    def measured(self, value: Decimal | None, unit: str) -> str:
        """Return a value with its unit: kg (below one in grams), litres, a currency, a share, or a mere count."""
        if value is None:
            return "–"
        return self.percent(value) if unit == "share" else _measured(value, unit, self.locale)

    def administration(self, code: str) -> str:
        """Return an administration's name."""
        office = administrations().get(code)
        return office.names[self.language] if office else code

    def country(self, code: str | None) -> str:
        """Return a country's name."""
        return self("not_stated") if code is None else self._countries.get(code, code.upper())

    def code(self, code_list: str, code: str | None) -> str:
        """Return the label of a code of the contract."""
        from calypso.contracts import contracts

        if code is None:
            return self("not_stated")
        entry = contracts()["seizures"].codes[code_list].get(code)
        return entry.label[self.language] if entry and entry.label else code

    def form(self, category: str, sum_group: str) -> str:
        """Return the name of a form of goods, which is a sub-type, or the category where the form was not stated."""
        if sum_group == f"{category}_unspecified":
            return self("form_not_stated", goods=self.code("category", category))
        return self.code("sub_type", sum_group)

    def rule(self, code: str, **said: str) -> str:
        """Return the sentence of a check, without what it says of one row but for what is `said`."""
        from calypso import judging

        unsaid = defaultdict(lambda: "…", said)
        rule = judging.rules().rules.get(code)
        return rule.sentence[self.language].format_map(unsaid) if rule else code

    def day(self, day: date, pattern: str = "EEE d MMM") -> str:
        """Return a day, by weekday, day and month unless a pattern of CLDR says otherwise."""
        from babel.dates import format_date

        return str(format_date(day, pattern, locale=self.locale))

    def moment(self, moment: datetime, zone: str) -> str:
        """Return a moment by the clocks of a zone."""
        from babel.dates import format_datetime

        return str(format_datetime(moment.astimezone(ZoneInfo(zone)), "d MMM y, HH:mm", locale=self.locale))

    def zone(self, zone: str) -> str:
        """Return the city by whose clocks a moment is told, with its distance from UTC."""
        from babel.dates import get_timezone_location

        return str(get_timezone_location(ZoneInfo(zone), locale=self.locale, return_city=True))

    def days(self, count: Decimal | int) -> str:
        """Return a number of days."""
        from babel.units import format_unit

        return str(format_unit(count, "duration-day", locale=self.locale))

    def said(self) -> dict[str, Any]:
        """Return every text as it stands, for a template."""
        return {name: texts[self.language] for name, texts in self.texts.items()}


# Most numbers of a report stand in it more than once, and Babel takes long over each.
@lru_cache(maxsize=16_384)
def _number(value: Decimal, locale: str) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, _pattern(value), locale=locale))


@lru_cache(maxsize=16_384)
def _measured(value: Decimal, unit: str, locale: str) -> str:
    from babel.numbers import format_currency
    from babel.units import format_unit

    if unit == "kg" and 0 < abs(value) < 1:
        value, unit = value * 1000, "g"
    if kind := UNITS.get(unit):
        return str(format_unit(value, kind, "short", _pattern(value), locale=locale))
    if len(unit) == 3 and unit.isupper():
        pattern = f"{_pattern(value, 0)} ¤¤"
        return str(format_currency(value, unit, pattern, locale=locale, currency_digits=False))
    return _number(value, locale)


def _pattern(value: Decimal, decimals: int = 1) -> str:
    return f"#,##0.{'#' * decimals}" if abs(value) >= 100 else "#,##0.##"
