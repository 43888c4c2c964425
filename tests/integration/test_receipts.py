"""Every file is answered, signed and chained; what was answered stays, byte for byte, whatever is run again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from integration.line import Line
from jsonschema import Draft202012Validator

from calypso import ledger, receipts, warehouse
from calypso.receipts import signing, verification
from calypso.registry import administrations, operations
from calypso.submission import Submission, identify, parse_name
from calypso.verdict import FINDING_COLUMNS, Verdict
from expectations.rules import rule_book, sentences

pytestmark = [pytest.mark.integration, pytest.mark.core]

# The offices whose receipts are looked at: the first of each language.
OFFICES = {office.language: office.code for office in reversed(administrations().values())}
BROKEN = 250_000
SCHEMA = json.loads((Path(receipts.__file__).parent / "receipt.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def answered(new_line: Callable[..., Line], folder: Path) -> Iterator[tuple[Line, dict[str, float]]]:
    """One office of each language has sent all its files of 2024; with the seconds each answer took."""
    with ExitStack() as held:
        made = held.enter_context(new_line("receipts", folder / "clock.csv"))
        for left in [path for code in OFFICES.values() for path in (made.trees / code / "receipts").iterdir()]:
            left.unlink()  # another line's, which shares the trees, under the same name
        made.drop(path for code in OFFICES.values() for path in (folder / "files" / code).iterdir())
        seconds: dict[str, float] = {}
        acknowledge = receipts.acknowledge

        def timed(connection, sftp, ids, *rest):  # type: ignore[no-untyped-def]
            waiting = []
            for code in sorted(OFFICES.values()):
                began = time.monotonic()
                waiting += acknowledge(connection, sftp, [one for one in ids if one.startswith(code)], *rest)
                seconds[code] = time.monotonic() - began
            return waiting

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(receipts, "acknowledge", timed)
            made.ingest(OFFICES.values())
        yield made, seconds


def issued(made: Line) -> list[dict]:
    names = "submission_id, administration_code, number, previous_sha256, file_name, body, sha256, signature, key_id"
    found = made.rows(f"select {names} from raw.receipts order by administration_code, number")
    return [dict(zip(names.split(", "), row, strict=True)) for row in found]


def own_folder(made: Line, code: str, folder: Path) -> Path:
    """Copy what this line has put into an administration's tree, which lines share, as it would see it."""
    (folder / "receipts").mkdir(parents=True)
    (folder / "reference").mkdir()
    for one in issued(made):
        if one["administration_code"] == code:
            stem = one["file_name"].removesuffix(".json")
            for path in (made.trees / code / "receipts").glob(f"{stem}.*"):
                shutil.copy(path, folder / "receipts" / path.name)
    for name in ("allowed_signers", "last_receipt.json"):
        shutil.copy(made.trees / code / "reference" / name, folder / "reference" / name)
    return folder


@pytest.mark.measured
def test_every_receipt_is_there_in_every_form(answered: tuple[Line, dict[str, float]]) -> None:
    made, seconds = answered
    found = issued(made)
    assert len(found) > 60
    assert made.rows("select count(*) from raw.submissions") == [(len(found),)]
    for one in found:
        folder, stem = made.trees / one["administration_code"] / "receipts", one["file_name"].removesuffix(".json")
        body = (folder / f"{stem}.json").read_bytes()
        receipt = json.loads(body)
        assert body == one["body"].encode()
        assert hashlib.sha256(body).hexdigest() == one["sha256"]
        assert (folder / f"{stem}.json.sig").read_text() == one["signature"]
        assert list(Draft202012Validator(SCHEMA).iter_errors(receipt)) == []
        page = (folder / f"{stem}.html").read_text(encoding="utf-8")
        assert f'<html lang="{receipt["language"]}">' in page
        assert not re.search(r"(?:src|href)=\"(?:[a-z]+:)?//|url\(|@import|<script", page)
        assert (folder / f"{stem}.xlsx").exists() == bool(receipt["findings"])
    assert not list(made.trees.glob("*/receipts/*.txt"))
    print({code: round(took, 2) for code, took in seconds.items()})
    assert max(seconds.values()) < 5, seconds  # aimed at 1.5 s on a machine that does nothing else


