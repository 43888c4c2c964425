"""What senders write goes the whole line, from files to receipts, tables, reports and commands, and stays text."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hostile_alphabet import ALPHABET
from include.test_spreadsheet import is_formula
from include.test_terminal import COMMANDS, LINE, seen
from integration.line import TABLES_ALONE, Line
from typer.testing import CliRunner

from calypso import building, cli, legible, settings
from calypso.contracts import contracts

OPERATION = "calypso-2024"
# Without a formula, which no row may hold, and not too long; every letter that a row keeps.
TEXTS = [text for text in ALPHABET.values() if len(text) < 120 and not text.strip().startswith("=")]
NAMES = [
    *("brb_{{7*7}}.csv", "brb_\x1b[31m.csv", "brb_\u202egnp.csv", "[bold]x.csv", "$(id).csv", "<b>.csv", "=1+1.csv"),
    *("a\nb.csv", "%s{given}.csv", "brb_2024-11-05_seizures_v\u0662.csv", "brb_2024-11-05_se\u0131zures.csv"),
]


def content(texts: Sequence[str]) -> bytes:
    fields = contracts()["seizures"].fields
    free = [name for name in ("place", "conveyance", "make", "model", "description", "remarks") if name in fields]
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    head = ["case_ref", "case_type", "event_date", "direction", "category", "quantity", "unit", *free]
    writer.writerow([*head, "x_own", "x_{{7*7}}[/red]"])
    for no, text in enumerate(texts):
        cells = [f"{text} {no}", "seizure", "05/11/2024", "import", "firearm", "20000", "piece"]
        writer.writerow([*cells, *[text] * len(free), text, text])
    for text in texts:  # and one row in which every cell is another's language
        writer.writerow([text, text, text, text, text, text, text, *[text] * len(free), text, text])
    return written.getvalue().encode()


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Any]) -> Iterator[Line]:
    """A warehouse in which every text that a sender may choose is hostile."""
    made: Line
    with new_line("hostile_texts", None) as made:
        inbox = made.trees / "brb" / "inbox"
        (inbox / "brb_2024-11-05_seizures.csv").write_bytes(content(TEXTS))
        for name in NAMES:
            (inbox / name).write_bytes(b"case_ref\n")
        Path(os.fsdecode(os.fsencode(inbox) + b"/brb_\xe9\x9b.csv")).write_bytes(b"case_ref\n")
        made.ingest(["brb"])
        building.build(made.settings, without=TABLES_ALONE)
        yield made


@pytest.fixture
def run(line: Line, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that runs a command of this warehouse, and holds what it prints to what a terminal may get."""
    monkeypatch.setattr(settings, "current", lambda: line.settings)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, code: int = 0) -> Any:
        answer = CliRunner().invoke(cli.app, arguments)
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        assert answer.exit_code == code, answer.output
        return answer

    return call


def test_every_file_is_answered_and_every_row_is_kept_as_it_was_written(line: Line) -> None:
    found = {name for (name,) in line.rows("select file_name from raw.submissions", "loader")}
    assert found == {"brb_2024-11-05_seizures.csv", "brb_\\xe9\\x9b.csv", *NAMES}
    receipts = {name for (name,) in line.rows("select file_name from raw.receipts", "loader")}
    assert len(receipts) == len(found)
    assert receipts <= {path.name for path in (line.trees / "brb" / "receipts").glob("*.json")}
    [[kept]] = line.rows("select count(*) from raw.submissions", "loader")
    assert kept == len(found)
    remarks = {
        said for (said,) in line.rows("select remarks from raw.seizure_rows where remarks is not null", "loader")
    }
    assert {text.strip() for text in TEXTS if text.strip()} <= remarks


def test_a_receipt_repeats_what_was_written_in_every_form(line: Line) -> None:
    folder = line.trees / "brb" / "receipts"
    for path in folder.glob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert "<script" not in page
        assert all(letter in "\n\t" or legible.is_seen(letter) for letter in page)
    told = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    given = {finding["given"] for receipt in told for finding in receipt["findings"]}
    assert ALPHABET["jinja"] in given
    assert not any("49" in str(finding["message"]) and "7*7" in str(finding["given"]) for receipt in told
                   for finding in receipt["findings"])  # fmt: skip


QUERIES = (
    "select cases.case_ref, cases.place, items.remarks from fct_items items join fct_cases cases using (case_key)",
    'select value_given as "[/red]{{7*7}}", case_ref from fct_findings',
    "select file_name from fct_submissions",
)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_shown_and_steers_nothing(query: str, run: Callable[..., Any], line: Line) -> None:
    try:
        answer = run("sql", query)
    except AssertionError as refusal:
        pytest.fail(str(refusal))
    assert seen(answer.output)
    assert len(answer.output) > 1000 or "file_name" in query


