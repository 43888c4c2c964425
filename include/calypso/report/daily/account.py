"""An account is a situation told in one language: every number a text, every code a word, ready to be laid out.

The page and the paper lay out the same account, so they cannot say different things.
"""

from __future__ import annotations

from typing import Any

from calypso.report import routes
from calypso.report.daily.answer import answer
from calypso.report.daily.figures import changes, groups
from calypso.report.daily.notable import notable
from calypso.report.daily.situation import Situation
from calypso.report.daily.words import wording, words
from calypso.report.wording import Wording

Told = dict[str, Any]


def account(situation: Situation, edition: int | None, earlier: int | None, language: str) -> Told:
    """Tell a situation; `edition` is its number and `earlier` that of the edition before, None where there is none."""
    say = wording(language)
    operation, moment = situation.operation, situation.moment
    known_at = say(
        "known_at", moment=say.moment(moment.known_at, operation["time_zone"]), zone=say.zone(operation["time_zone"])
    )
    return {
        "language": language,
        "operation": operation["name"],
        "above": f"{operation['name']} · {say('day_of', no=operation['day_no'], days=operation['days'])}",
        "title": say("title", day=say.day(moment.day, "full")),
        "known": f"{say('edition', number=edition) if edition else say('draft')} · {known_at}",
        "simulated": say("simulated") if situation.simulated else None,
        "short": [{"label": label, "says": says} for label, says in answer(situation, earlier, say)],
        "groups": groups(situation, say),
        "incomplete": _incomplete(situation, say),
        "changes": changes(situation, say),
        "arrivals": _arrivals(situation, say),
        "notable": notable(situation, say),
        "offices": [_office(situation, place, say) for place in range(len(situation.offices))],
        "trends": [{"figure": one, "label": situation.labels[one][language]} for one in words().trends],
        "routes": _routes(situation, say),
        "methods": _methods(situation, say),
        "rules": _rules(situation, say),
        "hash": say("hash", sha256=situation.sha256()),
        "text": say.said(),
    }


def _incomplete(situation: Situation, say: Wording) -> str | None:
    lacking = sum(office.kind in ("silent", "open") for office in situation.offices)
    return say("incomplete", silent=say.number(lacking)) if lacking else None


def _arrivals(situation: Situation, say: Wording) -> list[str]:
    """Return which reports have come since the edition before, or are told by another file now."""
    return [
        f"{say.administration(row['administration_code'])} ({say.day(row['reporting_day'])})"
        for row in situation.arrivals
    ]


def _office(situation: Situation, place: int, say: Wording) -> Told:
    from calypso.board.page import words as board

    office = situation.offices[place]
    status = board().statuses
    late = office.today["timeliness"] == "late" and office.kind in ("told", "nil")
    cases = sum(case["administration_code"] == office.administration for case in situation.cases)
    return {
        "code": office.administration,
        "name": say.administration(office.administration),
        "kind": office.kind,
        "status": office.today["status"],
        "sign": status[office.today["status"]].sign,
        "word": status[office.today["status"]].word[say.language] + (f", {say('late')}" if late else ""),
        "cases": say.number(cases) if office.kind in ("told", "nil") else "–",
        "count": cases,
        "days": [
            {"status": day["status"], "sign": status[day["status"]].sign,
             "says": f"{say.day(day['reporting_day'])}: {status[day['status']].word[say.language]}"}
            for day in office.days
        ],
        "share": say.percent(office.share),
    }  # fmt: skip


def _routes(situation: Situation, say: Wording) -> list[Told]:
    """Return for import, export and transit its routes, those with most cases first, and those that the map shows."""
    return [_direction(direction, situation, say) for direction in ("import", "export", "transit")]


def _direction(direction: str, situation: Situation, say: Wording) -> Told:
    rows = [row for row in situation.routes if row["direction"] == direction]
    return {"direction": direction, "label": say.code("direction", direction), **routes.told(rows, say)}


def _methods(situation: Situation, say: Wording) -> list[Told]:
    told = []
    for kind, code_list in (("concealment", "concealment"), ("detection", "detection_method")):
        rows = [row for row in situation.methods if row["kind"] == kind]
        told.append({
            "kind": kind,
            "label": say(kind),
            "rows": [
                {"method": say.code(code_list, row["method"]), "cases": row["cases"], "seizures": row["seizures"],
                 "hits": say("of_all", some=say.number(row["seizures"]), all=say.number(row["cases"]))}
                for row in rows
            ],
        })  # fmt: skip
    return told


def _rules(situation: Situation, say: Wording) -> list[Told]:
    """Return the sentence of every check that is named, without what it says of one row."""
    from calypso import judging

    codes = sorted({row["rule_code"] for row in situation.doubts} & set(judging.rules().rules))
    return [{"code": code, "sentence": say.rule(code)} for code in codes]
