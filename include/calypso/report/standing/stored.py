"""What is stored is told as a file of the contract: every item as the warehouse holds it, as its office writes files.

It has the names of the contract in the office's language, its delimiter, decimal mark and encoding, and ISO dates. A
case without goods has one row. Where the encoding lacks a letter of what was stored, the file is UTF-8 with its mark.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calypso.contracts import Contract, FieldOfContract, contracts
from calypso.reference.choices import choices
from calypso.registry import Administration
from calypso.spreadsheet import harmless

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

Row = Mapping[str, Any]


def fields(contract: Contract) -> list[FieldOfContract]:
    """Return the fields that are stored: all but what a row did."""
    return [field for field in contract.fields.values() if field.group != "row"]


def rows(cursor: Cursor, operation: str) -> list[Row]:
    """Return every item of an operation with its case, and every case without items, as the reader may see them."""
    columns = ", ".join(
        f'{"items" if field.of_item else "cases"}."{field.name}"' for field in fields(contracts()["seizures"])
    )
    cursor.execute(
        f"select {columns} from marts_own.fct_cases as cases left join marts_own.fct_items as items using (case_key) "
        "where cases.operation_code = %s order by cases.case_ref, items.item_no",
        [operation],
    )
    return [dict(row) for row in cursor.fetchall()]


def written(stored: Iterable[Row], administration: Administration) -> bytes:
    """Return the rows as a CSV that no spreadsheet takes for formulas."""
    contract = contracts()["seizures"]
    spelled = {field.name: _speller(field, contract, administration) for field in fields(contract)}
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=administration.delimiter, lineterminator="\r\n")
    writer.writerow([field.label[administration.language] for field in fields(contract)])
    writer.writerows([spell(row[name]) for name, spell in spelled.items()] for row in stored)
    return _encoded(buffer.getvalue(), administration.encoding)


def _speller(field: FieldOfContract, contract: Contract, office: Administration) -> Callable[[Any], str]:
    """Return how a value of a field is written, so that its office's own rules read it back."""
    names = {code: name for name, code in choices(field, contract, office).items()}

    def spell(value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, Decimal):
            return _number(value, office.decimal_mark)
        if isinstance(value, time):
            return value.isoformat("seconds" if value.second else "minutes")
        return str(harmless(names.get(value, str(value))))

    return spell


def _number(value: Decimal, mark: str) -> str:
    """Return a number in full; one of three decimals gets a fourth, or it could be read as thousands."""
    plain = format(value.normalize(), "f")
    whole, _, decimals = plain.partition(".")
    return f"{whole}{mark}{decimals}{'0' * (len(decimals) == 3)}" if decimals else whole


def _encoded(text: str, encoding: str) -> bytes:
    for name in ({"utf-8": "utf-8-sig"}.get(encoding, encoding), "utf-8-sig"):
        try:
            return text.encode(name)
        except UnicodeEncodeError:
            continue
    return text.encode("utf-8", "replace")
