"""An encoding turns bytes into text: the declared one, or the only one that the bytes themselves allow."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from calypso.finding import Finding
from calypso.sheet.cells import Unreadable

_MARKS = (  # the longer first: the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ASSUMED = "cp1252"
_NO_TEXT = {b"%PDF": "PDF", b"\x1f\x8b": "GZIP", b"{\\rtf": "RTF", b"PK\x03\x04": "ZIP", b"\xd0\xcf\x11\xe0": "XLS"}
_MARKUP = re.compile(r"\s*<(?:!doctype|html|\?xml|table|head|body)\b", re.IGNORECASE | re.ASCII)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
# Three letters whose halves changed places: a byte was lost or added somewhere before them.
_SLIPPED = re.compile("[" + "".join(chr(high << 8) for high in (*range(9, 0xD8), *range(0xE0, 0x100))) + "]{3}")
_SIGNS = "ªºµƒˆ"  # letters to Unicode, but not within words
_IN_WORDS = "’–—·\xad\xa0"
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_QUOTED = re.compile(r'(?<![^,;|\t\r\n])"(?:[^"]|"")*+(?:"|\Z)')


class Text(NamedTuple):
    """Text with what was found about its encoding."""

    text: str
    findings: tuple[Finding, ...] = ()


def decode(content: bytes, declared: str) -> str:
    """Return the text of `content` in the declared encoding; raises Unreadable (F005) on any contradiction."""
    _refuse_other_formats(content)
    marked = _marked(content)
    if marked is not None and marked != declared:
        raise Unreadable("F005", marked, declared)
    if declared in ("cp1252", "latin-1") and _is_accented_utf8(content):
        raise Unreadable("F005", "utf-8", declared)
    if declared == "utf-16" and marked is None:
        return _unmarked_utf16(content)
    text = _strictly(content, declared)
    if declared == "latin-1" and (control := re.search("[\x80-\x9f]", text)):
        # Latin-1 has nothing but control characters there; cp1252 has quotation marks, dashes and the euro.
        raise Unreadable("F005", "cp1252", declared, row_of(text[: control.start()]))
    return _whole(text, declared)


def find(content: bytes) -> Text:
    """Return the text of bytes whose encoding nobody declared: by its mark, by its form, or else refused.

    Text of one byte a letter is read as cp1252, told by a finding (F025), and only where that gives words.
    """
    _refuse_other_formats(content)
    marked = _marked(content)
    if marked is not None:
        return Text(_whole(_strictly(content, marked), marked))
    if b"\0" in content:
        return Text(_unmarked_utf16(content))
    try:
        return Text(_whole(content.decode("utf-8"), "utf-8"))
    except UnicodeDecodeError as error:
        row = row_of(content[: error.start].decode("latin-1"))
        return _assumed(content, row)


def _assumed(content: bytes, row: int) -> Text:
    text = _strictly(content, ASSUMED)
    control = _CONTROLS.search(text)
    doubt = control.start() if control else _implausible(text)
    if doubt is not None:
        raise Unreadable("F024", text[max(0, doubt - 20) : doubt + 20].strip(), "UTF-8", row)
    return Text(text, (Finding("F025", row=row, given="8 bit", expected=ASSUMED),))


def _implausible(text: str) -> int | None:
    """Return where text looks as other one-byte encodings do when they are taken for cp1252.

    That is a sign in the middle of a word, a capital after a small letter, or more accents than plain letters.
    """
    accents = 0
    for found in _BEYOND_ASCII.finditer(text):
        place, letter = found.start(), found.group()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if letter.isalpha() and letter not in _SIGNS:
            accents += 1
            if letter.isupper() and before.islower():
                return place
        elif before.isalpha() and after.isalpha() and letter not in _IN_WORDS:
            return place
    if accents * 2 > sum(map(str.isalpha, text)):
        return 0
    return None


def _marked(content: bytes) -> str | None:
    return next((name for mark, name in _MARKS if content.startswith(mark)), None)


def _strictly(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig" if name == "utf-8" else name)
    except UnicodeDecodeError as error:
        row = row_of(content[: error.start].decode("latin-1"))
        raise Unreadable("F005", f"0x{content[error.start]:02X}", name, row) from error


def _unmarked_utf16(content: bytes) -> str:
    """Read UTF-16 without a mark where every NUL stands on the same side of its letter."""
    even, odd = content[::2].count(0), content[1::2].count(0)
    if (even == 0) == (odd == 0) or len(content) % 2:
        raise Unreadable("F004", "0x00", "CSV", row_of(content[: content.find(0)].decode("latin-1")))
    name = "utf-16-le" if odd else "utf-16-be"
    if max(even, odd) * 4 < len(content):  # a stray NUL in bytes of another encoding
        raise Unreadable("F004", "0x00", "CSV", row_of(content[: content.index(0)].decode("latin-1")))
    return _whole(_strictly(content, name), name)


def _whole(text: str, name: str) -> str:
    text = text.removeprefix("\ufeff")  # a second mark
    if name.startswith("utf-16") and (slip := _SLIPPED.search(text)):
        raise Unreadable("F005", text[slip.start() : slip.start() + 20], name, row_of(text[: slip.start()]))
    if "\0" in text:
        raise Unreadable("F004", "0x00", name, row_of(text[: text.index("\0")]))
    if _MARKUP.match(text[:200]):
        raise Unreadable("F004", "HTML, XML", "CSV", 1)
    return text


def _refuse_other_formats(content: bytes) -> None:
    for start, name in _NO_TEXT.items():
        if content.startswith(start):
            raise Unreadable("F004", name, "CSV")


def _is_accented_utf8(content: bytes) -> bool:
    """Tell whether bytes that are said to be one byte a letter are plainly UTF-8 with accents."""
    if content.isascii():
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def row_of(before: str) -> int:
    """Return the row in which a text that begins with `before` goes on; a line break in quotes begins none."""
    return _QUOTED.sub("", before).replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