def test_the_chain_of_each_office_holds_and_openssh_agrees(
    answered: tuple[Line, dict[str, float]], tmp_path: Path
) -> None:
    made, _ = answered
    for code in OFFICES.values():
        folder = own_folder(made, code, tmp_path / code)
        report = verification.verify([folder])
        assert (report.problems, report.receipts) == ([], len(list((folder / "receipts").glob("*.json"))))
        assert report.chains == {code: (1, report.receipts)}
        last = max((folder / "receipts").glob("*.json"), key=lambda path: json.loads(path.read_bytes())["number"])
        kept, last = last.read_bytes(), last.rename(tmp_path / last.name)
        assert verification.verify([folder]).problems == [f"Receipt {report.receipts} of {code} is missing."]
        last.rename(folder / "receipts" / last.name).write_bytes(kept)
        for path in (folder / "receipts").glob("*.json"):
            signed = ["-s", f"{path}.sig", "-f", folder / "reference" / "allowed_signers"]
            done = subprocess.run(
                ["ssh-keygen", "-Y", "verify", "-I", "calypso", "-n", "calypso-receipt", *signed],
                input=path.read_bytes(),
                capture_output=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr


def test_answering_again_delivers_the_same_bytes(answered: tuple[Line, dict[str, float]]) -> None:
    made, _ = answered
    before = issued(made)
    folders = [made.trees / code / "receipts" for code in OFFICES.values()]
    stems = {one["file_name"].removesuffix(".json") for one in before}
    files = {p: p.read_bytes() for folder in folders for p in folder.iterdir() if p.name.split(".")[0] in stems}
    assert len(files) >= 3 * len(before)
    for path in files:
        path.unlink()
    with warehouse.session(made.settings.warehouse("loader")) as connection:
        ids = [one["submission_id"] for one in before]
        assert receipts.acknowledge(connection, made.sftp, ids, sentences(), made.settings) == []
    assert {path: path.read_bytes() for path in files} == files
    assert issued(made) == before


def test_what_is_replaced_and_what_is_expected(answered: tuple[Line, dict[str, float]]) -> None:
    """Held against a plain reading of raw, file by file."""
    made, _ = answered
    states = {
        row[0]: row
        for row in made.rows(
            "select submission_id, administration_code, reporting_day, version, received_at, state, file_name, sha256 "
            "from raw.submissions join raw.submission_states using (submission_id) "
            "where state in ('accepted', 'partly_accepted', 'nil', 'rejected', 'duplicate')"
        )
    }
    counting = [row for row in states.values() if row[5] in ("accepted", "partly_accepted", "nil")]

    def rank(row):  # type: ignore[no-untyped-def]
        return (0 if row[5] == "nil" else row[3], row[4], row[7], row[0])

    replacing = 0
    for one in issued(made):
        receipt, this = json.loads(one["body"]), states[one["submission_id"]]
        earlier = [row for row in counting if row[1:3] == this[1:3] and (row[4], row[0]) < (this[4], this[0])]
        last = max(earlier, key=rank, default=None)
        if this in counting and last and rank(last) < rank(this):
            replacing += 1
            assert receipt["replaces"]["submission_id"] == last[0]
            assert receipt["replaces"]["file_name"] == last[6]
        else:
            assert receipt["replaces"] is None
        operation = operations()["calypso-2024"]
        today = min(datetime.fromisoformat(receipt["received_at"]).date(), operation.ends_on)
        days = {operation.starts_on + timedelta(days=n) for n in range((today - operation.starts_on).days + 1)}
        missing = days - {row[2] for row in counting if row[1] == this[1]}
        assert [date.fromisoformat(day) for day in receipt["expected"]] == sorted(missing)
    assert replacing > 0


def submission(made: Line, number: int, findings: int, code: str = "hti") -> Submission:
    """Record a rejected file with findings of its own, straight into raw."""
    content = f"{code} {number}".encode()
    file_name = f"{code}_2024-11-{number + 4:02}_seizures.csv"
    sha256 = hashlib.sha256(content).hexdigest()
    made_up = Submission(
        identify(code, file_name, sha256), code, file_name, parse_name(file_name), "calypso-2024", sha256,
        len(content), datetime.now(UTC), datetime.now(UTC), True,
    )  # fmt: skip
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for finding in range(findings):
        rule = "S010" if finding == findings - 1 else "S012"
        hostile = f'=HYPERLINK("http://example.org")<script>{finding}</script>' + "9" * 900
        writer.writerow(
            [made_up.submission_id, finding + 1, rule, rule_book().rules[rule].severity, finding + 2, "H", "quantity",
             hostile, "1250,5", f"HT-{finding}", json.dumps({"x_dossier": f"@SUM({finding})" + "x" * 300})]
        )  # fmt: skip
    text.seek(0)
    with warehouse.transaction(made.settings.warehouse("loader")) as connection:
        ledger.record(connection, made_up)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"copy raw.findings ({', '.join(FINDING_COLUMNS)}) from stdin with (format csv)", text)
        verdict = Verdict(made_up.submission_id, "rejected", findings, 0, findings, "1-test", "seizures")
        ledger.reach(connection, made_up.submission_id, "rejected", verdict)
    return made_up