def test_an_error_of_the_database_is_one_line_that_steers_nothing(run: Callable[..., Any]) -> None:
    escape = "'\x1b[31m\u202e[/red]'"
    answer = run("sql", f"select {escape}::int", code=1)
    assert seen(answer.output)
    assert "[/red]" in answer.output
    assert seen(run("sql", "--csv", f"select {escape}::int", code=1).output)


def test_csv_of_a_query_holds_every_letter_and_no_formula(run: Callable[..., Any], line: Line) -> None:
    query = "select remarks, 1.50::numeric as n, -2 as m, null as nothing, '' as empty, true as b from fct_items"
    answer = run("sql", "--csv", query)
    head, *rows = csv.reader(io.StringIO(answer.stdout_bytes.decode(), newline=""))
    assert head == ["remarks", "n", "m", "nothing", "empty", "b"]
    assert not [row[0] for row in rows if is_formula(row[0])]
    assert {tuple(row[1:]) for row in rows} == {("1.50", "-2", "", "", "t")}
    assert answer.stdout.splitlines()[-1].endswith(',1.50,-2,,"",t')
    texts = {row[0].removeprefix("'") for row in rows}
    assert texts == {said.removeprefix("'") for (said,) in line.rows("select remarks from marts.fct_items")}


def test_csv_that_holds_no_formula_is_as_the_database_copies_it(run: Callable[..., Any], line: Line) -> None:
    """Numbers, moments, lists and objects are written as COPY writes them, which programs may read already."""
    import psycopg2

    query = (
        "select 1.50::numeric, -2, 1e-7::float8, true, date '2024-11-05', timestamptz '2024-11-05 12:00+00', "
        "array['a','b \"c\"'], '{\"a\": 1}'::jsonb, interval '1 day', null, '', 'a\"b', E'x\\ny', 'a,b', '-5' as t"
    )
    copied = io.StringIO()
    with psycopg2.connect(line.settings.warehouse("analyst")) as connection:
        connection.cursor().copy_expert(f"copy ({query}) to stdout with (format csv, header)", copied)
    assert run("sql", "--csv", f"{query};").stdout == copied.getvalue()
    assert run("sql", "--csv", "select 1 as a where false").stdout == "a\n"


def test_csv_on_a_terminal_steers_nothing(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    from calypso import asking

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    with asking.analyst(line.settings) as cursor:
        asking._print_csv(cursor, "select remarks, file_name from fct_items join fct_submissions using (submission_id)")
    assert "\\x1b[31m" in screen.getvalue()
    assert seen(screen.getvalue())


# What the remaining commands of `COMMANDS` are given; what they write is held to it as well.
OTHERS: dict[str, tuple[str, ...]] = {
    "export": ("export", "fct_items", "--output", "items.csv"),
    "matches": ("matches", "--operation", OPERATION),
    "report": ("report", OPERATION, "--day", "2024-11-05", "--to", "report", "--language", "en"),
    "results": ("results", OPERATION, "--to", "results", "--language", "en"),
    "standing": ("standing", "brb", OPERATION, "--to", "standing"),
}
ELSEWHERE = {"sql": "above", "catalogue": "prints a path", "site": "prints a path"}


def test_every_command_of_the_line_is_tried() -> None:
    assert {*OTHERS, *ELSEWHERE} == {name for name, how in COMMANDS.items() if how == LINE}


@pytest.mark.parametrize("command", sorted(set(OTHERS) - {"matches"}))
def test_a_command_prints_and_writes_nothing_that_steers(command: str, run: Callable[..., Any], tmp_path: Path) -> None:
    answer = run(*OTHERS[command])
    assert seen(answer.output)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    for path in written:
        if path.suffix == ".html":
            page = path.read_text(encoding="utf-8")
            assert "<script" not in page
            assert all(letter in "\n\t" or legible.is_seen(letter) for letter in page)
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                assert not [cell for row in csv.reader(file) for cell in row if is_formula(cell) and not _number(cell)]


def _number(cell: str) -> bool:
    return cell.removeprefix("-").replace(".", "", 1).isdigit()


def test_pairs_of_cases_are_named_on_lines_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """What `matches` says of pairs: their references are a sender's."""
    from calypso import terminal

    for text in ALPHABET.values():
        terminal.say(f"missed: brb {text} and tto {text}")
    out = capsys.readouterr().out
    assert seen(out)
    assert out.count("\n") == len(ALPHABET)
