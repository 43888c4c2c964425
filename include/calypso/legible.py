"""Letters that nobody sees, or that act on what shows them, are told from the rest: a page, a terminal, a chat.

Beside control characters these are marks that turn the direction of writing, spaces without width, fillers, and
halves of a letter. They let a text look like another one, or move the cursor of whoever reads it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

# Letters of no width that Unicode counts among those that can be printed (Default_Ignorable_Code_Point).
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_SPACES = ("Zs",)
_LAYOUT = "\n\t"


def is_harmless(text: str) -> bool:
    """Tell whether every letter of a text can be seen and does nothing; of spaces only the plain one does."""
    return text.isprintable() and not _UNSEEN.search(text)


def is_seen(letter: str) -> bool:
    """Tell whether a letter can be seen, or is a space that has a width."""
    return is_harmless(letter) or unicodedata.category(letter) in _SPACES


def escaped(text: str) -> str:
    r"""Return a text on one line in which what is not seen is written out, like `\x1b`; any space is a plain one."""
    if is_harmless(text):
        return text
    return "".join(map(_escaped, text))


def _escaped(letter: str) -> str:
    if is_harmless(letter):
        return letter
    return " " if is_seen(letter) else letter.encode("unicode_escape").decode("ascii")


def spaced(text: str) -> str:
    """Return a text in which each letter that is not seen is a space; its lines and its spaces stay."""
    if is_harmless(text):
        return text
    return "".join(letter if letter in _LAYOUT or is_seen(letter) else " " for letter in text)


def each_text(told: Any, change: Callable[[str], str]) -> Any:
    """Return data, of whatever dictionaries and sequences, with every text in it changed."""
    if isinstance(told, str):
        return change(told)
    if isinstance(told, dict):
        return {name: each_text(value, change) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [each_text(value, change) for value in told]
    return told
