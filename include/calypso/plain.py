"""Plain is a large CSV in which nothing can be read two ways: it is read fast, whatever else is left to `sheet`.

Without a quote every line break ends a row and every delimiter a cell, so that any reader must agree with the other.
Where a doubt comes up on the way, NotPlain is raised and the file is read again, row by row, by `sheet`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from calypso.registry import Administration
from calypso.sheet.limits import MAX_CELL_LENGTH, MAX_ROWS

if TYPE_CHECKING:
    import polars as pl

LARGE = 1024 * 1024  # bytes from which on it is worth while
BLOCK = 8 * 1024 * 1024  # bytes read at a time
HEAD = 64 * 1024  # bytes in which the header must stand
ONE_LETTER_A_BYTE = ("cp1252", "latin-1")
_OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What str.strip() takes away: str.isspace() and no more.
SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)
SPACE += "\u2028\u2029\u202f\u205f\u3000"

_CONTROLS = re.compile(rb"[\x80-\x9f]")


class NotPlain(ValueError):
    """A file that two readers might read in two ways."""


def head(content: bytes, administration: Administration) -> bytes | None:
    """Return the first whole lines of a CSV that seems plain; None for any other."""
    if len(content) < LARGE or administration.encoding not in ("utf-8", *ONE_LETTER_A_BYTE):
        return None
    marked = content.startswith(codecs.BOM_UTF8)
    if content.startswith(_OTHER_MARKS) or (marked and administration.encoding != "utf-8"):
        return None
    if b'"' in content or b"\0" in content:
        return None
    if b"\r" in content and content.count(b"\r") != content.count(b"\r\n"):
        return None
    return content[: content.rfind(b"\n", 0, HEAD) + 1] or None


def blocks(
    content: bytes, administration: Administration, after: int, width: int
) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """Yield the rows below row `after`, blank ones left out: the words by position and the row numbers."""
    import polars as pl

    start, accented, all_utf8 = _line(content, after), False, True
    while start < len(content):
        end = content.rfind(b"\n", start, start + BLOCK) + 1 or len(content)
        if end < start + 1 or end - start > 2 * BLOCK:
            raise NotPlain("a line that does not end")
        raw = content[start:end]
        if not raw.isascii():
            if administration.encoding == "latin-1" and _CONTROLS.search(raw):
                raise NotPlain("letters of cp1252")
            accented, all_utf8 = True, all_utf8 and _is_utf8(raw)
            if administration.encoding == "utf-8" and not all_utf8:
                raise NotPlain("bytes outside the encoding")
        frame = _parse(_utf8(raw, administration.encoding), administration.delimiter, width)
        numbers = pl.int_range(after + 1, after + 1 + frame.height, dtype=pl.UInt32, eager=True).alias("row")
        after += frame.height
        if after > MAX_ROWS:
            raise NotPlain("more rows than are read")
        start = end
        filled = _filled(frame)
        yield (frame.filter(filled), numbers.filter(filled)) if not filled.all() else (frame, numbers)
    if accented and all_utf8 and administration.encoding in ONE_LETTER_A_BYTE:
        raise NotPlain("another encoding than the declared one")


def _line(content: bytes, number: int) -> int:
    """Return where the line after line `number` begins."""
    position = 0
    for _ in range(number):
        position = content.index(b"\n", position) + 1
    return position


def _utf8(raw: bytes, encoding: str) -> bytes:
    try:
        text = raw if raw.isascii() or encoding == "utf-8" else raw.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise NotPlain("bytes outside the encoding") from error
    return text.replace(b"\r\n", b"\n") if b"\r" in text else text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parse(raw: bytes, delimiter: str, width: int) -> pl.DataFrame:
    """Split a block into cells; every line of it must have `width` of them, or none."""
    import polars as pl

    blank = raw.count(b"\n\n") + raw.startswith(b"\n")
    schema = {str(position): pl.String for position in range(width)}
    try:
        frame = pl.read_csv(raw, has_header=False, quote_char=None, separator=delimiter, schema=schema)
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError) as error:
        raise NotPlain(str(error)) from error
    lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    if frame.height != lines or raw.count(delimiter.encode()) != (width - 1) * (lines - blank):
        raise NotPlain("rows of different widths")
    longest = frame.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item() or 0
    if longest > MAX_CELL_LENGTH:
        raise NotPlain("a cell that may be too long")
    return frame


def _filled(frame: pl.DataFrame) -> pl.Series:
    """Tell for each row whether any cell of it holds more than space."""
    import polars as pl

    filled = pl.Series([False]).new_from_index(0, frame.height)
    for column in frame.get_columns():
        filled |= (column.str.strip_chars(SPACE) != "").fill_null(False)
        if filled.all():
            break
    return filled
