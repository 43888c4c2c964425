"""The workbook of a receipt lists its findings, key first; every cell is text, so nothing in it can run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped, unused-ignore]
from xlsxwriter.format import Format  # type: ignore[import-untyped, unused-ignore]

from calypso.receipts.words import words
from calypso.spreadsheet import inert

FIRST = ("case_ref", "message", "row", "column", "label", "given", "expected", "rule", "severity")
HEADINGS = ("case_reference", "message", "row", "column", "field", "given", "expected", "rule", "severity")
WIDTHS = (18, 70, 8, 8, 24, 28, 28, 8, 20)
ECHO_WIDTH = 20


def workbook(receipt: dict[str, Any]) -> bytes | None:
    """Return the findings of a receipt as XLSX in its language, None where there are none."""
    if not receipt["findings"]:
        return None
    content, text = io.BytesIO(), words(receipt["language"])
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": datetime.fromisoformat(receipt["answered_at"]).astimezone(UTC)})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F1", "border": 1})
        # The mark that Excel sets for a leading apostrophe: the cell stays text when somebody edits it.
        cell = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True})
        _sheet(book, text["sheet_findings"], head, cell, *_findings(receipt, text))
        _sheet(book, text["sheet_totals"], head, cell, *_totals(receipt, text))
    return content.getvalue()


Table = tuple[Sequence[str], Sequence[int], Sequence[Sequence[Any]]]


def _findings(receipt: dict[str, Any], text: Any) -> Table:
    echoes = list(dict.fromkeys(name for finding in receipt["findings"] for name in finding["echo"]))
    rows = [
        [
            *(text[finding[name]] if name == "severity" else finding[name] for name in FIRST),
            *(finding["echo"].get(name) for name in echoes),
        ]
        for finding in receipt["findings"]
    ]
    headings = [*(text[f"heading_{name}"] for name in HEADINGS), *echoes]
    return headings, [*WIDTHS, *[ECHO_WIDTH] * len(echoes)], rows


def _totals(receipt: dict[str, Any], text: Any) -> Table:
    """Return the totals by rule, each with the first sentence that tells what it is about."""
    told = {finding["rule"]: finding["message"] for finding in reversed(receipt["findings"])}
    rows = [
        [total["rule"], text[total["severity"]], total["count"], told.get(total["rule"])] for total in receipt["totals"]
    ]
    names = ("rule", "severity", "count", "example")
    return [text[f"heading_{name}"] for name in names], [8, 20, 12, 80], rows


def _sheet(
    book: xlsxwriter.Workbook,
    title: str,
    head: Format,
    cell: Format,
    headings: Sequence[str],
    widths: Sequence[int],
    rows: Sequence[Sequence[Any]],
) -> None:
    sheet = book.add_worksheet(title)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # text is what is meant
    for position, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, inert(heading), head)
    for number, row in enumerate(rows, start=1):
        for position, value in enumerate(row):
            if value is not None:
                sheet.write_string(number, position, inert(str(value)), cell)
    sheet.autofilter(0, 0, len(rows), len(headings) - 1)
