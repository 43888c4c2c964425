"""A workbook is read page by page: its own numbers and dates keep their type, a formula gives its stored value."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from calypso.finding import Finding
from calypso.sheet import archive
from calypso.sheet.cells import Row, Unreadable
from calypso.sheet.limits import refuse_size, within

if TYPE_CHECKING:
    from calypso.sheet.package import Package

_STRICT = b"http://purl.oclc.org/ooxml"  # the rare other namespace of a workbook, in which openpyxl sees nothing


@dataclass(frozen=True)
class Page:
    """One worksheet: its title, whether a person sees it, its filled rows, and what was found while reading."""

    title: str
    state: str  # visible, hidden (a person can show it), veryHidden (only a program can)
    rows: Sequence[Row]
    findings: Sequence[Finding] = field(default=())


def read_xlsx(content: bytes) -> Iterator[Row]:
    """Yield the rows of a workbook's only filled sheet, blank rows and trailing empty cells left out.

    Raises Unreadable where the bytes are no workbook, unpack to too much, or fill more than one sheet.
    """
    page = only_page(pages(content))
    if page is not None:
        yield from page.rows


def only_page(read: Sequence[Page]) -> Page | None:
    """Return the one visible page that holds anything; raises Unreadable (F018) where there are more."""
    filled = [page for page in read if page.rows and page.state == "visible"]
    if len(filled) > 1:
        raise Unreadable("F018", ", ".join(page.title for page in filled), "1")
    return filled[0] if filled else None


def unread(chosen: Page | None, read: Sequence[Page]) -> list[Finding]:
    """Return what to tell of pages that hold something and were not read: others, and those hidden by hand."""
    left = [page for page in read if page.rows and page is not chosen and page.state != "veryHidden"]
    if not left:
        return []
    return [Finding("F029", given=", ".join(page.title for page in left), expected=chosen.title if chosen else "-")]


ASIDE = "_calypso "  # titles of the sheets of help and lists in our own templates: no rows stand there


def pages(content: bytes) -> list[Page]:
    """Return every worksheet of a workbook with its filled rows; raises Unreadable where it cannot be trusted."""
    from calypso.sheet.package import Package

    refuse_size(len(content))
    with archive.looked_through(content), told():
        package = Package(io.BytesIO(content))
        package.read()
        return [_page(package, *worksheet) for worksheet in package.worksheets]


def _page(package: Package, title: str, state: str, part: str) -> Page:
    from calypso.sheet.package import PageParser

    with package.archive.open(part) as source:
        if _STRICT in source.read(4096):
            raise Unreadable("F004", "Strict Open XML", "XLSX")
    with package.archive.open(part) as source:
        parser = PageParser(source, package)
        rows = list(within(parser.filled_rows()))
    hidden = [row.number for row in rows if row.number in parser.hidden]
    findings = [Finding("F028", row=hidden[0], given=str(len(hidden)))] if hidden else []
    return Page(title, state, rows, findings)


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever the libraries say of a damaged workbook into a refusal."""
    import warnings

    from defusedxml.common import DefusedXmlException
    from openpyxl.utils.exceptions import InvalidFileException

    damage = (
        InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, AttributeError,
        IndexError, OSError, EOFError, NotImplementedError, OverflowError, RecursionError, AssertionError,
        zlib.error, LookupError,
    )  # fmt: skip
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except damage as error:
        bomb = isinstance(error, DefusedXmlException) or isinstance(error.__cause__, DefusedXmlException)
        if bomb:
            raise Unreadable("F022", "XML entities", "XLSX") from error
        raise Unreadable("F004", type(error).__name__, "XLSX") from error
