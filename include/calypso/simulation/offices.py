"""An office is an administration with the habits in which it writes its files; habits are drawn once and kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from calypso.contracts import contracts
from calypso.registry import Administration, Operation, administrations, participants
from calypso.simulation.editions import routes

SHORT_FORM = (
    "case_ref", "case_type", "event_date", "direction", "item_no", "category", "sub_type", "quantity", "unit",
)  # fmt: skip
WORKBOOKS = 7  # offices that send workbooks: a quarter
SHORT_FORMS = 5
MARKED = 4  # offices whose program writes a byte order mark
SPELLINGS = 5  # ways to write a number or a name that others write too
CSV_ONLY = ("mtq", "hti", "pan", "abw")  # their accents are needed in text files

_DATES = {
    "day-month-year": ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"),
    "month-day-year": ("%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d"),
    "year-month-day": ("%Y-%m-%d", "%Y/%m/%d"),
}
_UNITS = {
    "mass": (("kg",), ("kg", "g"), ("g",), ("lb",), ("lb", "oz"), ("kg", "lb"), ("kg", "t")),
    "gold": (("oz_t",), ("g",), ("kg",), ("oz_t", "g")),
    "rounds": (("round",), ("round", "box_50"), ("box_50", "box_20"), ("round", "box_25"), ("piece",)),
    "count": (("piece",),),
    "tobacco": (("carton_200",), ("carton_200", "pack_20"), ("stick",), ("pack_20",)),
    "volume": (("l",), ("ml",), ("gal_us", "l")),
    "tablet": (("tablet",), ("piece",)),
    "plant": (("plant",), ("piece",)),
}


@dataclass(frozen=True)
class Office:
    """How one administration writes: everything its contract leaves to it."""

    administration: Administration
    format: Literal["csv", "xlsx"]
    fields: tuple[str, ...]  # in the order of its columns
    short: bool
    headers: Literal["label", "name", "upper"]
    codes: Literal["label", "code", "upper", "alias"]
    countries: Literal["name", "alpha_2", "alpha_3"]
    date_format: str
    typed_dates: bool  # in a workbook: dates as dates rather than as text
    newline: str
    marked: bool  # begins its CSV with a byte order mark
    quotes_all: bool
    upper_names: bool
    own_column: bool
    numbers_single_items: bool
    words_nil: bool  # a nil file holds one line of text instead of a header
    units: Mapping[str, tuple[str, ...]]
    values_in: str  # the currency of its estimates
    spelling: int  # how it writes numbers and names that others write too

    @property
    def code(self) -> str:
        """Return the code of its administration."""
        return self.administration.code


def offices(operation: Operation, seed: int) -> Mapping[str, Office]:
    """Return the office of every participant; the same seed gives the same habits."""
    codes = participants(operation)
    rng = Random(f"{operation.code}/{seed}/offices")
    workbooks = set(rng.sample([code for code in codes if code not in CSV_ONLY], WORKBOOKS))
    small = sorted(codes, key=lambda code: routes().administrations[code].weight)
    short = set(rng.sample(small[3:14], SHORT_FORMS))
    plain = [code for code in codes if code not in workbooks and administrations()[code].encoding == "utf-8"]
    marked = set(rng.sample(plain, MARKED))
    return {
        code: _draw(
            administrations()[code],
            _currencies(administrations()[code], operation),
            Random(f"{operation.code}/{seed}/{code}"),
            (code in workbooks, code in short, code in marked),
        )
        for code in codes
    }


def _draw(administration: Administration, currencies: list[str], rng: Random, drawn: tuple[bool, bool, bool]) -> Office:
    """Return an office with the habits that `rng` gives it; `drawn` tells workbook, short form and byte order mark."""
    workbook, short, marked = drawn
    return Office(
        administration=administration,
        format="xlsx" if workbook else "csv",
        fields=_columns(short, rng),
        short=short,
        headers=rng.choice(["label", "label", "name", "upper"]),
        codes=rng.choice(["label", "label", "code", "upper", "alias"]),
        countries=rng.choice(["name", "alpha_2", "alpha_3"]),
        date_format=rng.choice(_DATES[administration.date_order]),
        typed_dates=rng.random() < 0.7,
        newline=rng.choice(["\r\n", "\r\n", "\n"]),
        marked=marked,
        quotes_all=rng.random() < 0.2,
        upper_names=rng.random() < 0.15,
        own_column=rng.random() < 0.4,
        numbers_single_items=rng.random() < 0.6,
        words_nil=not workbook and rng.random() < 0.15,
        units={kind: rng.choice(choices) for kind, choices in _UNITS.items()},
        values_in=rng.choice([*currencies, *currencies[:1] * 5, "USD"]),
        spelling=rng.randrange(SPELLINGS),
    )


def _columns(short: bool, rng: Random) -> tuple[str, ...]:
    """Return the columns of an office: the contract's order, or or with a group of columns moved to the front."""
    if short:
        return ("action", *SHORT_FORM)
    names = list(contracts()["seizures"].fields)
    if rng.random() < 0.5:
        cut = rng.choice([names.index("item_no"), names.index("make")])
        names = [names[1], *names[cut:], names[0], *names[2:cut]]
    return tuple(names)


def _currencies(administration: Administration, operation: Operation) -> list[str]:
    """Return the administration's currencies that are valid through the whole operation."""
    known = contracts()["seizures"].codes["currency"]
    return [
        code
        for code in administration.currencies
        if (known[code].since or operation.starts_on) <= operation.starts_on
        and (known[code].until or operation.ends_on) >= operation.ends_on
    ]
