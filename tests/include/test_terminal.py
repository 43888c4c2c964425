"""No command prints a letter that a terminal obeys, or markup of a sender's; each is found by walking."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import exits
import pytest
from hostile_alphabet import ALL, ALPHABET
from typer.testing import CliRunner

from calypso import checking, cli, legible, refusal, terminal

HEADER = "case_ref,case_type,event_date,direction,category,quantity,unit,remarks"
# How each command is tried: here, on the line (tests/integration), or why it prints nothing of a sender's.
HERE, LINE = "here", "on the line"
OPERATOR = "prints what its operator, the registry and the machine say"
COMMANDS = {
    **dict.fromkeys(("check", "read", "verify-receipt", "template", "reference"), HERE),
    **dict.fromkeys(("sql", "export", "matches", "report", "results", "standing", "catalogue", "site"), LINE),
    **dict.fromkeys(("up", "down", "clean", "status", "onboard", "retire", "prepare", "rotate-signing-key"), OPERATOR),
    "demo": "prints numbers, names of the registry and of simulated files",
    **dict.fromkeys(("airflow", "within"), "become another program, whose output is its own"),
}
OURS = {  # what prints beside `terminal`, and why
    ("include/calypso/asking.py", "print"): "CSV: a terminal gets it through `plain`",
    ("include/calypso/cli.py", "sys.stdout.buffer.write"): "JSON of `terminal.as_json`",
    ("include/calypso/local/demo.py", "console.print"): "sentences of ours and of the registry",
    **dict.fromkeys(
        (("include/calypso/local/results.py", name) for name in ("console.print", "Table", "table.add_row")),
        "figures and words of the registry",
    ),
    ("include/calypso/table.py", "Table"): "is no table of rich's",
}
PRINTING = (
    *("print", "echo", "secho", "stdout.write", "stderr.write", "buffer.write", "Console", "pprint", "print_exc"),
    *("confirm", "prompt", "stdout.writelines", "add_row", "Table", "render_str", "from_markup"),
)


def seen(text: str) -> bool:
    """Tell whether every letter of what was printed can be seen and does nothing; lines end in a line feed."""
    return all(letter == "\n" or legible.is_harmless(letter) for letter in text)


def run(*arguments: str, code: int | None = None) -> Any:
    answer = CliRunner().invoke(cli.app, arguments)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    assert code is None or answer.exit_code == code
    assert seen(answer.stdout)
    assert seen(answer.stderr)
    return answer


def test_every_command_is_tried_or_prints_nothing_of_a_sender() -> None:
    assert set(COMMANDS) == exits.commands()


def test_only_one_module_prints() -> None:
    found = {
        (path, name)
        for path, name, _ in exits.calls_of(*PRINTING)
        if name not in ("reading.echo", "typer.confirm") and not path.endswith("calypso/terminal.py")
    }
    assert found == set(OURS)


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_terminal_is_shown_a_text_on_one_line(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = terminal.plain(text)
    assert legible.is_harmless(shown)
    shown.encode("utf-8")
    if legible.is_harmless(text):
        assert shown == text
    terminal.say(text)
    terminal.table([text], [[text], [None]])
    with pytest.raises(Exception, match="1"):
        refusal.refuse(text)
    out, err = capsys.readouterr()
    assert seen(out + err)
    assert out.startswith(f"{shown}\n")
    assert err == f"{shown}\n"
    letters = "".join(shown.split())
    assert letters[:20] in "".join(out.replace("│", "").replace("┃", "").split("\n", 1)[1].split())
    assert json.loads(terminal.as_json({text: [text]})) == {text: [text]}
    assert seen(terminal.as_json(text))


def test_a_defect_shows_its_trace_and_steers_nothing(tmp_path: Path) -> None:
    program = (
        "from calypso import cli, standing\n"
        "def fail(): raise RuntimeError(open(1, 'rb') and " + repr("\x1b[2J\x9b\u202e\nCalypso is down.") + ")\n"
        "cli.app = fail\ncli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert said.startswith("Traceback")
    assert "RuntimeError: \\x1b[2J\\x9b\\u202e" in said
    assert seen(said)


def report(folder: Path, name: str = "brb_2024-11-05_seizures.csv") -> Path:
    """Write a report of the alphabet: in its columns' names, in its references and remarks, and in its codes."""
    texts = [text for text in ALPHABET.values() if len(text) < 1000]
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow([*HEADER.split(","), *(f"x_{no}{text}" for no, text in enumerate(texts))])
    for text in ALPHABET.values():
        writer.writerow([text, "seizure", text, text, "gold", text, "kg", text, *texts])
    path = folder / name
    path.write_bytes(content.getvalue().encode())
    return path


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_check_shows_what_was_written(options: tuple[str, ...], tmp_path: Path) -> None:
    answer = run("check", str(report(tmp_path)), *options, code=1)
    assert "[/red]" in answer.stdout
    assert "{{ 7*7 }}" in answer.stdout
    if options:
        told = json.loads(answer.stdout)["findings"]
        assert {ALPHABET["escape"], ALPHABET["format"]} <= {finding["given"] for finding in told}


@pytest.mark.parametrize("options", [(), ("--administration", "brb"), ("--administration", "brb", "--any")])
def test_read_prints_every_cell_and_steers_nothing(options: tuple[str, ...], tmp_path: Path) -> None:
    answer = run("read", str(report(tmp_path)), *options)
    said = json.loads(answer.stdout)
    assert {row["cells"][0] for row in said["rows"]} == set(ALPHABET.values())


NAMES = ["\x1b[31mred", "a\nb", "\u202egnp.exe", "\x9b1m", "[bold]x", "%s{0}", "{given}"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_file_steers_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(b"case_ref\n")
    for arguments in (
        *(["check", str(path)], ["check", "--administration", "brb", str(path)], ["check", str(path) + "gone"]),
        *(["read", str(path)], ["read", str(path) + "gone"], ["verify-receipt", str(path)]),
        *(["template", "brb", "--output", str(tmp_path / name / "t.xlsx")], ["template", name]),
        *(["template", "brb", "--output", str(tmp_path / f"{name}.xlsx")],),
        *(["reference", str(path / "x")], ["reference", "--administration", name, str(tmp_path / "r")]),
    ):
        run(*arguments)


@pytest.mark.parametrize("text", ALPHABET.values(), ids=ALPHABET)
def test_a_receipt_that_lies_steers_nothing(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "brb" / "receipts"
    folder.mkdir(parents=True)
    (tmp_path / "brb" / "reference").mkdir()
    (tmp_path / "brb" / "reference" / "allowed_signers").write_text(f"calypso ssh-ed25519 {text}", errors="replace")
    lie = {"administration": {"code": text, "name": text}, "number": 1, "key_id": text, "answered_at": text}
    (folder / "brb_1.json").write_text(json.dumps({**lie, "previous_sha256": text}))
    (folder / "brb_1.json.sig").write_text(text, errors="replace")
    assert run("verify-receipt", str(folder)).exit_code == 1


def test_what_is_asked_of_a_file_beforehand_holds_no_line_of_a_sender(tmp_path: Path) -> None:
    [checked] = checking.check([report(tmp_path)])
    for line in checking.as_text(checked):
        assert "\n" not in line
        assert all(map(legible.is_seen, line))
