"""What a laptop says of a file before it is sent is what the platform finds in the same bytes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calypso import checking, cli, landing, simulation
from calypso.checking import check
from calypso.registry import LANGUAGES, operations
from calypso.submission import Submission, parse_name
from calypso.verdict import kept
from expectations import judge

GOOD = b"case_ref,case_type,event_date,direction,category,quantity,unit\nBB-1,seizure,05/11/2024,import,gold,2.5,kg\n"
BAD = GOOD.replace(b"import", b"sideways").replace(b"2.5", b"20000")
DAY = "brb_2024-11-05_seizures"


def run(*arguments: str):
    return CliRunner().invoke(cli.app, ["check", *arguments])


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return some hundred files as 28 offices write them, wrecked ones among them."""
    folder = tmp_path_factory.mktemp("operation")
    simulation.simulate(operations()["calypso-2024"], folder)
    files = sorted(path for path in (folder / "files").rglob("*") if path.is_file())[::4]
    # The same file sent twice is told as such by the ledger, which is not here: one of them will do.
    return list({(path.parent.name, path.name.lower(), path.read_bytes()): path for path in files}.values())


@pytest.mark.slow
def test_it_finds_what_the_platform_finds_in_the_same_order(
    corpus: list[Path], submit: Callable[..., Submission], tmp_path: Path
) -> None:
    submissions = []
    for path in corpus:
        content = path.read_bytes()
        landing.keep(tmp_path, lambda draft, content=content: draft.write(content))
        submissions.append(submit(path.name, content, path.parent.name, datetime.now(UTC)))
    assert judge.validate(submissions, tmp_path) == {}
    told = {
        path: checked
        for files, code in folders(corpus)
        for path, checked in zip(files, check(files, code), strict=True)
    }
    for path, submission in zip(corpus, submissions, strict=True):
        verdict, _, findings = kept(tmp_path, submission.submission_id)
        with findings.open(encoding="utf-8", newline="") as stored:
            platform = [tuple(row[column] for column in COLUMNS) for row in csv.DictReader(stored)]
        found = [tuple(str(finding[key] or "") for key in KEYS) for finding in told[path].findings]
        assert found == platform, path
        assert (told[path].verdict.state, told[path].verdict.rows_read) == (verdict.state, verdict.rows_read)
    assert sum(len(checked.findings) for checked in told.values()) > 50


COLUMNS = ("rule_code", "severity", "row_number", "column_letter", "field", "value_given", "value_expected", "case_ref")
KEYS = ("rule", "severity", "row", "column", "field", "given", "expected", "case_ref")


def folders(corpus: list[Path]) -> Iterator[tuple[list[Path], str | None]]:
    """Yield what may be checked in one go: all files that say rightly whose they are, and the others by folder."""
    named = [path for path in corpus if (name := parse_name(path.name)) and name.code == path.parent.name]
    yield named, None
    for path in set(corpus) - set(named):
        yield [path], path.parent.name


def test_a_good_file_passes(file: Callable[..., Path]) -> None:
    answer = run(str(file(f"{DAY}.csv", GOOD)))
    assert answer.exit_code == 0
    assert answer.stdout.splitlines()[0] == f"{DAY}.csv: It would be accepted."


def test_what_must_be_corrected_is_told_with_its_place_and_fails(file: Callable[..., Path]) -> None:
    answer = run(str(file(f"{DAY}.csv", BAD)))
    assert answer.exit_code == 1
    assert "row 2, column D · S008 · must be corrected" in answer.stdout
    assert "Direction: sideways is not a known value." in answer.stdout


def test_a_warning_alone_passes(file: Callable[..., Path]) -> None:
    answer = run(str(file(f"{DAY}.csv", GOOD.replace(b"2.5", b"20000"))))
    assert answer.exit_code == 0
    assert "S020 · please check" in answer.stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_finds_the_same_in_its_own_words(file: Callable[..., Path], language: str) -> None:
    answer = run("--json", "--language", language, str(file(f"{DAY}.csv", BAD)))
    told = json.loads(answer.stdout)
    assert [(finding["rule"], finding["column"]) for finding in told["findings"]] == [("S008", "D"), ("S020", "F")]
    assert told["findings"][0]["message"].startswith(
        {"en": "Direction:", "fr": "Sens :", "es": "Sentido:", "nl": "Richting:"}[language]
    )


def test_the_folder_decides_whose_file_it_is(file: Callable[..., Path]) -> None:
    [checked] = check([file(f"{DAY}.csv", GOOD)], "tto")
    assert [finding["rule"] for finding in checked.findings] == ["F002"]


def test_two_copies_of_a_file_are_told_apart(file: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    both = check([file(f"{DAY}.csv", BAD), file(f"copy/{DAY}.csv", BAD)])
    assert [len(checked.findings) for checked in both] == [2, 2]


def test_it_judges_as_of_now(file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    class Morning(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2024, 11, 5, 3, tzinfo=UTC)  # the evening before in Barbados

    monkeypatch.setattr(checking, "datetime", Morning)
    [checked] = check([file(f"{DAY}.csv", GOOD)])
    assert [(finding["rule"], finding["expected"]) for finding in checked.findings] == [("F016", "2024-11-04")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["report.csv"], "report.csv does not say whose file it is"),
        ([f"{DAY}.csv"], "cannot be opened"),
        ([f"{DAY}.csv", "--administration", "xyz"], "There is no administration xyz"),
        ([f"{DAY}.csv", "--language", "de"], "There is no language de"),
    ],
)
def test_what_cannot_be_checked_is_one_sentence(arguments: list[str], sentence: str) -> None:
    answer = run(*arguments)
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert sentence in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_a_value_that_would_steer_the_terminal_is_made_harmless(file: Callable[..., Path]) -> None:
    answer = run(str(file(f"{DAY}.csv", GOOD.replace(b"import", b"\x1b[31mred"))))
    assert answer.exit_code == 1
    assert "\x1b" not in answer.stdout
