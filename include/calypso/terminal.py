"""A terminal obeys control characters, and rich its markup: whatever a command prints goes through this module."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from calypso.legible import escaped, is_harmless

if TYPE_CHECKING:
    from rich.console import Console

_BEYOND_ASCII = re.compile("[^\x00-\x7e]")


def plain(text: object) -> str:
    r"""Return a text as one line that a terminal shows and does not obey: what it would is written out, like `\x1b`."""
    return escaped(str(text))


def say(text: object, err: bool = False) -> None:
    """Print one line, on standard error where it is an error."""
    typer.echo(plain(text), err=err)


def say_data(data: Any) -> None:
    """Print data as one line of JSON, in which letters that are not seen are escaped as JSON does it."""
    typer.echo(as_json(data))


def as_json(data: Any) -> str:
    """Return data as one line of JSON: readable, and without a letter that a terminal obeys or cannot write."""
    text = json.dumps(data, ensure_ascii=False)
    return text if is_harmless(text) else _BEYOND_ASCII.sub(_in_json, text)


def _in_json(found: re.Match[str]) -> str:
    letter = found[0]
    if is_harmless(letter):
        return letter
    return "\\u007f" if letter == "\x7f" else json.dumps(letter)[1:-1]


def console() -> Console:
    """Return where sentences of our own are printed in colours: text that others wrote is given to it as `cell`."""
    from rich.console import Console

    return Console()


def cell(value: object) -> Any:
    """Return a text for a table or a sentence of rich's, which neither takes it for markup nor colours it."""
    from rich.text import Text

    return Text(plain(value))


def table(headings: Iterable[object], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; None is an empty cell."""
    from rich.table import Table

    made = Table()
    for heading in headings:
        made.add_column(cell(heading))
    for row in rows:
        made.add_row(*(cell("" if value is None else value) for value in row))
    console().print(made)


def say_defect(error: BaseException) -> None:
    """Print the trace of a defect on standard error, line by line: its message may hold what somebody else wrote."""
    for part in traceback.format_exception(error):
        for line in part.rstrip("\n").split("\n"):
            say(line, err=True)
    sys.stderr.flush()
