"""A sheet is what a file says before anyone knows what it means: cells with their physical row numbers."""

from calypso.sheet.cells import Cell, Formula, Row, Unreadable, spelled
from calypso.sheet.delimited import read_csv
from calypso.sheet.encoding import decode
from calypso.sheet.limits import MAX_BYTES
from calypso.sheet.workbook import ASIDE, Page, pages, read_xlsx

__all__ = [
    "ASIDE",
    "MAX_BYTES",
    "Cell",
    "Formula",
    "Page",
    "Row",
    "Unreadable",
    "decode",
    "pages",
    "read_csv",
    "read_xlsx",
    "spelled",
]
