"""An account is a standing told in its administration's language: every number a text, every code a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from calypso.contracts import contracts
from calypso.registry import administrations
from calypso.report.goods import goods
from calypso.report.standing.figures import groups
from calypso.report.standing.quality import charts, rules
from calypso.report.standing.standing import REPORTED, Row, Standing
from calypso.report.standing.words import wording
from calypso.report.wording import Wording
from calypso.telling import shown

CASES_NAMED = 12  # of those that a rule holds back, the rest counted

Told = dict[str, Any]


def account(standing: Standing, language: str | None = None) -> Told:
    """Tell a standing; in another language than the administration's own only where it is to be tried."""
    office = administrations()[standing.administration]
    say = wording(language or office.language)
    known = say("known_at", moment=say.moment(standing.known_at, office.zone), zone=say.zone(office.zone))
    return {
        "language": say.language,
        "operation": standing.operation["name"],
        "above": standing.operation["name"],
        "title": say("title", name=say.administration(standing.administration)),
        "known": known,
        "simulated": say("simulated") if standing.operation["is_simulated"] else None,
        "short": [{"label": say(label), "says": says} for label, says in _short(standing, say)],
        "to_do": list(_to_do(standing, say)),
        "days": [_day(day, standing, say) for day in standing.shown_days],
        "strays": [_file(file, office.zone, say) for file in standing.strays],
        "open": [*_held(standing, say), *_asked(standing, say)],
        "groups": groups(standing, say),
        "cases": [_case(case, say) for case in standing.cases],
        "charts": charts(standing, say),
        "rules": rules(standing, say),
        "text": say.said(),
    }


def _short(standing: Standing, say: Wording) -> Iterator[tuple[str, str]]:
    due = standing.due
    reported = [day for day in due if day["status"] in REPORTED]
    excused = sum(day["status"] == "excused" for day in due)
    days = say("of_due", some=say.number(len(reported)), all=say.number(len(due)))
    yield "reported", days + (say("and_excused", excused=say.number(excused)) if excused else "")
    in_time = sum(day["timeliness"] == "on_time" for day in reported)
    yield "on_time", say("of_all", some=say.number(in_time), all=say.number(len(reported)))
    items = sum(row["category"] is not None for row in standing.stored)
    counted = {
        "rows": sum(day["rows_accepted"] for day in standing.days),
        "cases": len(standing.cases),
        "items": items,
    }
    yield "stored", say("stored_says", **{name: say.number(count) for name, count in counted.items()})
    held = [day["rows_quarantined"] for day in standing.days if day["rows_quarantined"]]
    yield "held", say("held_says", rows=say.number(sum(held)), days=say.number(len(held))) if held else say("none_held")


def _to_do(standing: Standing, say: Wording) -> Iterator[str]:
    """Yield what its officer has to do, the most pressing first."""
    wanted = {
        "missing": [day for day in standing.days if day["status"] == "missing"],
        "rejected": [day for day in standing.days if day["status"] == "rejected"],
        "held": [day for day in standing.days if day["rows_quarantined"]],
    }
    for kind, days in wanted.items():
        if days:
            yield say(f"to_do_{kind}", days=", ".join(say.day(day["reporting_day"]) for day in days))
    if standing.asked:
        yield say("to_do_asked")
    if not (any(wanted.values()) or standing.asked):
        yield say("to_do_nothing")


def _day(day: Row, standing: Standing, say: Wording) -> Told:
    from calypso.board.page import words as board

    zone = administrations()[standing.administration].zone
    status = day["status"]
    known = board().statuses.get(status or "")
    told = status in REPORTED
    return {
        "iso": day["reporting_day"].isoformat(),
        "day": say.day(day["reporting_day"]),
        "status": status or "rest",
        "sign": known.sign if known else "–",
        "word": known.word[say.language] if known else say("rest"),
        "timely": say("late" if day["timeliness"] == "late" else "in_time") if told else None,
        "late": told and day["timeliness"] == "late",
        "files": [_file(file, zone, say) for file in standing.files if file["reporting_day"] == day["reporting_day"]],
    }


def _file(file: Row, zone: str, say: Wording) -> Told:
    """Return what became of a file; where it replaced another, or was replaced, it says so."""
    from calypso.board.page import words as board

    state = file["final_state"]
    parts = [board().states[state][say.language] if state else say("judged")]
    if file["rows_accepted"]:
        parts.append(say("accepted", rows=say.number(file["rows_accepted"])))
    if file["rows_quarantined"]:
        parts.append(say("held_back", rows=say.number(file["rows_quarantined"])))
    parts += [say("late")] * file["is_late"] + [say("again")] * file["is_again"]
    parts += [say("replaced")] * (file["standing"] == "superseded")
    return {
        "name": shown(file["file_name"]),
        "received": say("received", moment=say.moment(file["received_at"], zone)),
        "says": ", ".join(parts),
        "current": file["standing"] == "current",
    }


def _held(standing: Standing, say: Wording) -> Iterator[Told]:
    names = {file["submission_id"]: file["file_name"] for file in standing.files}
    for row in standing.held:
        refs = [shown(ref) for ref in row["cases"] or []]
        yield {
            "day": say.day(row["reporting_day"]),
            "file": shown(names.get(row["submission_id"], "")),
            "rule": row["rule_code"],
            "sentence": say.rule(row["rule_code"], field=_fields(row["fields"], say)),
            "rows": say("held_by", rows=say.number(row["rows"])) if row["rows"] else None,
            "cases": say("of_cases", cases=_named(refs, say)) if refs else None,
        }


def _asked(standing: Standing, say: Wording) -> Iterator[Told]:
    for row in standing.asked:
        yield {
            "day": say.day(row["reporting_day"]),
            "file": shown(row["file_name"]),
            "rule": row["rule_code"],
            "sentence": say.rule(row["rule_code"], field=_fields([row["field"]], say)),
            "rows": say("question", case=shown(row["case_ref"] or "–")),
            "cases": None,
        }


def _fields(names: Sequence[str | None] | None, say: Wording) -> str:
    """Return what columns are called, as their sender knows them."""
    fields = contracts()["seizures"].fields
    told = [fields[name].label[say.language] for name in names or () if name and name in fields]
    return ", ".join(told) or say("a_field")


def _named(refs: Sequence[str], say: Wording) -> str:
    told = ", ".join(refs[:CASES_NAMED])
    return say("more", cases=told, count=say.number(len(refs) - CASES_NAMED)) if len(refs) > CASES_NAMED else told


def _case(case: Row, say: Wording) -> Told:
    return {
        "ref": shown(case["case_ref"]),
        "type": say.code("case_type", case["case_type"]),
        "day": say.day(case["reported_on"]),
        "goods": "; ".join(goods(case["goods"] or [], say)) or say("no_goods"),
    }
