"""The font of papers has some letters and no others; a paper in which one is missing is no PDF/UA, and is not made."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

NAME = "Source Sans Pro"
USED = ("SourceSansPro-Regular.ttf", "SourceSansPro-Bold.ttf")
MISSING = "?"
_SEGMENTED = 12  # the form of a table that covers all of Unicode (OpenType, cmap)


def folder() -> Path:
    """Return the folder of the fonts, which are a package without code worth importing."""
    found = find_spec("font_source_sans_pro")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("files")


def settable(text: str) -> str:
    """Return a text with a question mark for each letter that the font does not have; spaces stay."""
    if text.isascii():
        return text
    has = letters()
    return "".join(letter if ord(letter) in has or letter.isspace() else MISSING for letter in text)


@cache
def letters() -> frozenset[int]:
    """Return the code points that every font in use has."""
    found = [frozenset(_letters((folder() / name).read_bytes())) for name in USED]
    return frozenset.intersection(*found)


def _letters(font: bytes) -> Iterator[int]:
    """Yield the code points of a TrueType font, from its table `cmap`."""
    (tables,) = struct.unpack_from(">H", font, 4)
    starts = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * tables, 16)}
    cmap = starts[b"cmap"]
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for no in range(count):
        at = cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * no)[2]
        if struct.unpack_from(">H", font, at)[0] == _SEGMENTED:
            (groups,) = struct.unpack_from(">I", font, at + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", font, at + 16 + 12 * group)
                yield from range(first, last + 1)
            return
