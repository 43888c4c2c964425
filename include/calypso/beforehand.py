"""Beforehand an office checks its files and gets what it needs to write them: commands that need no server."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calypso import terminal
from calypso.refusal import refuse

if TYPE_CHECKING:
    from calypso.registry import Administration

UNUSABLE = 2  # exit code where the arguments leave nothing to do; 1 says that a file must be corrected


class Form(StrEnum):
    """Which columns a template has: the required ones, or all."""

    SHORT = "short"
    LONG = "long"


def check(
    files: Annotated[list[Path], typer.Argument(help="The files as you would send them.", show_default=False)],
    administration: Annotated[str | None, typer.Option(help="Your three-letter code; else the file name's.")] = None,
    language: Annotated[str | None, typer.Option(help="en, fr, es or nl; else the administration's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a receipt tells them.")] = False,
) -> None:
    """Say what the platform would answer to files, before they are sent; end with 1 if one must be corrected."""
    from calypso import checking

    try:
        checked = checking.check(files, administration, language)
    except checking.CannotCheck as reason:
        refuse(str(reason), UNUSABLE)
    for each in checked:
        if as_json:
            terminal.say_data(checking.as_data(each))
            continue
        for line in checking.as_text(each):
            terminal.say(line)
    if not all(each.passes for each in checked):
        raise typer.Exit(1)


def template(
    administration: Annotated[str, typer.Argument(help="The administration's three-letter code.")],
    form: Annotated[Form, typer.Option(help="The required columns alone, or all.")] = Form.SHORT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.", dir_okay=False)] = None,
) -> None:
    """Write the workbook in which an administration fills in its report, in its own language."""
    from calypso.reference.template import template as made

    office = _office(administration)
    path = output or Path(f"{office.code}_seizures_template_{form.value}.xlsx")
    try:
        path.write_bytes(made(office, form.value))
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror}.", UNUSABLE)
    terminal.say(str(path))


def reference(
    folder: Annotated[Path, typer.Argument(help="Where to write it.", file_okay=False)],
    administration: Annotated[
        str | None, typer.Option(help="Only what this administration gets, with its templates.")
    ] = None,
) -> None:
    """Write the specification, the rule catalogue, the code lists and the table schema, in four languages."""
    from calypso import judging
    from calypso import reference as room

    try:
        if administration:
            room.publish(folder, _office(administration), judging.rules())
        else:
            room.publish_languages(folder, judging.rules())
    except OSError as error:
        refuse(f"{folder} cannot be written: {error.strerror}.", UNUSABLE)
    terminal.say(str(folder))


def _office(code: str) -> Administration:
    """Return an administration by its code, or say that there is none."""
    from calypso.registry import administrations

    found = administrations().get(code.lower())
    return found or refuse(f"There is no administration {code}: use a three-letter code of the registry.", UNUSABLE)
