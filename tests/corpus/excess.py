"""Excess is what passes a limit: each function returns the bytes of one file that asks too much of its reader."""

from __future__ import annotations

import io
import random
import zipfile

from corpus.books import SHEET, by_hand, nothing, opened, patched

from calypso.sheet.limits import MAX_BYTES, MAX_CELL_LENGTH, MAX_COLUMNS, MAX_ROWS

HEADER = ["case_ref", "case_type", "event_date", "direction", "category", "quantity", "unit"]
ROW = ["X-1", "seizure", "2024-11-05", "import", "gold", "2.5", "kg"]


def too_many_bytes() -> bytes:
    """Return a byte more than is read."""
    return bytes(MAX_BYTES + 1)


def too_far_down() -> bytes:
    """Return a workbook with a row below the last one of a spreadsheet."""
    cell = b"<row r='%d'><c t='str'><v>x</v></c></row>"
    return by_hand(cell % 1 + cell % (MAX_ROWS + 1))


def too_wide() -> bytes:
    """Return a row of more columns than are read, below an honest header."""
    return f"{','.join(HEADER)}\n{','.join(['x'] * (MAX_COLUMNS + 100))}\n".encode()


def too_long_a_text() -> bytes:
    """Return a text with one letter more in a cell than a spreadsheet holds."""
    long = [ROW[0], "x" * (MAX_CELL_LENGTH + 1), *ROW[2:]]
    return f"{','.join(HEADER)}\n{','.join(long)}\n".encode()


def too_long_a_cell() -> bytes:
    """Return a workbook of the same."""
    long = b"<row r='2'><c t='str'><v>x</v></c><c t='str'><v>" + b"x" * (MAX_CELL_LENGTH + 1) + b"</v></c></row>"
    return by_hand(b"<row r='1'><c t='str'><v>x</v></c></row>" + long)


def bomb() -> bytes:
    """Return a small archive that unpacks to sixty million bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(60_000_000))
    return file.getvalue()


def entities() -> bytes:
    """Return a workbook whose sheet declares entities that multiply."""
    declared = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return patched(opened(nothing, [HEADER, ROW]), {SHEET: lambda sheet: declared + sheet.split(b"?>", 1)[-1]})


def glutton() -> bytes:
    """Return a workbook within every limit whose list of parts is one text of 600 MB, and four times that in memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        target.writestr("xl/media/image1.bin", random.Random(4008).randbytes(6_000_000))
        with target.open("[Content_Types].xml", "w") as part:
            part.write("<Types>\U0001f4e6".encode())
            for _ in range(600):
                part.write(b"x" * 1_000_000)
            part.write(b"</Types>")
    return file.getvalue()
