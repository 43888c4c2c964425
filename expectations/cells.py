"""The cells of a body one by one, each distinct one once, as the rules on cells look at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from calypso.body import Body
from calypso.contracts import FieldOfContract, fold
from calypso.countries import retired

if TYPE_CHECKING:
    import pandas

# A code nobody knows in one of these leaves the row without meaning; elsewhere it leaves a gap.
DECISIVE = ("action", "case_type", "direction", "territory", "category", "sub_type", "unit", "currency")
RETIRED_RULES = ("S053", "S054")  # of a country that is gone, where it leaves a gap and where it is decisive
READING_RULES = ("S008", "S009", "S010", "S011", "S012", "S013", *RETIRED_RULES)  # a filled cell must give a value


def reading_rule(field: FieldOfContract) -> str | None:
    """Return the rule that a cell of `field` breaks when it cannot be read; a text can always be."""
    if field.type in ("code", "country"):
        return "S008" if field.name in DECISIVE else "S009"
    return {"date": "S010", "time": "S011", "decimal": "S012", "integer": "S013"}.get(field.type)


def _rule_of(field: FieldOfContract, given: str) -> str | None:
    """Return the reading rule that this cell of `field` would break."""
    if field.type == "country" and fold(given) in retired():
        return RETIRED_RULES[field.name in DECISIVE]
    return reading_rule(field)


def cells(body: Body) -> pandas.DataFrame:
    """Return every distinct filled cell of a body that may break a rule on cells.

    Columns: entry (its number, for a field that has entries), office (its position), administration_code, field,
    given, value, the reading rule the cell stands under, and for texts their length and its limit.

    A number that was read is no error of a spreadsheet, and a text breaks no rule unless it begins as such an error
    does or is too long: these are left out, as nearly every one is another.
    """
    import pandas

    found: list[tuple[Any, ...]] = []
    for field in body.contract.fields.values():
        if field.coded:
            entries = body.entries[field.name]
            told = zip(entries.offices, entries.given, entries.values, strict=True)
            found += [
                (number, None, office.code, field.name, given, value, _rule_of(field, given), None, None)
                for number, (office, given, value) in enumerate(told)
                if given is not None
            ]
        else:
            rule = reading_rule(field)
            found += [
                (None, office, body.offices[office].code, field.name, given, value, rule, len(given), limit)
                for office, given, value, limit in _doubtful(body, field)
            ]
    names = ["entry", "office", "administration_code", "field", "given", "value", "rule", "length", "limit"]
    return pandas.DataFrame(found, columns=names, dtype=object)


def _doubtful(body: Body, field: FieldOfContract) -> Iterable[tuple[int, str, str | None, int | None]]:
    """Return the distinct cells of a text or a decimal that may break a rule, with the limit of a text's length."""
    import polars as pl

    given = body.given(field.name)
    if field.type == "decimal":
        doubtful, limit = given.is_not_null() & body.frame[field.name].is_null(), None
    else:
        long = given.str.len_bytes() > field.max_length  # no fewer than its letters
        doubtful, limit = (long | given.str.contains("^[#=]")).fill_null(False), field.max_length
    few = pl.DataFrame([body.frame["office"], given]).filter(doubtful).unique(maintain_order=True)
    return ((office, said, None if limit is None else said, limit) for office, said in few.rows())
