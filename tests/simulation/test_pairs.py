"""Events are told twice, in two administrations' own words, and near misses look as if they were."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from calypso.registry import administrations, operations
from calypso.simulation.coincidence import KINDS
from calypso.simulation.offices import offices
from calypso.simulation.retelling import pairs
from calypso.simulation.spelling import container, mistyped, spelled, waybill
from calypso.simulation.truth import Truth, make, measures_of

pytestmark = pytest.mark.slow

SEEDS = range(100, 106)
REFERENCES = ("consignment_ref", "conveyance")


@cache
def truths() -> list[Truth]:
    """Return several variations, so that what is rare in one occurs."""
    operation = operations()["calypso-2025"]
    return [make(operation, offices(operation, seed), seed) for seed in SEEDS]


def told_twice():
    return [two for truth in truths() for event in truth.events for two in pairs(event)]


def plain(text):
    return re.sub(r"\W", "", str(text)).upper()


def side(said):
    return said["administration"], said["case_ref"]


def test_five_to_ten_in_a_hundred_cases_are_pairs_of_different_administrations(made):
    cases = {side(case): case for case in made.truth["cases"]}
    found = [(side(two["first"]), side(two["second"])) for two in made.truth["pairs"]]
    assert 0.05 <= len(found) / len(cases) <= 0.10
    assert len({frozenset(two) for two in found}) == len(found)
    for first, second in found:
        assert first[0] != second[0]
        assert {first, second} <= set(cases)


def test_reports_and_events_are_counted_apart(made):
    events: dict[int, set] = {}
    for two in made.truth["pairs"]:
        events.setdefault(two["event"], set()).update({side(two["first"]), side(two["second"])})
    told_again = sum(len(cases) - 1 for cases in events.values())
    assert made.truth["figures"]["cases_reported"] == len(made.truth["cases"])
    assert made.truth["distinct_cases"] == len(made.truth["cases"]) - told_again
    assert sum(len(cases) for cases in events.values()) == len(set().union(*events.values())), "one event a case"


def test_near_misses_of_every_kind_are_listed_and_are_no_pairs(made):
    cases = {side(case): case for case in made.truth["cases"]}
    paired = {frozenset((side(two["first"]), side(two["second"]))) for two in made.truth["pairs"]}
    kinds = Counter()
    for two in made.truth["near_misses"]:
        kinds[two["kind"]] += 1
        assert {side(two["first"]), side(two["second"])} <= set(cases)
        assert frozenset((side(two["first"]), side(two["second"]))) not in paired
    assert set(kinds) == {*KINDS, "related_only"}


def test_near_misses_share_what_they_say(made):
    cases = {side(case): case for case in made.truth["cases"]}
    for two in made.truth["near_misses"]:
        first, second = cases[side(two["first"])], cases[side(two["second"])]
        days = abs((date.fromisoformat(first["event_date"]) - date.fromisoformat(second["event_date"])).days)
        if two["kind"] == "vessel_again":
            assert days >= 5
            assert plain(first["conveyance"])[-8:] == plain(second["conveyance"])[-8:]
        if two["kind"] == "container_again":
            assert days >= 6
            assert plain(first["consignment_ref"])[:10] == plain(second["consignment_ref"])[:10]
        if two["kind"] in ("same_route", "same_flow"):
            assert days <= 1
            assert first["direction"] == "export"
            assert second["direction"] == "import"
        if two["kind"] == "related_only":
            assert re.split(r"[: ]", first["related_case"])[1] == second["case_ref"]


def test_a_pair_tells_one_kind_of_goods_within_days():
    for one, other in told_twice():
        assert one.theme == other.theme
        assert abs((one.day - other.day).days) <= 8
        shared = {item["sub_type"] for item in one.items} & {item["sub_type"] for item in other.items}
        assert shared or one.theme == "movement"


def test_goods_told_twice_weigh_nearly_the_same_and_are_counted_alike():
    ratios = []
    for one, other in told_twice():
        if len(one.items) == len(other.items) == 1 and one.theme in ("cocaine", "cannabis", "gold"):
            first, second = (next(iter(measures_of(case, case.items[0]).values())) for case in (one, other))
            ratios.append((max(first, second) / min(first, second), max(first, second)))
    close = sum(ratio < Decimal("1.01") for ratio, _ in ratios)
    assert len(ratios) > 20
    assert close / len(ratios) > 0.6
    # Less than half a kilogram may be the least that an office tells in its unit.
    assert max(ratio for ratio, greater in ratios if greater >= Decimal("0.5")) < Decimal("1.6")


def test_each_side_tells_in_its_own_words_and_as_far_as_it_knows():
    seen = Counter()
    for one, other in told_twice():
        seen["days differ"] += one.day != other.day
        seen["units differ"] += bool(one.items) and one.items[0]["unit"] != other.items[0]["unit"]
        seen["goods left out"] += len(one.items) != len(other.items)
        seen["other case named"] += bool({one.fields.get("related_case"), other.fields.get("related_case")} - {None})
        for name in REFERENCES:
            said = [case.fields.get(name) for case in (one, other)]
            seen[f"{name} of one side"] += said.count(None) == 1
            seen[f"{name} of neither side"] += said.count(None) == 2
            seen[f"{name} spelled otherwise"] += said[0] != said[1] and plain(said[0]) == plain(said[1])
    assert len(+seen) == 4 + 3 * len(REFERENCES), seen
    languages = {administrations()[case.administration].language for two in told_twice() for case in two}
    assert languages == {"en", "fr", "es", "nl"}


def test_the_routes_of_a_pair_lead_to_each_other():
    facing = 0
    for one, other in told_twice():
        stops = {other.fields.get(name) for name in ("departure_country", "transit_country", "destination_country")}
        facing += bool(stops & set(administrations()[one.administration].territories))
    assert facing / len(told_twice()) > 0.5


@pytest.mark.parametrize("kind", ["container", "parcel", "waybill", "vessel", "flight", "serial"])
def test_a_name_is_spelled_in_many_ways_that_mean_the_same(kind):
    names = {"container": container(305438), "parcel": "CP123456789ZZ", "waybill": waybill(1234567),
             "vessel": "Blue Tern", "flight": "Q0 123", "serial": "TAB123456"}  # fmt: skip
    operation = operations()["calypso-2024"]
    found = {spelled(kind, names[kind], office) for office in offices(operation, 1).values()}
    assert len(found) >= 4
    assert names[kind] in found
    assert all(re.sub(r"\W", "", names[kind])[-4:-1].lower() in plain(name).lower() for name in found)
    assert spelled(kind, None, next(iter(offices(operation, 1).values()))) is None


def test_the_check_digit_of_a_container_is_that_of_iso_6346():
    assert container(305438, "CSQU") == "CSQU3054383"  # the standard's own example
    assert {container(serial)[-1] for serial in range(100000, 100200)} == set("0123456789")


@pytest.mark.parametrize(("number", "slip"), [("AB12", "AB21"), ("AB11", "AB12"), ("CP9Z", "CP0Z")])
def test_a_slip_changes_places_or_the_last_digit(number, slip):
    from random import Random

    assert mistyped(number, Random(1)) == slip