@pytest.mark.measured
def test_250_000_findings_are_answered_in_bounds(answered: tuple[Line, dict[str, float]]) -> None:
    made, _ = answered
    broken = submission(made, 0, BROKEN)
    began = time.monotonic()
    with warehouse.session(made.settings.warehouse("loader")) as connection:
        ids = [broken.submission_id]
        assert receipts.acknowledge(connection, made.sftp, ids, sentences(), made.settings) == []
    seconds = time.monotonic() - began
    [one] = [one for one in issued(made) if one["submission_id"] == broken.submission_id]
    receipt = json.loads(one["body"])
    files = list((made.trees / "hti" / "receipts").glob(f"{one['file_name'].removesuffix('.json')}.*"))
    size = sum(path.stat().st_size for path in files)
    print(f"{BROKEN} findings: {seconds:.1f} s, {size} bytes in {len(files)} files, {len(receipt['findings'])} told")
    assert len(files) == 4
    assert seconds < 120
    assert size < 5_000_000
    assert {total["rule"]: total["count"] for total in receipt["totals"]} == {"S012": BROKEN - 1, "S010": 1}
    assert len(receipt["findings"]) + receipt["findings_left_out"] == BROKEN
    assert "S010" in {finding["rule"] for finding in receipt["findings"]}  # the rare one is not hidden
    rows = [finding["row"] for finding in receipt["findings"]]
    assert rows == sorted(rows)


def test_answers_given_at_the_same_time_share_one_chain(answered: tuple[Line, dict[str, float]]) -> None:
    made, _ = answered
    waiting = [submission(made, number, 1, "guy") for number in range(12)]
    signs = signing.signer(made.settings.signing_keys)

    def answer(one: Submission) -> None:
        with warehouse.transaction(made.settings.warehouse("loader")) as connection:
            receipts.issue(connection, one, "rejected", sentences(), signs)

    with ThreadPoolExecutor(6) as together:
        list(together.map(answer, waiting + waiting))
    found = [one for one in issued(made) if one["administration_code"] == "guy"]
    assert [one["number"] for one in found] == list(range(1, 13))
    assert [one["previous_sha256"] for one in found] == [None, *(one["sha256"] for one in found[:-1])]
