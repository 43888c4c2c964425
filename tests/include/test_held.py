"""What has withstood every attempt stays so: the lock file, receipts, YAML, pathological texts, a terminal."""

from __future__ import annotations

import ast
import json
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from include.test_receipts_proof import home, verify
from typer.testing import CliRunner

from calypso import cli, reading
from calypso.registry import administrations
from calypso.settings import REPOSITORY
from calypso.submission import submitted

__all__ = ["home"]  # a fixture

SOURCES = [path for room in ("include", "dags", "expectations") for path in (REPOSITORY / room).rglob("*.py")]
CONTROLS = {chr(code) for code in (*range(32), *range(0x7F, 0xA0))} - {"\n", "\t"}
SECONDS = 6  # on a busy machine, of one file
MEGABYTES = 4
REPEATED = {  # what a text of commas and quotes can be made of, over and over
    "commas": ",",
    "quotes": '"',
    "doubled quotes": '"",',
    "lines": "\n",
    "carriage returns": "\r",
    "mixed ends": "\r\n\n\r",
    "semicolons and commas": ";,",
    "tabs and pipes": "\t|",
    "NUL": "\0",
    "spaces": " ",
    "digits": "9",
    "combining marks": "a\u0301\u0301\u0301",
    "an open quote on each line": '"a\n',
    "a cell of dates": "2024-11-05,",
    "the header again": "case_ref,case_type\n",
}


def test_every_package_is_locked_by_its_hash_and_comes_from_pypi() -> None:
    locked = tomllib.loads((REPOSITORY / "uv.lock").read_text(encoding="utf-8"))["package"]
    for package in locked:
        if package["source"] in ({"editable": "."}, {"virtual": "."}):
            continue
        assert package["source"] == {"registry": "https://pypi.org/simple"}, package["name"]
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files, package["name"]
        for file in files:
            assert file["hash"].startswith("sha256:"), package["name"]
            assert file["url"].startswith("https://files.pythonhosted.org/"), package["name"]
    assert len(locked) > 200


def test_no_source_reads_yaml_that_can_run_or_asks_a_shell() -> None:
    """`yaml.load` is called with a loader of safe types; nothing is evaluated or given to a shell."""
    for path in SOURCES:
        for call in (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)):
            said, where = ast.unparse(call), f"{path.name}:{call.lineno}"
            name = ast.unparse(call.func)
            assert name not in ("eval", "exec", "os.system", "os.popen"), where
            assert not any(word.arg == "shell" for word in call.keywords), where
            if name in ("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load"):
                assert "Loader=" in said or len(call.args) == 2, where
                assert "Unsafe" not in said, where
                assert "FullLoader" not in said, where


def test_a_signature_that_is_gone_and_a_key_said_twice_are_told(home: Path) -> None:
    folder = home / "hti/receipts"
    (folder / "hti_3.json.sig").rename(folder / "aside")
    assert verify(home / "hti")[1].startswith("hti_3.json has no signature: hti_3.json.sig is missing.")
    (folder / "aside").rename(folder / "hti_3.json.sig")
    body = (folder / "hti_3.json").read_text("utf-8")
    number = json.loads(body)["number"]
    (folder / "hti_3.json").write_text(body.replace("{", '{"number": 9, ', 1), "utf-8")
    code, told = verify(home / "hti")
    assert code == 1
    assert f"hti_{number}.json does not match its signature" in told


@pytest.mark.parametrize("what", REPEATED)
def test_a_pathological_text_is_read_or_refused_in_seconds(what: str) -> None:
    text = REPEATED[what]
    content = b"case_ref,case_type\n" + (text * (MEGABYTES * 2**20 // len(text))).encode()
    began = time.process_time()
    file = submitted("brb", "brb_2024-11-05_seizures.csv", content, datetime.now(UTC))
    read = reading.read(file, content, administrations()["brb"])
    assert time.process_time() - began < SECONDS
    assert read.refused or read.findings


def test_a_check_on_a_terminal_prints_no_control_character(tmp_path: Path) -> None:
    path = tmp_path / "brb_2024-11-05_seizures.csv"
    path.write_bytes(b"case_ref,case_type,\x1b]0;title\x07\nA\x1b[31mRED\x1b[0m,\x1b[2J,\x9b31m\n")
    said = CliRunner().invoke(cli.app, ["check", str(path), "--administration", "brb"])
    assert said.output
    assert not set(said.output) & CONTROLS
