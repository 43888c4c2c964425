"""Where an administration stands is seen by a command, too, by those who do not look into its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from calypso import terminal
from calypso.refusal import refuse, refusing


def standing(
    code: Annotated[str, typer.Argument(help="An administration of the registry, such as brb.")],
    operation: Annotated[str | None, typer.Argument(help="An operation; else the last it takes part in.")] = None,
    to: Annotated[Path, typer.Option(help="Where to write it.", file_okay=False)] = Path(),
) -> None:
    """Write an administration's own page and its file of stored rows, as its folder has them."""
    from calypso import settings
    from calypso.report.standing import making, posting
    from calypso.report.standing.standing import NoStanding

    meant = _operation(code, operation)
    known = settings.current()
    with refusing(known, to, NoStanding):
        found = posting.read(known, meant, code)
        to.mkdir(parents=True, exist_ok=True)
        for name, content in (
            (making.page_name(meant), making.page(found)),
            (making.stored_name(meant), making.rows(found)),
        ):
            (to / name).write_bytes(content)
            terminal.say(str(to / name))


def _operation(code: str, operation: str | None) -> str:
    """Return the operation that is meant, in which the administration takes part."""
    from calypso.registry import operations, participants

    taking = {one.code: one.starts_on for one in operations().values() if code in participants(one)}
    if not taking:
        refuse(f"{code} takes part in no operation: use a code of the registry, such as brb.")
    if operation not in (None, *taking):
        refuse(f"{code} takes part in {', '.join(taking)}, not in {operation}.")
    return operation or max(taking, key=lambda one: taking[one])
