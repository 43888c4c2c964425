"""Plain is a large CSV that is read in blocks, as fast as may be and exactly as `sheet` does; the rest is left to that.

A block without a quote is cut by Polars: there every line break ends a row and every delimiter a cell, so that any two
readers agree. So is one in which each cell has no quote or is quoted from end to end; where its lines end in CRLF the
csv module reads it, as `sheet` does. Where a doubt comes up, NotPlain is raised.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

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


def head(file: BinaryIO, administration: Administration) -> bytes | None:
    """Return the first whole lines of a CSV that seems plain; None for any other."""
    start = file.read(HEAD)
    if file.seek(0, io.SEEK_END) < LARGE or administration.encoding not in ("utf-8", *ONE_LETTER_A_BYTE):
        return None
    marked = start.startswith(codecs.BOM_UTF8)
    if start.startswith(_OTHER_MARKS) or (marked and administration.encoding != "utf-8"):
        return None
    lines = start[: start.rfind(b"\n") + 1]
    return None if b"\0" in lines or _lone_returns(lines) else lines or None


def blocks(
    file: BinaryIO, lines: bytes, administration: Administration, after: int, width: int
) -> Iterator[tuple[pl.DataFrame, pl.Series]]:
    """Yield the rows below row `after`, which stands in `lines`: the words by position, and the row numbers.

    Blank rows are left out.
    """
    import polars as pl

    file.seek(_end_of_row(lines, administration, after))
    accented, all_utf8, rest = False, True, b""
    while True:
        fresh = file.read(BLOCK)
        frame, raw, rest = _next(rest + fresh, not fresh, administration, width)
        if not raw.isascii():
            if administration.encoding == "latin-1" and _CONTROLS.search(raw):
                raise NotPlain("letters of cp1252")
            accented, all_utf8 = True, all_utf8 and _is_utf8(raw)
        numbers = pl.int_range(after + 1, after + 1 + frame.height, dtype=pl.UInt32, eager=True).alias("row")
        after += frame.height
        if after > MAX_ROWS:
            raise NotPlain("more rows than are read")
        filled = _filled(frame)
        yield (frame, numbers) if filled.all() else (frame.filter(filled), numbers.filter(filled))
        if not fresh and not rest:
            break
    if accented and all_utf8 and administration.encoding in ONE_LETTER_A_BYTE:
        raise NotPlain("another encoding than the declared one")


def _end_of_row(lines: bytes, administration: Administration, number: int) -> int:
    """Return where row `number` of the first lines ends."""
    text = lines.decode(administration.encoding)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=administration.delimiter, strict=True)
    for _ in range(number):
        next(reader)
    position = 0
    for _ in range(reader.line_num):
        position = lines.index(b"\n", position) + 1
    if not _well_quoted(administration.delimiter).fullmatch(lines[:position]):
        raise NotPlain("a quote that does not begin or end its cell")
    return position


def _next(raw: bytes, is_last: bool, administration: Administration, width: int) -> tuple[pl.DataFrame, bytes, bytes]:
    """Read as many whole rows as `raw` begins with: return them, their bytes, and the bytes that are left."""
    if len(raw) > 3 * BLOCK or b"\0" in raw or b'\\"' in raw:
        raise NotPlain("a line that does not end, what is no text, or a quote that may be written in two ways")
    if is_last and raw and not raw.endswith(b"\n"):
        if raw.endswith(b"\r"):
            raise NotPlain("a return that may end a line")
        raw += b"\n"
    if b'"' in raw:
        end = _well_quoted(administration.delimiter, width).match(raw).end()  # type: ignore[union-attr]
        if not end or (is_last and end < len(raw)):
            raise NotPlain("a quote that does not begin or end its cell")
        return _of_usual_length(_quoted(raw[:end], administration, width)), raw[:end], raw[end:]
    end = raw.rfind(b"\n") + 1
    if _lone_returns(raw[:end]):
        raise NotPlain("a return that may end a line")
    frame = _cut(_utf8(raw[:end], administration.encoding), administration.delimiter, width) if end else _empty(width)
    return frame, raw[:end], raw[end:]


def _empty(width: int) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(schema={str(position): pl.String for position in range(width)})


def _lone_returns(raw: bytes) -> bool:
    return b"\r" in raw and raw.count(b"\r") != raw.count(b"\r\n")


def _quoted(raw: bytes, administration: Administration, width: int) -> pl.DataFrame:
    """Read whole rows with quotes: by the csv module where a return may belong to a cell."""
    import polars as pl

    if b"\r" not in raw:
        return _parse(_utf8(raw, administration.encoding), administration.delimiter, width, '"')
    text = _utf8(raw, administration.encoding, keep_returns=True).decode()
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=administration.delimiter, strict=True)
    blank = [""] * width
    columns = zip(*(row or blank for row in rows), strict=True)
    return pl.DataFrame([pl.Series(str(place), column, pl.String) for place, column in enumerate(columns)])


def _utf8(raw: bytes, encoding: str, keep_returns: bool = False) -> bytes:
    try:
        decoded = "" if raw.isascii() else raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotPlain("bytes outside the encoding") from error
    text = decoded.encode() if decoded and encoding != "utf-8" else raw
    return text.replace(b"\r\n", b"\n") if b"\r" in text and not keep_returns else text


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _cut(raw: bytes, delimiter: str, width: int) -> pl.DataFrame:
    """Split a block into cells; every line of it must have `width` of them, or none."""
    frame = _parse(raw, delimiter, width, None)
    lines = raw.count(b"\n") + (not raw.endswith(b"\n"))
    borders = raw.count(delimiter.encode())
    if borders != (width - 1) * lines:  # blank lines have none
        borders += (width - 1) * (raw.count(b"\n\n") + raw.startswith(b"\n"))
    if frame.height != lines or borders != (width - 1) * lines:
        raise NotPlain("rows of different widths")
    return _of_usual_length(frame)


def _of_usual_length(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    longest = frame.select(pl.max_horizontal(pl.all().str.len_bytes().max())).item() or 0
    if longest > MAX_CELL_LENGTH:
        raise NotPlain("a cell that may be too long")
    return frame


def _parse(raw: bytes, delimiter: str, width: int, quote: str | None) -> pl.DataFrame:
    import polars as pl

    schema = {str(position): pl.String for position in range(width)}
    try:
        return pl.read_csv(raw, has_header=False, quote_char=quote, separator=delimiter, schema=schema)
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError) as error:
        raise NotPlain(str(error)) from error


@cache
def _well_quoted(delimiter: str, width: int | None = None) -> re.Pattern[bytes]:
    """Return the pattern of whole rows of `width` cells, or any, each without a quote or quoted from end to end."""
    mark = re.escape(delimiter)
    one = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{mark}\r\n]*+)'
    before = "*+" if width is None else f"{{{width - 1}}}+"
    return re.compile(rf"(?:(?:{one}{mark}){before}{one}\r?\n|\r?\n)*+".encode())


def _filled(frame: pl.DataFrame) -> pl.Series:
    """Tell for each row whether any cell of it holds more than space."""
    import polars as pl

    filled = pl.Series([False]).new_from_index(0, frame.height)
    for column in frame.get_columns():
        filled |= (column.str.strip_chars(SPACE) != "").fill_null(False)
        if filled.all():
            break
    return filled
