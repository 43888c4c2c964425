"""A refusal is one sentence on standard error and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from calypso import terminal

if TYPE_CHECKING:
    from calypso.settings import Settings


def refuse(sentence: str, code: int = 1) -> NoReturn:
    """Say why not, and end with `code`."""
    terminal.say(sentence, err=True)
    raise typer.Exit(code)


@contextmanager
def refusing(known: Settings, to: Path | None, *unknown: type[LookupError]) -> Iterator[None]:
    """Refuse where a file cannot be written, the warehouse does not answer, or it knows no such thing."""
    import psycopg2

    try:
        yield
    except unknown as reason:
        refuse(str(reason))
    except OSError as error:
        refuse(f"{error.filename or to} cannot be written: {error.strerror}.")
    except psycopg2.OperationalError:
        refuse(f"The warehouse does not answer at {known.warehouse_host}:{known.warehouse_port}: run `make up`.")
    except psycopg2.Error as error:
        refuse(str(error).strip().splitlines()[0])
