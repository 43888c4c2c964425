"""Examples show in one language what a rule says and what keeps or breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

from calypso.contracts import FieldOfContract, contracts
from calypso.countries import names_in
from calypso.judging import Example, Rule
from calypso.reference.choices import name_of
from calypso.reference.wording import said, wording

DATES = {"day-month-year": "25/11/2024", "month-day-year": "11/25/2024", "year-month-day": "2024/11/25"}

Place = tuple[str, str]  # what it is called, and what stands there


def sentence_of(rule: Rule, language: str) -> Markup:
    """Return a rule's sentence with its places told in words: the field by its label where it is always the same."""
    text = said(wording().pages, language)
    field = _field(rule.field)
    words = {
        "field": field.label[language] if field else text["place_field"],
        "given": text["place_given"],
        "expected": text["place_expected"],
    }
    parts = re.split(r"{(field|given|expected)}", rule.sentence[language])
    said_parts = [
        Markup("<var>{}</var>").format(words[part]) if n % 2 else escape(part) for n, part in enumerate(parts)
    ]
    return Markup("").join(said_parts)


def rows_of(example: Example, language: str, of_file: bool) -> list[list[Place]]:
    """Return an example row by row: what each place is called, and what stands there, in one language."""
    return [list(_of_file(row, language) if of_file else _of_row(row, language)) for row in map(dict, example)]


def breakable(value: str) -> Markup:
    """Return a value that a narrow column may break behind a comma or an underscore."""
    return Markup("").join(escape(part) + Markup("<wbr>") for part in re.split(r"(?<=[,_])", value))


def _of_file(row: dict[str, str], language: str) -> Iterator[Place]:
    for part, value in row.items():
        yield wording().parts[part][language], value


def _of_row(row: dict[str, str], language: str) -> Iterator[Place]:
    for name, value in row.items():
        field = _field(name)
        if field is None:
            raise ValueError(f"an example speaks of the field {name}, which no contract has")
        yield field.label[language], _named(field, value, language)


def _named(field: FieldOfContract, value: str, language: str) -> str:
    """Return a value as it is called in a language, where it is a code; other values are the same in all."""
    if field.type == "country":
        return names_in(language).get(value, value)
    for contract in contracts().values():
        if field.codes and value in contract.codes.get(field.codes, {}):
            return name_of(contract, field.codes, value, language)
    return value


def _field(name: str | None) -> FieldOfContract | None:
    fields = (contract.fields.get(name) for contract in contracts().values()) if name else ()
    return next((field for field in fields if field), None)
