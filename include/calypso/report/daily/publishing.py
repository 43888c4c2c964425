"""Publishing gives each day of a running operation its report after the cut-off, and again when late files change it.

The bytes of every edition are kept under their SHA-256 below `reports/.kept`; a person finds them by operation, day and
edition in `reports`. Killed and run again it ends in the same editions.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import building, landing, warehouse
from calypso.deadlines import reporting_days
from calypso.report.daily import edition as editions
from calypso.report.daily.edition import Edition
from calypso.report.daily.making import make, name
from calypso.report.daily.situation import Moment, Situation, ask
from calypso.report.due import cut_off, due
from calypso.report.turn import turn

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from calypso.registry import Operation
    from calypso.settings import Settings


# Whether a file known since the last edition is about the day, or changes what was first told on it.
_TOUCHED = """
select exists (
    select from marts.fct_contributions_history
    where operation_code = %(operation)s and %(first)s <= reported_on and reported_on <= %(day)s
        and (known_from > %(since)s and known_from <= %(until)s or known_to > %(since)s and known_to <= %(until)s)
) or exists (
    select from marts.fct_submissions
    where operation_code = %(operation)s and %(first)s <= reporting_day and reporting_day <= %(day)s
        and is_report and known_from > %(since)s and known_from <= %(until)s
)
"""


def publish_due(settings: Settings, now: datetime) -> list[Edition]:
    """Publish what is due and what has changed; the warehouse is built first where its cut lies before a cut-off."""
    waiting = list(due(now))
    until = building.cut_after(settings, max(cut_off(*one) for one in waiting), now) if waiting else now
    made = []
    for operation, day in waiting:
        if _may_have_changed(settings, operation.code, day, until):
            made.append(publish(settings, Moment(operation.code, day, until)))
    return [one for one in made if one]


def publish_all(settings: Settings, operation: Operation) -> list[Edition]:
    """Publish every day of an operation as known at its own cut-off, the first day first; return what is new."""
    until = building.last_cut(settings)
    moments = ((day, cut_off(operation, day)) for day in reporting_days(operation))
    made = [publish(settings, Moment(operation.code, day, at)) for day, at in moments if at <= until]
    return [one for one in made if one]


def publish(settings: Settings, moment: Moment) -> Edition | None:
    """Publish the situation of a day as known at a moment, unless it is what the last edition says; return it."""
    with turn(settings) as raw:
        last = editions.find(raw, moment.operation, moment.day)
        if last and last.moment.known_at >= moment.known_at:
            show(settings, raw, last)
            return None
        earlier = editions.before(raw, moment)
        situation = _ask(settings, moment, earlier)
        if last and last.figures_sha256 == situation.sha256():
            show(settings, raw, last)
            return None
        edition = Edition(moment, last.number + 1 if last else 1, _named(earlier), situation.sha256())
        made = make(situation, edition.number, earlier.number if earlier else None)
        kept = {key: _keep(settings, content) for key, content in made.items()}
        editions.record(raw, edition, kept)
        show(settings, raw, edition)
        return edition


def rebuild(settings: Settings, edition: Edition, language: str) -> Mapping[str, bytes]:
    """Make the files of an edition anew from the warehouse, by format; the bytes are those that were published."""
    earlier = None
    if edition.earlier:
        with warehouse.session(settings.warehouse("loader")) as raw:
            earlier = editions.find(raw, edition.moment.operation, *edition.earlier)
    situation = _ask(settings, edition.moment, earlier)
    made = make(situation, edition.number, earlier.number if earlier else None, [language])
    return {kind: content for (_, kind), content in made.items()}


def draft(settings: Settings, moment: Moment, language: str) -> Mapping[str, bytes]:
    """Make the files of a report that is not published, by format, held against the edition that it would follow."""
    with warehouse.session(settings.warehouse("loader")) as raw:
        earlier = editions.before(raw, moment)
    made = make(_ask(settings, moment, earlier), None, earlier.number if earlier else None, [language])
    return {kind: content for (_, kind), content in made.items()}


def folder(settings: Settings, edition: Edition) -> Path:
    """Return where a person finds the files of an edition."""
    moment = edition.moment
    return settings.home / "reports" / moment.operation / moment.day.isoformat() / str(edition.number)


def show(settings: Settings, raw: Connection, edition: Edition) -> None:
    """Lay the files of an edition where a person finds them."""
    place = folder(settings, edition)
    for (language, kind), sha256 in editions.files(raw, edition).items():
        if not (path := place / name(language, kind)).exists():
            place.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            shutil.copyfile(landing.path(_store(settings), sha256), part)
            part.replace(path)


def _ask(settings: Settings, moment: Moment, earlier: Edition | None) -> Situation:
    with warehouse.session(warehouse.as_analyst(settings)) as marts:
        return ask(marts, moment, earlier.moment if earlier else None)


def _named(edition: Edition | None) -> tuple[date, int] | None:
    return (edition.moment.day, edition.number) if edition else None


def _may_have_changed(settings: Settings, operation: str, day: date, until: datetime) -> bool:
    """Tell whether a day has no edition yet, or a file has come since that is about it.

    Sums since the first day change with every late file about any day before: only the last day's are told anew.
    """
    with warehouse.session(settings.warehouse("loader")) as raw:
        published = editions.last_days(raw, operation)
    if day not in published:
        return True
    first = date.min if day == max(published) else day
    said = {"operation": operation, "first": first, "day": day, "since": published[day], "until": until}
    with warehouse.transaction(warehouse.as_analyst(settings)) as marts, marts.cursor() as cursor:
        cursor.execute(_TOUCHED, said)
        return bool((cursor.fetchone() or [False])[0])


def _keep(settings: Settings, content: bytes) -> tuple[str, int]:
    return landing.keep(_store(settings), lambda file: file.write(content))


def _store(settings: Settings) -> Path:
    return settings.home / "reports" / ".kept"
