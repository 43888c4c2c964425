"""The notable cases are those that add so much to a figure that they are worth a line of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from calypso.report.daily.situation import Row, Situation
from calypso.report.daily.words import words
from calypso.report.goods import goods
from calypso.report.wording import Wording
from calypso.telling import shown

CASES = 12  # shown, the most notable first

Told = dict[str, Any]


def notable(situation: Situation, say: Wording) -> Told:
    """Return the cases that add much to a figure, by how much more than it takes to be notable."""
    limits = words().notable
    weighed = []
    for case in situation.cases:
        added = {name: Decimal(str(value)) for name, value in (case["figures"] or {}).items() if name in limits}
        weight = max((value / limits[name] for name, value in added.items()), default=Decimal(0))
        if weight >= 1:
            weighed.append((-weight, case["administration_code"], case["case_ref"], case))
    found = [case for *_, case in sorted(weighed, key=lambda one: one[:3])]
    units = {name: situation.today(name).unit for name in limits}
    told = "; ".join(
        f"{situation.labels[name][say.language]} {say.measured(limit, units[name])}" for name, limit in limits.items()
    )
    return {
        "limits": say("notable_from", limits=told),
        "cases": [_case(case, say) for case in found[:CASES]],
        "more": say("more_notable", count=len(found) - CASES) if len(found) > CASES else None,
    }


def _case(case: Row, say: Wording) -> Told:
    way = [case[end] for end in ("departure_country", "transit_country", "destination_country") if case[end]]
    methods = [("concealment", case["concealment"]), ("detection_method", case["detection_method"])]
    return {
        "ref": shown(case["case_ref"]),
        "of": say.administration(case["administration_code"]),
        "type": say.code("case_type", case["case_type"]),
        "goods": list(goods(case["goods"] or [], say)),
        "direction": say.code("direction", case["direction"]),
        "way": " → ".join(map(say.country, way)),
        "methods": [say.code(code_list, code) for code_list, code in methods if code],
    }
