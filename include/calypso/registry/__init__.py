"""The registry says who takes part and in what: administrations.yml and operations/*.yml, read once, frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from itertools import combinations
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from calypso.declarations import DeclarationError, Declared, load

ROOM = Path(__file__).parent
LANGUAGES = ("en", "fr", "es", "nl")

Language = Literal["en", "fr", "es", "nl"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Code = Annotated[str, Field(pattern=r"^[a-z]{3}$")]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name} is no IANA time zone") from error
    return name


Zone = Annotated[str, AfterValidator(_known_zone)]


class Texts(Declared):
    """One text in the four languages."""

    en: str = Field(min_length=1)
    fr: str = Field(min_length=1)
    es: str = Field(min_length=1)
    nl: str = Field(min_length=1)

    def __getitem__(self, language: str) -> str:
        text: str = getattr(self, language)
        return text


class Administration(Declared):
    """One participating customs service, and how its office writes files."""

    code: Code
    names: Texts
    language: Language
    zone: Zone
    currencies: tuple[Annotated[str, Field(pattern=r"^[A-Z]{3}$")], ...]
    territories: tuple[Code, ...]
    since: date | None = None  # it takes part in operations of all that begin on this day or later; None: in every one
    encoding: Literal["utf-8", "cp1252", "latin-1", "utf-16"]
    delimiter: Literal[",", ";", "\t", "|"]
    decimal_mark: Literal[".", ","]
    date_order: Literal["day-month-year", "month-day-year", "year-month-day"]

    @property
    def name(self) -> str:
        """Return the name in the administration's own language."""
        return self.names[self.language]


class Published(Declared):
    """What a release said of one figure: exactly, about (within a margin), more than, or a code."""

    exactly: Decimal | None = None
    about: Decimal | None = None
    within: Decimal | None = None
    more_than: Decimal | None = None
    more_than_in: str | None = None  # another operation's code
    is_: str | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Published:
        said = [self.exactly, self.about, self.more_than, self.more_than_in, self.is_]
        if sum(value is not None for value in said) != 1:
            raise ValueError("say one of exactly, about, more_than, more_than_in, is")
        if (self.about is None) != (self.within is None):
            raise ValueError("about and within belong together")
        return self


class Operation(Declared):
    """One edition: its days, its daily cut-off, who takes part, and what was published of it."""

    code: Annotated[str, Field(pattern=r"^[a-z]+-\d{4}$")]
    name: str
    starts_on: date
    ends_on: date
    zone: Zone
    cut_off: time
    rest_days: tuple[Weekday, ...] = ()  # days of the week about which no report is due
    datasets: tuple[str, ...]
    participants: tuple[Code, ...] | Literal["all"]
    simulated: bool
    published: Mapping[str, Published]

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Operation:
        if self.ends_on < self.starts_on:
            raise ValueError("ends_on lies before starts_on")
        return self


class _Roster(Declared):
    administrations: Mapping[Code, Administration]

    @model_validator(mode="before")
    @classmethod
    def _spread_defaults(cls, said: Any) -> Any:
        """Fill each entry from its language's defaults, and those from the defaults of all."""
        if not isinstance(said, dict) or not isinstance(said.get("administrations"), dict):
            return said
        entries = {
            code: {
                "code": code,
                "territories": [code],
                **said.get("defaults", {}),
                **said.get("languages", {}).get(entry.get("language"), {}),
                **entry,
            }
            for code, entry in said["administrations"].items()
        }
        return {"administrations": entries}


@cache
def administrations() -> Mapping[str, Administration]:
    """Return every administration by its code, in the registry's order."""
    return read_administrations(ROOM / "administrations.yml")


def read_administrations(path: Path) -> Mapping[str, Administration]:
    """Read a roster file; raises DeclarationError with file and line."""
    return MappingProxyType(dict(load(path, _Roster).administrations))


@cache
def operations() -> Mapping[str, Operation]:
    """Return every operation by its code.

    Raises DeclarationError where a file could be about two of them, or a participant is no administration.
    """
    read = [load(path, Operation) for path in sorted((ROOM / "operations").glob("*.yml"))]
    for operation in read:
        _refuse_unknown(operation)
    for one, other in combinations(read, 2):
        _refuse_shared_days(one, other)
    return MappingProxyType({operation.code: operation for operation in read})


def _refuse_unknown(operation: Operation) -> None:
    if unknown := sorted({*participants(operation)} - {*administrations()}):
        raise DeclarationError(
            f"{ROOM / 'operations'}: {operation.code} has the participants {', '.join(unknown)}, who are not in "
            "administrations.yml: add them there first."
        )


def _refuse_shared_days(one: Operation, other: Operation) -> None:
    """Refuse that an administration takes part in two operations on one day: a file's name tells only the day."""
    first, last = max(one.starts_on, other.starts_on), min(one.ends_on, other.ends_on)
    both = sorted({*participants(one)} & {*participants(other)})
    if first <= last and both:
        raise DeclarationError(
            f"{ROOM / 'operations'}: {one.code} and {other.code} share the days from {first} to {last} and the "
            f"participants {', '.join(both)}: whose report is of which cannot be told; name other participants or days."
        )


def participants(operation: Operation) -> tuple[str, ...]:
    """Return the codes of the administrations that take part in `operation`."""
    if operation.participants == "all":
        known = administrations().values()
        return tuple(office.code for office in known if office.since is None or office.since <= operation.starts_on)
    return operation.participants


def operation_of(code: str, day: date) -> Operation | None:
    """Return the operation in which administration `code` reports on `day`, if any."""
    for operation in operations().values():
        if operation.starts_on <= day <= operation.ends_on and code in participants(operation):
            return operation
    return None


def fingerprint(declared: Declared) -> str:
    """Return a short hash of a declaration, equal as long as it says the same."""
    return hashlib.sha256(declared.model_dump_json().encode()).hexdigest()[:12]
