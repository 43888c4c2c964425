"""Reporting writes reports, as a page and as a PDF: commands, for those who do not wait for the Dag."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calypso import terminal
from calypso.refusal import refuse, refusing

if TYPE_CHECKING:
    from calypso.report.daily.edition import Edition
    from calypso.report.daily.situation import Moment
    from calypso.settings import Settings

MOMENTS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]

KnownAt = Annotated[
    datetime | None,
    typer.Option(help="As known at this moment, in UTC unless it says otherwise; else now.", formats=MOMENTS),
]
Language = Annotated[str | None, typer.Option(help="en, fr, es or nl; else all four.")]
To = Annotated[Path | None, typer.Option(help="Where to write it, unpublished.", file_okay=False)]


def report(
    operation: Annotated[str, typer.Argument(help="An operation, such as calypso-2024.")],
    day: Annotated[datetime | None, typer.Option(help="A reporting day; else the last.", formats=["%Y-%m-%d"])] = None,
    known_at: KnownAt = None,
    edition: Annotated[int | None, typer.Option(help="Make this published edition anew, as it was known then.")] = None,
    language: Language = None,
    to: To = None,
) -> None:
    """Write the situation of a day as a page and a PDF; without --to it is published as the day's next edition."""
    from calypso import settings
    from calypso.report.daily.situation import NoSuchDay

    languages, known = _languages(language), settings.current()
    with refusing(known, to, NoSuchDay):
        moment = _moment(known, operation, day, known_at)
        if to is None and edition is None:
            _publish(known, moment)
        else:
            _write(known, moment, edition, languages, to or Path())


def results(
    operation: Annotated[str, typer.Argument(help="An operation, such as calypso-2024.")],
    known_at: KnownAt = None,
    language: Language = None,
    to: To = None,
) -> None:
    """Write the results of an operation as a page and a PDF; without --to they are published in all languages."""
    from calypso import settings
    from calypso.report.results import publishing
    from calypso.report.results.making import FORMATS, name
    from calypso.report.results.results import NoSuchOperation

    languages, known = _languages(language), settings.current()
    with refusing(known, to, NoSuchOperation):
        moment = _known_at(known, known_at)
        if to is None:
            written = publishing.publish(known, operation, moment)
            place = publishing.folder(known, operation)
            terminal.say(
                f"{operation}: results in {place}" if written else f"{operation}: nothing has changed in {place}."
            )
            return
        to.mkdir(parents=True, exist_ok=True)
        for one in languages:
            made = publishing.draft(known, operation, moment, one)
            for kind in FORMATS:
                (to / name(one, kind)).write_bytes(made[kind])
                terminal.say(str(to / name(one, kind)))


def _languages(language: str | None) -> Sequence[str]:
    """Return the languages that are meant: the one asked for, or all."""
    from calypso.registry import LANGUAGES

    if language not in (None, *LANGUAGES):
        refuse(f"There is no report in {language}: use one of {', '.join(LANGUAGES)}.")
    return [language] if language else LANGUAGES


def _moment(known: Settings, code: str, day: datetime | None, known_at: datetime | None) -> Moment:
    """Return the moment that is meant: of the last day that has passed, and of what the last build knows."""
    from calypso.registry import operations
    from calypso.report.daily.situation import Moment, NoSuchDay
    from calypso.report.due import cut_off

    if code not in operations():
        raise NoSuchDay(f"There is no operation {code}: the registry knows {', '.join(operations())}.")
    meant = _known_at(known, known_at)
    operation, first = operations()[code], operations()[code].starts_on
    passed = (meant - cut_off(operation, first)).days  # since the first cut-off
    last = min(operation.ends_on.toordinal(), first.toordinal() + max(passed, 0))
    return Moment(code, day.date() if day else first.fromordinal(last), meant)


def _known_at(known: Settings, known_at: datetime | None) -> datetime:
    """Return the moment asked for, or else the last of which everything is known."""
    from datetime import UTC

    from calypso.building import last_cut

    return known_at.replace(tzinfo=known_at.tzinfo or UTC) if known_at else last_cut(known)


def _publish(known: Settings, moment: Moment) -> None:
    from calypso.report.daily import publishing

    made = publishing.publish(known, moment)
    if made is None:
        terminal.say(f"{moment.operation} {moment.day}: nothing has changed since the last edition.")
        return
    terminal.say(f"{moment.operation} {moment.day}: edition {made.number} in {publishing.folder(known, made)}")


def _write(known: Settings, moment: Moment, number: int | None, languages: Sequence[str], to: Path) -> None:
    """Write a report to a folder: an edition anew, or one that is not published."""
    from calypso import warehouse
    from calypso.report.daily import edition as editions
    from calypso.report.daily import publishing
    from calypso.report.daily.making import FORMATS, name
    from calypso.report.daily.situation import NoSuchDay

    found: Edition | None = None
    if number:
        with warehouse.session(known.warehouse("loader")) as raw:
            found = editions.find(raw, moment.operation, moment.day, number)
        if found is None:
            raise NoSuchDay(f"{moment.operation} has no edition {number} of {moment.day}.")
    to.mkdir(parents=True, exist_ok=True)
    for language in languages:
        made = publishing.rebuild(known, found, language) if found else publishing.draft(known, moment, language)
        for kind in FORMATS:
            (to / name(language, kind)).write_bytes(made[kind])
            terminal.say(str(to / name(language, kind)))
