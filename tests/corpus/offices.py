"""Offices write reports as the registry declares them: their words, decimal marks, dates, delimiters and encodings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus import sheets, variants
from corpus.cases import CASES, FIELDS, GOLD

from calypso.contracts import contracts, fold
from calypso.countries import alpha_2
from calypso.finding import column_letter
from calypso.registry import Administration, administrations, operations, participants
from calypso.verdict import State
from expectations.rules import rule_book

DAY = date(2024, 11, 5)
SPOKEN = ("brb", "mtq", "dom", "cuw")  # one office for each language: en, fr, es, nl
SEIZURES = contracts()["seizures"]
FIRST_OF_RULES = 1000  # versions of four digits keep their order when they are sorted as texts
POINTED_AT = {"S037": (2, 3), "S039": (3,), "S056": (3,)}  # the rows that a case points at; elsewhere its first

Found = tuple[str, int | None, str | None, str | None, str | None]  # rule, row, column, field, given
Line = dict[str, str]


@dataclass(frozen=True)
class Report:
    """Rows as an office writes them under a file name, what must be found in them, and what must become of them."""

    office: Administration
    file_name: str
    rows: Sequence[Line]  # as written
    found: tuple[Found, ...]
    state: State
    why: str

    def content(self) -> bytes:
        """Return the bytes, in the format that the name says."""
        return written(self.office, cells(self.office, self.rows), self.file_name.rpartition(".")[2])


def reports() -> Iterator[Report]:
    """Yield a report of each office in each format, and each case of each rule in each language."""
    for office in map(administrations().__getitem__, participants(operations()["calypso-2024"])):
        for number, ending in enumerate(("csv", "xlsx"), start=1):
            yield _own(office, f"{office.code}_{DAY}_seizures_v{number}.{ending}")
    for code in SPOKEN:
        yield from _of_rules(administrations()[code])


def _own(office: Administration, file_name: str) -> Report:
    """Return what an office writes rightly, and what would be right elsewhere."""
    other = {".": ",", ",": "."}[office.decimal_mark]
    elsewhere = "11/25/2024" if office.date_order == "day-month-year" else "25/11/2024"
    good = said(office, {**GOLD, "case_ref": "OF-1", "place": "Señal de la Bahía", "concealment": "baggage"})
    wrong: Sequence[tuple[str, str, str]] = [
        ("S010", "event_date", elsewhere),
        ("S012", "quantity", f"2{other}5"),
        ("S012", "quantity", f"1{other}250{office.decimal_mark}5"),
        ("S009", "concealment", "Bâche à l'entrée"),
    ]
    rows = [good]
    for number, (_, field, text) in enumerate(wrong, start=2):
        rows.append({**good, "case_ref": f"OF-{number}", "event_time": f"0{number}:00", field: text})
    found = tuple(_at(rule, place, field, text) for place, (rule, field, text) in enumerate(wrong, start=3))
    return Report(office, file_name, rows, found, "partly_accepted", f"As {office.code} declares itself.")


def _of_rules(office: Administration) -> Iterator[Report]:
    for number, (rule, (broken, field, near)) in enumerate(sorted(CASES.items())):
        if rule_book().rules[rule].needs_history:
            continue
        for kind, rows in enumerate((broken, near)):
            version = 2 * number + kind
            ending = "xlsx" if version % 4 >= 2 else "csv"
            name = f"{office.code}_{DAY}_seizures_v{FIRST_OF_RULES + version}.{ending}"
            lines = [said(office, line) for line in rows]
            places = POINTED_AT.get(rule, (2,)) if rows is broken else ()
            found = tuple(_at(rule, place, field, lines[place - 2].get(field, "")) for place in places)
            yield Report(
                office,
                name,
                lines,
                found,
                _state(rule, len(rows), len(found)),
                f"{rule} {('broken', 'nearly broken')[kind]}",
            )


def _at(rule: str, place: int, field: str, text: str) -> Found:
    return rule, place, column_letter(FIELDS.index(field)), field, text.strip() or None


def _state(rule: str, rows: int, pointed_at: int) -> State:
    if not pointed_at or rule_book().rules[rule].severity == "warning":
        return "accepted"
    return "rejected" if pointed_at == rows else "partly_accepted"


def said(office: Administration, line: Line) -> Line:
    """Return a row of Barbados, written by code, as another office writes it."""
    return {name: _said(office, name, text) for name, text in line.items()}


def _said(office: Administration, name: str, text: str) -> str:
    field = SEIZURES.fields[name]
    if text in ("BB", "Barbade"):
        return office.territories[0]
    if name == "unlocode":
        return re.sub("^BB", alpha_2(office.territories[0]), text, flags=re.IGNORECASE)
    if field.type == "decimal" and re.fullmatch(r"-?\d+\.\d+", text):
        return text.replace(".", office.decimal_mark)
    if field.type == "date" and office.date_order == "month-day-year":
        return re.sub(r"(\d+)([/-])(\d+)\2(\d{4})", r"\3\2\1\2\4", text)
    if field.codes and (code := SEIZURES.spellings[field.codes].get(fold(text))):
        label = SEIZURES.codes[field.codes][code].label
        return label[office.language] if label else code
    return text


def cells(office: Administration, rows: Sequence[Line]) -> list[list[str]]:
    """Return rows under every column of the contract, with the office's words above them."""
    head = [SEIZURES.fields[name].label[office.language] for name in FIELDS]
    return [head, *([line.get(name, "") for name in FIELDS] for line in rows)]


def written(office: Administration, table: Sequence[Sequence[str]], ending: str) -> bytes:
    """Return a table as a text in the office's dialect, or as a workbook of texts."""
    if ending == "xlsx":
        return sheets.workbook({"rows": [[text or None for text in line] for line in table]})
    return variants.text(table, office.delimiter).encode(office.encoding)
