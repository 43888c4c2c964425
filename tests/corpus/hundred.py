"""The hundred: files of every kind that 28 offices may send in one evening, right and wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any

from corpus import sheets, variants
from corpus.cases import CASES, GOLD
from corpus.offices import DAY as GOLDEN_DAY
from corpus.offices import Line, cells, said, written

from calypso.contracts import declared
from calypso.registry import Administration, administrations, operations, participants
from expectations.rules import rule_book

# Another day and other goods than in the golden corpus, whose files are compared with what came before them.
DAY = GOLDEN_DAY + timedelta(days=1)
COUNT = 100
BAR = {**GOLD, "sub_type": "gold_bar"}
FIRST = 7000  # of the versions, above all others
CASES_IN_A_FILE = 6


@dataclass(frozen=True)
class Sent:
    """One file as it was sent."""

    administration: str
    file_name: str
    content: bytes


class Sender:
    """An office at its desk: what it may send as the file of this number."""

    def __init__(self, code: str, number: int) -> None:
        self.office: Administration = administrations()[code]
        self.number = number

    def name(self, suffix: str) -> str:
        return f"{self.office.code}_{DAY}_seizures{suffix}"

    def version(self, suffix: str) -> str:
        return self.name(f"_v{FIRST + self.number}{suffix}")

    def good(self) -> list[Line]:
        refs = (f"H{self.number}-{item}" for item in range(1, 4))
        return [said(self.office, {**BAR, "case_ref": ref, "remarks": "à l'entrée"}) for ref in refs]

    def wrong(self) -> list[Line]:
        """Return good rows and some that each break a rule, other rules in every file."""
        rules = [rule for rule in sorted(CASES) if not rule_book().rules[rule].needs_history]
        chosen = islice(cycle(rules), self.number * CASES_IN_A_FILE, (self.number + 1) * CASES_IN_A_FILE)
        lines = self.good()
        for rule in chosen:
            for line in CASES[rule][0]:
                ref = {"case_ref": f"H{self.number}-{rule}"} if rule != "S001" else {}
                lines.append(said(self.office, {**line, **ref}))
        return lines

    def text(self, table: Sequence[Sequence[str]], **how: Any) -> bytes:
        return variants.text(table, self.office.delimiter, **how).encode(self.office.encoding)  # type: ignore[arg-type]

    # --- each kind: a name, and the bytes

    def clean_text(self) -> tuple[str, bytes]:
        return self.version(".csv"), self.text(cells(self.office, self.good()))

    def clean_book(self) -> tuple[str, bytes]:
        return self.version(".xlsx"), written(self.office, cells(self.office, self.good()), "xlsx")

    def wrong_text(self) -> tuple[str, bytes]:
        return self.version(".csv"), self.text(cells(self.office, self.wrong()))

    def wrong_book(self) -> tuple[str, bytes]:
        return self.version(".xlsx"), written(self.office, cells(self.office, self.wrong()), "xlsx")

    def titled(self) -> tuple[str, bytes]:
        head, *rows = cells(self.office, self.wrong())
        return self.version(".csv"), self.text([["Report"], [], head, rows[0], [], *rows[1:], []], end="\n")

    def with_lines_in_cells(self) -> tuple[str, bytes]:
        lines = [{**line, "description": "first line\n\nthird line"} for line in self.wrong()]
        return self.version(".csv"), self.text(cells(self.office, lines))

    def marked(self) -> tuple[str, bytes]:
        mark = b"\xef\xbb\xbf" if self.office.encoding == "utf-8" else b""
        return self.version(".csv"), mark + self.text(cells(self.office, self.wrong()))

    def shuffled(self) -> tuple[str, bytes]:
        table = cells(self.office, self.wrong())
        order = Random(self.number).sample(range(len(table[0])), len(table[0]))
        return self.version(".csv"), self.text([[row[place].upper() for place in order] for row in table])

    def with_total(self) -> tuple[str, bytes]:
        table = cells(self.office, self.wrong())
        total = ["Total", *[""] * (len(table[0]) - 2), "3"]
        return self.version(".csv"), self.text([[*row, ""] for row in [*table, total]])

    def with_other_columns(self) -> tuple[str, bytes]:
        head, *rows = cells(self.office, self.wrong())
        return self.version(".csv"), self.text([["colour", *head, ""], *(["red", *row, "lost"] for row in rows)])

    def with_a_column_twice(self) -> tuple[str, bytes]:
        return self.version(".csv"), self.text([[*row, row[0]] for row in cells(self.office, self.wrong())])

    def torn(self) -> tuple[str, bytes]:
        *table, last = cells(self.office, self.wrong())
        return self.version(".csv"), self.text([*table, last[:-1]])

    def in_another_encoding(self) -> tuple[str, bytes]:
        return self.version(".csv"), variants.text(cells(self.office, self.good())).encode("utf-16")

    def no_book(self) -> tuple[str, bytes]:
        return self.version(".xlsx"), self.text(cells(self.office, self.good()))

    def with_a_long_cell(self) -> tuple[str, bytes]:
        rows = [*self.good(), {**self.good()[0], "remarks": "x" * 40_000}]
        return self.version(".csv"), self.text(cells(self.office, rows))

    def two_sheets(self) -> tuple[str, bytes]:
        table = cells(self.office, self.good())
        return self.version(".xlsx"), sheets.workbook({"rows": table, "sheets": {"more": table}})

    def hidden(self) -> tuple[str, bytes]:
        told = {"rows": [["Report"], [], *cells(self.office, self.wrong())], "merged": ["A1:G1"], "hidden_rows": [5, 7]}
        return self.version(".xlsx"), sheets.workbook(told)

    def of_its_own_types(self) -> tuple[str, bytes]:
        """Write numbers as numbers, dates as dates, and an error and a formula of a spreadsheet."""
        head, *rows = cells(self.office, self.wrong())
        typed: list[list[Any]] = [[_typed(text) for text in row] for row in rows]
        typed[1][-1] = {"error": "#REF!"}
        typed[2][-1] = {"formula": "=1+1", "value": 2}
        return self.version(".xlsx"), sheets.workbook({"rows": [head, *typed], "from_1904": self.number % 2 == 1})

    def nil(self) -> tuple[str, bytes]:
        return self.name("_nil.csv"), self.office.code.encode()

    def header_only(self) -> tuple[str, bytes]:
        return self.version(".csv"), self.text(cells(self.office, []))

    def trial(self) -> tuple[str, bytes]:
        return self.version("_test.csv"), self.text(cells(self.office, self.wrong()))

    def excuse(self) -> tuple[str, bytes]:
        head = [field.label[self.office.language] for field in declared()["excuses"].fields.values()]
        return self.name("_excused.csv"), self.text([head, ["cyclone", "2024-11-12"]])

    def acceptance(self) -> tuple[str, bytes]:
        head = [field.label[self.office.language] for field in declared()["acknowledgements"].fields.values()]
        rows = [["S020", "", "H-1", "weighed twice", "2024-11-24"], ["S016", "", "H-1", "critical", "soon"]]
        return self.version("_ack.csv"), self.text([head, *rows])

    def unnamed(self) -> tuple[str, bytes]:
        return f"report {self.number}.csv", self.text(cells(self.office, self.good()))

    def foreign(self) -> tuple[str, bytes]:
        other = "jam" if self.office.code != "jam" else "tto"
        return f"{other}{self.version('.csv')[3:]}", self.text(cells(self.office, self.good()))


def _typed(text: str) -> float | date | str | None:
    if re.fullmatch(r"-?\d+[.,]\d+", text):
        return float(text.replace(",", "."))
    if re.fullmatch(r"0[45]/11/2024|11/0[45]/2024", text):
        return date(2024, 11, 5 if "05" in text else 4)
    return text or None


KINDS: Sequence[Callable[[Sender], tuple[str, bytes]] | None] = (
    Sender.clean_text, Sender.clean_book, Sender.wrong_text, Sender.wrong_book, Sender.titled,
    None,  # the file before it once more, its name in capitals; never the first of its office
    Sender.with_lines_in_cells, Sender.marked, Sender.shuffled, Sender.with_total, Sender.with_other_columns,
    Sender.with_a_column_twice, Sender.torn, Sender.in_another_encoding, Sender.no_book, Sender.with_a_long_cell,
    Sender.two_sheets, Sender.hidden, Sender.of_its_own_types, Sender.nil, Sender.header_only, Sender.trial,
    Sender.excuse, Sender.acceptance, (lambda sender: sender.foreign() if sender.number % 2 else sender.unnamed()),
)  # fmt: skip


def hundred() -> list[Sent]:
    """Return a hundred files, of each office three or four, of each kind four."""
    codes = participants(operations()["calypso-2024"])
    more = COUNT % len(codes)
    senders = [code for place, code in enumerate(codes) for _ in range(COUNT // len(codes) + (place < more))]
    sent: list[Sent] = []
    for number, (code, kind) in enumerate(zip(senders, cycle(KINDS), strict=False)):
        if kind is None:
            assert sent[-1].administration == code
            sent.append(Sent(code, sent[-1].file_name.upper(), sent[-1].content))
        else:
            sent.append(Sent(code, *kind(Sender(code, number))))
    return sent
