"""The golden corpus: files whose findings are known exactly, for every rule, in four languages, as CSV and as XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from corpus.cases import CASES, FIELDS

from calypso.contracts import contracts, fold
from calypso.countries import alpha_2
from calypso.registry import Administration, administrations
from expectations.rules import rule_book

OFFICES = ("brb", "mtq", "dom", "cuw")  # one for each language: en, fr, es, nl
DAY = date(2024, 11, 5)
SEIZURES = contracts()["seizures"]
HEADER = "case_ref,case_type,event_date,direction,category,quantity,unit"
ROW = "BB-1,seizure,2024-11-05,import,gold,5,kg"
FAR = 1000  # versions of four digits keep their order when they are sorted as texts


Found = tuple[tuple[str, int | None, str | None], ...]  # rule, row, field


@dataclass(frozen=True)
class Golden:
    """One file, the folder it is dropped in, and what must be found: rule, row, field."""

    administration: str
    file_name: str
    content: bytes
    findings: Found


def golden() -> Iterator[Golden]:
    """Yield every file of the corpus."""
    for code in OFFICES:
        office = administrations()[code]
        for number, (rule, (broken, field, near)) in enumerate(sorted(CASES.items())):
            if rule_book().rules[rule].needs_history:
                continue
            found = tuple((rule, row, field) for row in _rows_pointed_at(rule))
            yield _file(office, 2 * number, broken, found)
            yield _file(office, 2 * number + 1, near, ())
    yield from _of_the_file()


def _rows_pointed_at(rule: str) -> tuple[int, ...]:
    return {"S037": (2, 3), "S039": (3,), "S056": (3,)}.get(rule, (2,))


def _file(office: Administration, number: int, rows: list[dict[str, str]], found: Found) -> Golden:
    """Write rows as an office does: headers and codes in its language, its decimal mark, CSV or XLSX by turns."""
    head = [SEIZURES.fields[name].label[office.language] for name in FIELDS]
    body = [[_said(office, name, row.get(name, "")) for name in FIELDS] for row in rows]
    ending = "xlsx" if number % 4 >= 2 else "csv"
    content = _workbook(head, body) if ending == "xlsx" else _delimited(office, head, body)
    return Golden(office.code, f"{office.code}_{DAY}_seizures_v{FAR + number}.{ending}", content, found)


def _said(office: Administration, name: str, value: str) -> str:
    field = SEIZURES.fields[name]
    if value in ("BB", "Barbade"):
        return office.territories[0]
    if name == "unlocode":
        return re.sub("^BB", alpha_2(office.territories[0]), value, flags=re.IGNORECASE)
    if field.type == "decimal" and re.fullmatch(r"-?\d+\.\d+", value):
        return value.replace(".", office.decimal_mark)
    if field.codes and (code := SEIZURES.spellings[field.codes].get(fold(value))):
        label = SEIZURES.codes[field.codes][code].label
        return label[office.language] if label else code
    return value


def _delimited(office: Administration, head: list[str], body: list[list[str]]) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=office.delimiter)
    writer.writerow(head)
    writer.writerows(body)
    return file.getvalue().encode(office.encoding)


def _workbook(head: list[str], body: list[list[str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for number, row in enumerate([head, *body], start=1):
        for place, text in enumerate(row, start=1):
            cell = book.active.cell(number, place)
            cell.value = text or None
            cell.data_type = "s" if text else "n"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _of_the_file() -> Iterator[Golden]:
    """Yield a file for each rule that the structure of a file can break."""
    name = f"brb_{DAY}_seizures"
    text = f"{HEADER}\n{ROW}\n"
    cases: list[tuple[str, str, str | None, str, int | None]] = [
        ("seizures.csv", text, None, "F001", None),
        (f"tto_{DAY}_seizures.csv", text, None, "F002", None),
        ("brb_2023-11-05_seizures.csv", text, None, "F003", None),
        (f"{name}_v2001.xlsx", text, None, "F004", None),
        (f"{name}_v2002.csv", text.replace("BB-1", "É"), "cp1252", "F005", 2),
        (f"{name}_v2003.csv", text.replace("case_ref,", "").replace("BB-1,", ""), None, "F006", 1),
        (f"{name}_v2004.csv", text + f"{ROW},more\n", None, "F007", 3),
        (f"{name}_v2005.csv", f"{HEADER},calibr\n{ROW},9mm\n", None, "F008", 1),
        (f"{name}_v2006.csv", f"{HEADER},unit\n{ROW},kg\n", None, "F009", 1),
        (f"{name}_v2008.csv", text.replace(",", ";"), None, "F011", 1),
        (f"{name}_v2009.csv", f"{HEADER}\n", None, "F012", None),
        (f"{name}_nil.csv", text, None, "F013", 2),
        (f"brb_{DAY}_warnings.csv", text, None, "F017", None),
    ]
    sums = "category,quantity,unit\ngold,1,kg\n"
    yield Golden("brb", f"{name}_totals.csv", f"{sums}gold,1,g\n".encode(), ())
    yield Golden("brb", f"{name}_totals.csv", f"{sums}gold,2,kg\n".encode(), (("F036", 3, "quantity"),))
    for file_name, content, encoding, rule, row in cases:
        yield Golden("brb", file_name, content.encode(encoding or "utf-8"), ((rule, row, None),))
