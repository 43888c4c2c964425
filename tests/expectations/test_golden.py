"""The golden corpus through `calypso check`: exactly the findings expected, in four languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus.golden import OFFICES, golden

from calypso.checking import Checked, check
from calypso.registry import administrations

CORPUS = list(golden())


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> list[Checked]:
    folder = tmp_path_factory.mktemp("golden")
    told = []
    for code in OFFICES:
        paths = []
        for number, file in enumerate(CORPUS):
            if file.administration == code:
                path: Path = folder / code / str(number) / file.file_name
                path.parent.mkdir(parents=True)
                path.write_bytes(file.content)
                paths.append(path)
        told += check(paths, code)
    return told


def test_the_corpus_is_large_and_speaks_four_languages() -> None:
    assert len(CORPUS) >= 150
    assert {administrations()[file.administration].language for file in CORPUS} == {"en", "fr", "es", "nl"}


def test_every_file_has_exactly_its_findings(checked: list[Checked]) -> None:
    in_order = [file for code in OFFICES for file in CORPUS if file.administration == code]
    for file, told in zip(in_order, checked, strict=True):
        found = tuple((finding["rule"], finding["row"], finding["field"]) for finding in told.findings)
        assert found == file.findings, file.file_name


def test_every_finding_is_told_in_the_senders_language(checked: list[Checked]) -> None:
    by_rule: dict[str, dict[str, str]] = {}
    for told in checked:
        for finding in told.findings:
            assert "{" not in finding["message"]
            by_rule.setdefault(finding["rule"], {})[told.language] = finding["message"]
    spoken = {rule: told for rule, told in by_rule.items() if rule.startswith("S")}
    assert all(len(set(told.values())) == 4 for told in spoken.values())
