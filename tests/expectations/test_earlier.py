"""What was received before is told as warnings; it never changes a verdict, and needs an archive to be told at all."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from calypso.history import Filed, Said, Sighting, Usual
from calypso.reading import read
from calypso.registry import administrations
from calypso.submission import Submission
from expectations import earlier, judge

NOW = datetime(2024, 11, 6, 12, tzinfo=UTC)
HEADER = "action,case_ref,case_type,event_date,direction,category,quantity,unit\n"
NAME = "brb_2024-11-05_seizures"
Submit = Callable[..., Submission]


class Archive:
    """An archive of the files given; each said something new about the case BB-1."""

    def __init__(self, *files: Filed) -> None:
        self._files = files

    def files(self, administrations: Collection[str]) -> Sequence[Filed]:
        return self._files

    def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
        return [Said(file.submission_id, "BB-1", new=True) for file in self._files if "BB-1" in case_refs]

    def usual(self, files: Collection[str], least: int) -> Sequence[Usual]:
        return []

    def sightings(self, files: Collection[str], days: Collection[str], texts: Collection[str]) -> Sequence[Sighting]:
        return []


def before(version: int, sha256: str = "aa", day: int = 5, hours: int = 1) -> Filed:
    key, came = f"{version}-{sha256}-{day}", NOW - timedelta(hours=hours)
    return Filed(key, "calypso-2024", "brb", "seizures", date(2024, 11, day), version, came, sha256)


@pytest.mark.parametrize(
    ("suffix", "state", "files", "told"),
    [
        ("", "accepted", [], []),
        ("", "accepted", [before(0)], []),
        ("_v2", "accepted", [before(1)], []),
        ("_v2", "accepted", [before(3)], [("F030", "2", "3")]),
        ("_v2", "accepted", [before(3, hours=-1)], []),
        ("_v2", "accepted", [before(3, day=4)], []),
        ("_v2", "rejected", [before(3)], []),
        ("_v2_test", "tested", [before(3)], []),
        (
            "",
            "partly_accepted",
            [before(1)],
            [("F031", f"{NAME}.csv", f"{NAME}_v2.csv")],
        ),
        ("_nil", "nil", [before(0)], []),
        ("_nil", "nil", [before(2)], [("F034", f"{NAME}_nil.csv", "v2")]),
        ("_v3", "nil", [before(2)], [("F034", f"{NAME}_v3.csv", "v2")]),
    ],
)
def test_files_about_one_day(submit: Submit, suffix: str, state: str, files: list[Filed], told: list[tuple]) -> None:
    submission = submit(f"{NAME}{suffix}.csv", b"x", received=NOW)
    found = earlier.sequence([(submission, state)], Archive(*files)).get(submission.submission_id, [])
    assert [(finding.rule, finding.given, finding.expected) for finding in found] == told
    assert earlier.sequence([(submission, state)], None) == {}


def test_a_case_of_a_replaced_file_is_not_reported_twice(submit: Submit) -> None:
    content = f"{HEADER}new,BB-1,detention,2024-11-05,import,,,\n".encode()
    submission = submit("brb_2024-11-05_seizures.csv", content, received=NOW)
    reading = read(submission, content, administrations()["brb"])
    first, silent = before(1, day=4), before(2, day=4)

    class Corrected(Archive):
        def cases(self, administrations: Collection[str], case_refs: Collection[str]) -> Sequence[Said]:
            return [Said(first.submission_id, "BB-1", new=True)]

    told = {
        name: [finding.rule for finding in judge.judge([reading], archive=archive)[0].findings]
        for name, archive in {"stands": Corrected(first), "replaced": Corrected(first, silent)}.items()
    }
    assert told == {"stands": ["S046"], "replaced": []}


def test_a_reference_may_be_used_anew_in_the_next_operation(submit: Submit) -> None:
    content = f"{HEADER}new,BB-1,detention,2024-11-05,import,,,\n".encode()
    submission = submit("brb_2024-11-05_seizures.csv", content, received=NOW)
    last_year = dataclasses.replace(before(1, day=4), operation="calypso-2023")
    reading = read(submission, content, administrations()["brb"])
    [judged] = judge.judge([reading], archive=Archive(last_year))
    assert [finding.rule for finding in judged.findings] == []


def test_of_an_action_that_nobody_knows_nothing_more_is_told(submit: Submit) -> None:
    content = f"{HEADER}amend,BB-9,detention,2024-11-05,import,,,\n".encode()
    submission = submit("brb_2024-11-05_seizures.csv", content, received=NOW)
    [judged] = judge.judge([read(submission, content, administrations()["brb"])], archive=Archive())
    assert [finding.rule for finding in judged.findings] == ["S008"]


@pytest.mark.slow
def test_verdicts_are_the_same_in_every_order_of_arrival(submit: Submit) -> None:
    contents = {
        "brb_2024-11-05_seizures.csv": f"{HEADER}new,BB-1,detention,2024-11-05,import,,,\n",
        "brb_2024-11-05_seizures_nil.csv": "",
        "brb_2024-11-06_seizures.csv": f"{HEADER}correct,BB-1,detention,2024-11-05,import,,,\n",
        "brb_2024-11-06_seizures_v2.csv": f"{HEADER}new,BB-1,detention,2024-11-05,import,,,\n",
    }
    outcomes, findings = set(), set()
    for order in itertools.permutations(contents):
        readings = []
        for place, file_name in enumerate(order):
            content = contents[file_name].encode()
            submission = submit(file_name, content, received=NOW + timedelta(minutes=place))
            readings.append(read(submission, content, administrations()["brb"]))
        judged = judge.judge(readings, archive=Archive())
        outcomes.add(frozenset((one.verdict.submission_id, one.verdict.state, one.quarantined) for one in judged))
        findings.add(frozenset(finding.rule for one in judged for finding in one.findings))
    assert len(outcomes) == 1
    assert {rule for found in findings for rule in found} == {"F030", "F034", "S045", "S046"}
