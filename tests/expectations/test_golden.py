"""The golden corpus through `calypso check`: exactly the findings expected, in their order, in four languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from corpus.golden import Golden, golden
from corpus.offices import SPOKEN

from calypso import checking
from calypso.checking import Checked, check
from calypso.registry import LANGUAGES, administrations, operations, participants
from calypso.submission import parse_name
from expectations.rules import rule_book

pytestmark = pytest.mark.slow

CORPUS = golden()
RULES = rule_book().rules
TOLD = ("rule", "row", "column", "field", "given")


class LastDay(datetime):
    """The corpus is checked on the last day of its operation, whenever the tests are run."""

    @classmethod
    def now(cls, tz: object = None) -> LastDay:
        return cls(2024, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[Golden, Checked]]]:
    """Check every file but those that came before: the ones that say rightly whose they are, and the rest by folder."""
    folder, paths = tmp_path_factory.mktemp("golden"), dict[Path, Golden]()
    runs: dict[str | None, list[Path]] = {}
    for number, file in enumerate(CORPUS):
        if file.state == "duplicate":
            continue  # a laptop does not know what was received
        path = folder / str(number) / file.file_name
        path.parent.mkdir()
        path.write_bytes(file.content)
        paths[path] = file
        name = parse_name(file.file_name)
        rightly = name is not None and name.code == file.administration
        runs.setdefault(None if rightly else file.administration, []).append(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "datetime", LastDay)
        yield [
            (paths[path], told) for code, run in runs.items() for path, told in zip(run, check(run, code), strict=True)
        ]


def test_every_rule_about_a_file_and_every_rule_about_a_row_has_its_file() -> None:
    told = {finding[0] for file in CORPUS for finding in file.found}
    # The encoding of a submission is declared; only of any other table is it told that it was assumed (F025).
    assert told == set(RULES) - {"F025"}


def test_the_corpus_is_large_and_every_office_writes_in_it() -> None:
    assert {file.administration for file in CORPUS} == set(participants(operations()["calypso-2024"]))
    assert {administrations()[code].language for code in SPOKEN} == set(LANGUAGES)
    assert len(CORPUS) > 500


def test_every_file_has_exactly_its_findings_in_their_order(checked: list[tuple[Golden, Checked]]) -> None:
    wrong = {}
    for file, told in checked:
        found = [tuple(one[name] or None for name in TOLD) for one in told.findings]
        expected = [one for one in file.found if not RULES[one[0]].needs_history]
        if found != expected:
            wrong[str(file)] = found, expected
    assert wrong == {}


def test_every_file_ends_as_it_should(checked: list[tuple[Golden, Checked]]) -> None:
    assert {str(file): told.verdict.state for file, told in checked} == {str(file): file.state for file, _ in checked}


def test_every_finding_is_told_in_the_senders_language(checked: list[tuple[Golden, Checked]]) -> None:
    by_rule: dict[str, dict[str, str]] = {}
    for file, told in checked:
        assert told.language == administrations()[file.administration].language
        for finding in told.findings:
            assert "{" not in finding["message"]
            by_rule.setdefault(finding["rule"], {})[told.language] = finding["message"]
    spoken = {rule: told for rule, told in by_rule.items() if rule.startswith("S")}
    assert all(len(set(told.values())) == 4 for told in spoken.values())
