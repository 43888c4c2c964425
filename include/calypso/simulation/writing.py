"""Writing turns a sheet into bytes, CSV in the office's declared dialect or a workbook: same sheet, same bytes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime

from calypso.simulation.offices import Office
from calypso.simulation.wording import MARK, Sheet

WRITTEN_AT = datetime(2024, 1, 1)  # the date inside every workbook, which openpyxl takes from the clock
_MODIFIED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def content(sheet: Sheet, office: Office) -> bytes:
    """Return the file in which an office sends a sheet."""
    return xlsx(sheet) if office.format == "xlsx" else text(sheet, office)


def text(sheet: Sheet, office: Office, delimiter: str | None = None, encoding: str | None = None) -> bytes:
    """Return a sheet as CSV; another delimiter or encoding than the declared one only where it shall be broken."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        delimiter=delimiter or office.administration.delimiter,
        lineterminator=office.newline,
        quoting=csv.QUOTE_ALL if office.quotes_all else csv.QUOTE_MINIMAL,
    )
    writer.writerows(sheet)
    mark = "\ufeff" if office.marked and encoding is None else ""
    return (mark + buffer.getvalue()).encode(encoding or office.administration.encoding)


def xlsx(sheet: Sheet) -> bytes:
    """Return a sheet as a workbook whose dates and times are fixed."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator, book.properties.title = "calypso.simulation", MARK
    page = book.active
    page.title = "seizures"
    for row in sheet:
        page.append(list(row))
    for cells in page.iter_rows(min_row=2):
        for cell in cells:
            if isinstance(cell.value, date):
                cell.number_format = "dd/mm/yyyy"
            elif cell.data_type == "f":
                cell.data_type = "s"  # a text that begins with = is no formula here
    written = io.BytesIO()
    book.save(written)
    return _fixed(written.getvalue())


def _fixed(workbook: bytes) -> bytes:
    """Return a workbook with one date in its properties and in its archive."""
    fixed = io.BytesIO()
    stamp = (WRITTEN_AT.year, WRITTEN_AT.month, WRITTEN_AT.day, 0, 0, 0)
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            body = source.read(part)
            if part.filename == "docProps/core.xml":
                body = _MODIFIED.sub(rb"\g<1>" + WRITTEN_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), body)
            entry = zipfile.ZipInfo(part.filename, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, body)
    return fixed.getvalue()
