"""Wording is how an office writes a value: labels or codes, its dates, its decimal mark, its names of countries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from functools import cache

from calypso.contracts import contracts, fold
from calypso.countries import spellings
from calypso.sheet import Cell
from calypso.simulation.offices import Office
from calypso.simulation.statement import Statement
from calypso.values import Value

MARK = "SIMULATED"
MARK_COLUMN, OWN_COLUMN = "x_simulated", "x_case_id"
Sheet = Sequence[Sequence[Cell]]


def sheet(rows: Sequence[Statement], office: Office) -> Sheet:
    """Return header and rows as the office writes them, each marked as simulated in a column of its own."""
    fields = [name for name in office.fields if name != "action" or not _all_new(rows) or not office.short]
    own = [OWN_COLUMN] if office.own_column else []
    header: list[Cell] = [*(_header(name, office) for name in fields), *own, MARK_COLUMN]
    return [header, *([*_cells(row, fields, office), *_own(row, own), MARK] for row in rows)]


def _all_new(rows: Sequence[Statement]) -> bool:
    return all(row.action == "new" and "action" not in row.given for row in rows)


def _header(name: str, office: Office) -> str:
    label = contracts()["seizures"].fields[name].label[office.administration.language]
    return {"name": name, "label": label, "upper": label.upper()}[office.headers]


def _cells(row: Statement, fields: Sequence[str], office: Office) -> list[Cell]:
    return [row.given[name] if name in row.given else cell(name, row.fields.get(name), office) for name in fields]


def _own(row: Statement, own: Sequence[str]) -> list[Cell]:
    """Return the office's own number of a case, which it finds again in findings."""
    return [f"{row.administration.upper()}{sum(row.case_ref.encode()) % 9000 + 1000}" for _ in own]


def cell(name: str, value: Value, office: Office) -> Cell:
    """Return the cell in which `office` writes the value of the field `name`; text, but for workbooks."""
    field = contracts()["seizures"].fields[name]
    workbook = office.format == "xlsx"
    if value is None or (name == "action" and value == "new" and office.codes == "code"):
        return None if workbook else ""
    if isinstance(value, date):
        return value if workbook and office.typed_dates else value.strftime(office.date_format)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, int):
        return value if workbook else str(value)
    if isinstance(value, Decimal):
        return _number(value, office)
    if field.type == "country":
        return _country(value, office)
    return _code(field.codes, value, office) if field.codes else value


def _number(value: Decimal, office: Office) -> Cell:
    if office.format == "xlsx":
        return int(value) if value == value.to_integral_value() else float(value)
    return f"{value:f}".replace(".", office.administration.decimal_mark)


def _code(code_list: str, code: str, office: Office) -> str:
    entry = contracts()["seizures"].codes[code_list][code]
    if entry.label is None:
        return code
    label = entry.label[office.administration.language]
    alias = entry.also[0] if entry.also else label
    return {"label": label, "code": code, "upper": label.upper(), "alias": alias}[office.codes]


@cache
def _names_in(code: str, language: str) -> tuple[str, str]:
    """Return a country's alpha-2 code and its name, or its alpha-3 code where the name means another one."""
    import pycountry
    from babel import Locale

    alpha_2: str = pycountry.countries.get(alpha_3=code.upper()).alpha_2
    name = Locale(language).territories[alpha_2]
    return alpha_2, name if spellings().get(fold(name)) == code else code.upper()


def _country(code: str, office: Office) -> str:
    alpha_2, name = _names_in(code, office.administration.language)
    return {"alpha_3": code.upper(), "alpha_2": alpha_2, "name": name}[office.countries]
