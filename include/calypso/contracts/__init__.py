"""A contract is the field dictionary of one dataset; the tables, the rules and the reader are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from unicodedata import combining, normalize

from pydantic import Field, model_validator

from calypso.declarations import Declared, load
from calypso.registry import LANGUAGES, Texts
from calypso.submission import FileName

ROOM = Path(__file__).parent
KELVIN = "\u212a"

FieldType = Literal["text", "code", "country", "date", "time", "integer", "decimal"]
Heading = Annotated[str, Field(pattern=r"^(?:0[1-9]|[1-9]\d)(?:\d\d)?$")]  # of the Harmonized System, or a chapter


class FieldOfContract(Declared):
    """One column of a dataset."""

    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    type: FieldType
    group: Literal["row", "case", "item", "firearm", "free"]
    required: Literal["never", "always", "with_goods"] = "never"
    codes: str | None = None
    default: str | None = None
    unit: str | None = None
    max_length: int = 200
    label: Texts
    help: Texts

    @property
    def of_item(self) -> bool:
        """Tell whether the field belongs to the goods rather than to the case."""
        return self.group in ("item", "firearm")

    @property
    def coded(self) -> bool:
        """Tell whether its cells repeat a few words, so that each word need be read only once."""
        return self.type not in ("text", "decimal")


class CodeOfContract(Declared):
    """One value of a code list; which further properties it has depends on the list."""

    label: Texts | None = None  # None: its names come from CLDR
    also: tuple[str, ...] = ()
    category: str | None = None  # of a sub-type
    dimension: str | None = None  # of a unit
    dimensions: tuple[str, ...] = ()  # in which a category or sub-type is measured
    headings: tuple[Heading, ...] = ()  # in which goods of a category can stand; none: in any
    only: tuple[str, ...] = ()  # the categories a unit is for
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _headings_stand_once(self) -> CodeOfContract:
        for heading in self.headings:
            if self.headings.count(heading) > 1 or (len(heading) > 2 and heading[:2] in self.headings):
                raise ValueError(f"the heading {heading} stands there already, or its chapter does")
        return self


class Contract(Declared):
    """The dictionary of one dataset, or of one kind of statement about reports: its fields, and its code lists."""

    dataset: str
    purpose: Literal["report", "excused", "ack", "totals"] = "report"
    version: int
    table: str
    fields: Mapping[str, FieldOfContract]
    codes: Mapping[str, Mapping[str, CodeOfContract]]
    codes_of: str | None = None  # the dataset whose code lists are its own, too

    @model_validator(mode="before")
    @classmethod
    def _name_fields(cls, said: Any) -> Any:
        if isinstance(said, dict) and isinstance(said.get("fields"), dict):
            named = {
                name: {"name": name, **field} if isinstance(field, dict) else field
                for name, field in said["fields"].items()
            }
            return {**said, "fields": named}
        return said

    @model_validator(mode="after")
    def _lists_exist(self) -> Contract:
        for field in self.fields.values():
            if (field.type == "code") != (field.codes is not None):
                raise ValueError(f"{field.name}: a field of type code, and only it, names its code list")
            if field.codes is not None and field.codes not in self.codes and self.codes_of is None:
                raise ValueError(f"{field.name}: there is no code list {field.codes}")
        return self

    @model_validator(mode="after")
    def _goods_have_headings(self) -> Contract:
        for code_list, entries in self.codes.items():
            if code_list != "category" and any(entry.headings for entry in entries.values()):
                raise ValueError(f"{code_list}: only a category has headings")
        return self

    def sharing(self, lists: Mapping[str, Mapping[str, CodeOfContract]]) -> Contract:
        """Return the contract with code lists of another."""
        said = {name: getattr(self, name) for name in type(self).model_fields}
        return Contract.model_validate({**said, "codes": {**lists, **self.codes}, "codes_of": None})

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Return every accepted header, folded, to its field name."""
        return _unique(
            (fold(word), name)
            for name, field in self.fields.items()
            for word in (name, *(field.label[language] for language in LANGUAGES))
        )

    @cached_property
    def spellings(self) -> Mapping[str, Mapping[str, str]]:
        """Return for every code list each accepted spelling, folded, to its code."""
        return {
            code_list: _unique(
                (fold(word), code)
                for code, entry in entries.items()
                for word in (code, *entry.also, *(entry.label[lang] for lang in LANGUAGES if entry.label))
            )
            for code_list, entries in self.codes.items()
        }

    def units_of(self, category: str, sub_type: str | None = None) -> tuple[str, ...]:
        """Return the units in which a category, or one of its sub-types, may be measured."""
        narrower = self.codes["sub_type"][sub_type].dimensions if sub_type else ()
        dimensions = narrower or self.codes["category"][category].dimensions
        return tuple(
            code
            for code, unit in self.codes["unit"].items()
            if unit.dimension in dimensions and (not unit.only or category in unit.only)
        )


def fold(text: str) -> str:
    """Return `text` without case, accents, punctuation and outer space, for comparing headers and codes.

    A letter or a digit that only looks like one of ASCII (full width, dotless i, long s, the sign of Kelvin) stays what
    it is, so that it is none of a code.
    """
    if text.isascii():
        kept = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    else:
        # NFC would take the sign of Kelvin for a K.
        kept = KELVIN.join("".join(map(_folded, normalize("NFC", part))) for part in text.split(KELVIN))
    return " ".join(kept.split())


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    """Return a letter without case and accent, and a space for what is neither letter, digit nor a lone accent."""
    apart = normalize("NFD", letter)
    if apart[0].isascii() and apart[0].isalnum():
        return apart[0].lower()
    return letter if letter.isalnum() or combining(letter) else " "


def _unique(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for word, meaning in pairs:
        if found.setdefault(word, meaning) != meaning:
            raise ValueError(f"{word!r} means both {found[word]} and {meaning}")
    return MappingProxyType(found)


@cache
def declared() -> Mapping[str, Contract]:
    """Return every contract by its dataset, those of statements too."""
    read = [load(path, Contract) for path in sorted(ROOM.glob("*.yml"))]
    lists = {contract.dataset: contract.codes for contract in read}
    return MappingProxyType(
        {one.dataset: one.sharing(lists[one.codes_of]) if one.codes_of else one for one in read},
    )


@cache
def contracts() -> Mapping[str, Contract]:
    """Return the contract of every dataset that is reported, by the dataset."""
    return MappingProxyType({name: one for name, one in declared().items() if one.purpose == "report"})


def contract_for(name: FileName) -> Contract:
    """Return the contract that a file of this name is written by; KeyError where nobody reports such a dataset."""
    reported = contracts()[name.dataset]
    statements = (one for one in declared().values() if one.purpose != "report")
    return next((one for one in statements if one.purpose == name.purpose), reported)
