"""What other rows and other files tell of a row is told once, where it should be, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from calypso.body import Body
from calypso.contracts import contracts
from calypso.history import SIGHTED, Filed, Said, Sighting, Usual
from calypso.reading import Reading, read
from calypso.registry import administrations
from calypso.submission import Submission
from expectations import findings, seizures, trial
from expectations.context import TOLD
from expectations.grounds import Rows

NOW = datetime(2024, 11, 7, 12, tzinfo=UTC)
COLUMNS = [
    *("action", "case_ref", "case_type", "event_date", "direction", "conveyance"),
    *("item_no", "category", "quantity", "unit", "currency"),
]
EVENT = {"case_type": "seizure", "event_date": "2024-11-05", "direction": "import", "conveyance": "Salt Heron"}
GOLD = EVENT | {"category": "gold", "quantity": "2.5", "unit": "kg"}
Submit = Callable[..., Submission]
Told = list[tuple[int, str]]  # physical row, and what is told of it


class Archive:
    """An archive of the files given, of what is usual in them, and of the cases seen in them."""

    def __init__(self, files: Sequence[Filed], usual: Sequence[Usual] = (), seen: Sequence[Sighting] = ()) -> None:
        self._files, self._usual, self._seen = files, usual, seen
        self.asked: list[tuple[str, list[str]]] = []

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        return self._files

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        return []

    def usual(self, files: Collection[str], least: int) -> Sequence[Usual]:
        self.asked.append(("usual", sorted(files)))
        return self._usual

    def sightings(self, files: Collection[str], days: Collection[str], texts: Collection[str]) -> Sequence[Sighting]:
        self.asked.append(("sightings", sorted(files)))
        return self._seen


def filed(key: str, day: int, version: int = 1, hour: int = 1, code: str = "brb") -> Filed:
    return Filed(key, "calypso-2024", code, "seizures", date(2024, 11, day), version, NOW.replace(hour=hour), key)


def sighting(key: str, case_ref: str, **said: str | float) -> Sighting:
    event = {"event_date": "2024-11-05", "conveyance": "Salt Heron", "category": "gold", "quantity": 2.5, "unit": "kg"}
    return (key, case_ref, *((event | said).get(name) for name in SIGHTED))


BEFORE = filed("before", 4)
ALIKE = sighting("before", "OLD")
GOLD_USUALLY = [Usual("brb", "gold", "kg", None, Decimal("2.5"))]


def reading(submit: Submit, rows: Sequence[dict[str, str]], code: str = "brb", name: str = "") -> Reading:
    office = administrations()[code]
    lines = [COLUMNS, *([row.get(column, "") for column in COLUMNS] for row in rows)]
    content = "\n".join(office.delimiter.join(line) for line in lines).encode(office.encoding)
    return read(submit(f"{code}_2024-11-05_seizures{name}.csv", content, code, received=NOW), content, office)


def told(column: str, reading: Reading, archive: Archive | None = None) -> Told:
    """Return what a column tells: the physical row, and what it says of it."""
    body = Body([reading], contracts()["seizures"])
    rows = Rows(body, archive)
    return [(row, said) for row, said in zip(body.frame["row"], rows.key(column), strict=True) if said is not None]


def case(case_ref: str, **changes: str) -> dict[str, str]:
    return GOLD | {"case_ref": case_ref} | changes


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([case("A"), case("B"), case("C", quantity="2.50")], [(3, "A"), (4, "A")]),
        ([EVENT | {"case_ref": "A"}, EVENT | {"case_ref": "B"}], [(3, "A")]),
        ([case("A"), case("A", item_no="2")], []),
        ([case("A", conveyance=""), case("B", conveyance="")], []),
        ([case("A"), case("B", event_date="2024-11-04")], []),
        ([case("A"), case("B", quantity="2.51")], []),
        ([case("A"), case("B"), {"action": "cancel", "case_ref": "A"}], []),
        ([case("A"), case("B", action="correct")], []),
        ([case("A"), case("")], []),
    ],
)
def test_cases_of_one_file_that_are_alike(submit: Submit, rows: list[dict[str, str]], expected: Told) -> None:
    assert told("_alike", reading(submit, rows)) == expected


def test_a_case_is_alike_as_a_whole_or_not_at_all(submit: Submit) -> None:
    def firearm(ref: str, number: str) -> dict[str, str]:
        return case(ref, item_no=number, category="firearm", quantity="1", unit="piece")

    whole = [case("A", item_no="1"), firearm("A", "2")]
    again = [firearm("C", "1"), case("C", item_no="2")]
    assert told("_alike", reading(submit, [*whole, case("B"), *again])) == [(5, "A")]


def test_files_judged_together_are_not_mixed(submit: Submit) -> None:
    body = Body([reading(submit, [case("A")]), reading(submit, [case("B")], name="_v2")], contracts()["seizures"])
    assert Rows(body).key("_alike").to_list() == [None, None]


def test_of_many_rows_the_same_is_told_as_of_few(submit: Submit) -> None:
    rows = [case("A", quantity="1.250"), case("B", quantity="1.250"), case("NEW"), case("C", quantity="800")]
    archive = Archive([BEFORE], GOLD_USUALLY, [ALIKE])
    body, said = Body([reading(submit, rows)], contracts()["seizures"]), []
    for few in (0, 10_000):
        [found] = findings.tell(body, trial.broken(body, seizures, few, archive))
        said.append([(one.rule, one.row, one.expected) for one in found])
    assert said[0] == said[1]
    assert said[0] == [
        ("S055", 2, "1250"),
        ("S056", 3, "A"),
        ("S055", 3, "1250"),
        ("S057", 4, "OLD (2024-11-04)"),
        ("S058", 5, "2.5"),
    ]


@pytest.mark.parametrize(
    ("files", "seen", "expected"),
    [
        ([BEFORE], [ALIKE], [(2, "OLD (2024-11-04)")]),
        ([BEFORE], [sighting("before", "NEW")], []),
        ([BEFORE], [ALIKE, sighting("before", "OLD", quantity=1.0)], []),
        ([BEFORE], [sighting("before", "OLD", serial_number="X-1")], []),
        ([filed("before", 4, hour=23)], [ALIKE], []),
        ([filed("before", 4, code="tto")], [ALIKE], []),
        ([filed("before", 4), filed("again", 4, 2)], [], []),
        ([], [], []),
    ],
)
def test_a_case_that_is_like_one_reported_before(
    submit: Submit, files: list[Filed], seen: list[Sighting], expected: Told
) -> None:
    archive = Archive(files, seen=seen)
    assert told("_alike_before", reading(submit, [case("NEW")]), archive) == expected
    asked = {"before": ["before"], "again": ["again"]}.get(files[-1].submission_id) if files else None
    assert [ids for what, ids in archive.asked if what == "sightings"] == ([asked] if asked else [])


def test_a_case_that_is_reported_anew_under_its_right_reference(submit: Submit) -> None:
    rows = [case("NEW"), {"action": "cancel", "case_ref": "OLD"}]
    assert told("_alike_before", reading(submit, rows), Archive([BEFORE], seen=[ALIKE])) == []


def test_the_archive_is_asked_once_and_not_about_cases_that_no_text_tells_apart(submit: Submit) -> None:
    archive = Archive([BEFORE])
    rows = Rows(Body([reading(submit, [case("A", conveyance="")])], contracts()["seizures"]), archive)
    rows.keys(TOLD)
    assert archive.asked == [("usual", ["before"])]


@pytest.mark.parametrize(
    ("rows", "usual", "expected"),
    [
        ([case("A", quantity="750")], GOLD_USUALLY, [(2, "2.5")]),
        ([case("A", quantity="749.9")], GOLD_USUALLY, []),
        ([case("A", quantity="0.008")], GOLD_USUALLY, [(2, "2.5")]),
        ([case("A", quantity="0.009"), case("B", quantity="0")], GOLD_USUALLY, []),
        ([case("A", quantity="2500", unit="g")], GOLD_USUALLY, []),
        ([case("A", quantity="750", action="correct")], GOLD_USUALLY, [(2, "2.5")]),
        ([case("A", quantity="750", action="cancel")], GOLD_USUALLY, []),
        ([case("A", quantity="750")], [Usual("tto", *GOLD_USUALLY[0][1:])], []),
        ([case("A", quantity="750", category="", unit="")], GOLD_USUALLY, []),
        ([case("A", quantity="750", currency="USD")], GOLD_USUALLY, [(2, "2.5")]),
    ],
)
def test_a_quantity_far_from_what_is_usual(
    submit: Submit, rows: list[dict[str, str]], usual: list[Usual], expected: Told
) -> None:
    assert told("_usual_before", reading(submit, rows), Archive([BEFORE], usual)) == expected


def test_face_values_are_compared_within_their_currency(submit: Submit) -> None:
    cash = case("A", category="currency", quantity="3000000", unit="face_value", currency="JMD")
    for currency, expected in {"JMD": [(2, "9000")], "USD": []}.items():
        archive = Archive([BEFORE], [Usual("brb", "currency", "face_value", currency, Decimal(9000))])
        assert told("_usual_before", reading(submit, [cash]), archive) == expected


@pytest.mark.parametrize(
    ("code", "numbers", "expected"),
    [
        ("brb", ["1.250", "2.5"], [(2, "1250")]),
        ("sur", ["1,250", "+12,500"], [(2, "1250"), (3, "+12500")]),
        ("brb", ["1.250", "0.375"], []),  # this file weighs to the gram
        ("brb", ["1.250", "1250.500"], []),
        ("brb", ["1.25", "0.250", "1.2500", "01.250"], []),
        ("sur", ["1.250"], []),  # not read at all
    ],
)
def test_a_mark_that_may_be_meant_for_thousands(submit: Submit, code: str, numbers: list[str], expected: Told) -> None:
    rows = [case(f"A-{number}", quantity=number, conveyance="") for number in numbers]
    assert told("_thousands_quantity", reading(submit, rows, code)) == expected
