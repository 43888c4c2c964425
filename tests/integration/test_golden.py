"""The golden corpus over SFTP and through the Dags: the same findings as on a desk, and what only history can tell."""

from __future__ import annotations

import re

import pytest
from corpus.golden import Golden, golden, waves
from integration import wave
from integration.wave import Answer, Answers

from calypso.registry import administrations
from calypso.settings import Settings
from expectations.rules import rule_book

TOLD = ("rule", "row", "column", "field", "given")


@pytest.fixture(scope="module")
def answered(answers: list[Answers]) -> list[tuple[Golden, Answer]]:
    """Give each file of the corpus with its answer."""
    return [
        (file, told[file.administration, file.file_name])
        for files, told in zip(waves(golden()), answers[:-1], strict=True)
        for file in files
    ]


def test_every_file_ends_as_it_should(answered: list[tuple[Golden, Answer]]) -> None:
    states = {str(file): (file.state, answer.receipt["state"]) for file, answer in answered}
    assert {file: pair for file, pair in states.items() if pair[0] != pair[1]} == {}
    assert len(states) == len(golden())
    for _, answer in answered:
        rows = answer.receipt["rows"]
        assert rows["read"] == rows["accepted"] + rows["quarantined"]


def test_the_warehouse_holds_exactly_the_findings_in_their_order(
    stack: Settings, answered: list[tuple[Golden, Answer]]
) -> None:
    held = wave.findings(stack, (answer for _, answer in answered))
    wrong = {}
    for file, answer in answered:
        found = [tuple(part or None for part in finding) for finding in held[answer.receipt["submission_id"]]]
        if found != list(file.found):
            wrong[str(file)] = found, file.found
    assert wrong == {}


def test_the_receipts_tell_the_same_in_the_senders_language(answered: list[tuple[Golden, Answer]]) -> None:
    wrong = {}
    for file, answer in answered:
        receipt, language = answer.receipt, administrations()[file.administration].language
        found = [tuple(one[part] or None for part in TOLD) for one in receipt["findings"]]
        if (found, receipt["language"]) != (list(file.found), language):
            wrong[str(file)] = found, file.found
        for one in receipt["findings"]:
            assert re.fullmatch(_any(rule_book().rules[one["rule"]].sentence[language]), one["message"], re.DOTALL)
        page = answer.path.with_suffix(".html").read_text(encoding="utf-8")
        assert f'<html lang="{language}">' in page
        assert answer.path.with_suffix(".xlsx").exists() == bool(file.found)
    assert wrong == {}


def _any(sentence: str) -> str:
    """Return a pattern of a sentence with whatever was found in it."""
    return ".*".join(map(re.escape, re.split(r"{\w+}", sentence)))


def test_accepted_warnings_are_told_as_such(answered: list[tuple[Golden, Answer]]) -> None:
    for file, answer in answered:
        told = {one["case_ref"] for one in answer.receipt["findings"] if one["acknowledged"]}
        assert told == file.acknowledged, file
