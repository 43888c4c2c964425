"""A refusal is one sentence on standard error and an exit code."""

from __future__ import annotations

from typing import NoReturn

import typer


def refuse(sentence: str, code: int = 1) -> NoReturn:
    """Say why not, and end with `code`."""
    typer.echo(sentence, err=True)
    raise typer.Exit(code)
