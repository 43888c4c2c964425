"""The answer is what the page begins with: who is silent, what is new, what has changed since the edition before."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from calypso.report.daily.situation import Office, Situation
from calypso.report.daily.words import words
from calypso.report.wording import Wording


def answer(situation: Situation, earlier: int | None, say: Wording) -> Iterator[tuple[str, str]]:
    """Yield what is answered and the answer; `earlier` is the number of the edition before."""
    by_kind = {
        kind: [one for one in situation.offices if one.kind == kind] for kind in ("told", "nil", "silent", "open")
    }
    reported = len(by_kind["told"]) + len(by_kind["nil"])
    yield say("reported"), say("of_all", some=reported, all=len(situation.offices))
    yield say("silent"), ", ".join(_named(one, say) for one in by_kind["silent"]) or say("nobody")
    if by_kind["open"]:
        yield say("open"), ", ".join(_named(one, say) for one in by_kind["open"])
    cases, seizures = (say.number(situation.today(name).value or 0) for name in ("cases_reported", "seizures"))
    yield say("new"), say("of_which", cases=cases, seizures=seizures)
    yield say("found"), "; ".join(_found(situation, say)) or say("nothing")
    if situation.since:
        yield say("since", number=earlier, day=say.day(situation.since.day)), _changed(situation, say)
    today, every = situation.quarantined
    if every:
        yield say("held"), say("rows_held", today=say.number(today), all=say.number(every))


def _named(office: Office, say: Wording) -> str:
    """Return the name of an administration, with for how long it is silent or that its file was rejected."""
    from calypso.board.page import words as board

    name = say.administration(office.administration)
    if office.today["status"] == "rejected":
        return f"{name} ({board().statuses['rejected'].word[say.language]})"
    return say("on_end", name=name, days=say.days(office.silent_days)) if office.silent_days > 1 else name


def _found(situation: Situation, say: Wording) -> Iterator[str]:
    for name in words().headline:
        figure = situation.today(name)
        if figure.value and figure.value != Decimal(0):
            yield f"{situation.labels[name][say.language]} {say.measured(figure.value, figure.unit)}"


def _changed(situation: Situation, say: Wording) -> str:
    if not situation.changes:
        return say("unchanged")
    figures = {row["figure"] for row in situation.changes}
    files = {row["submission_id"] for row in situation.changes}
    return say("changed", figures=len(figures), files=len(files))
