"""A file above the limit is answered without being fetched; intake ends before the disk is full, and answers go on."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import subprocess
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from integration.line import Line

from calypso import alerts, folder, inbox, landing, ledger, reading, replaying, space, warehouse
from calypso.registry import administrations
from calypso.sheet import MAX_BYTES
from calypso.submission import not_fetched
from expectations import judge

pytestmark = pytest.mark.integration

CONTENT = b"case_ref,case_type,event_date,direction\nBB-1,detention,2024-11-05,import\n"
CODES = iter(sorted(administrations()))
GIGABYTE = 1024**3
SIZES = {"3 GB": 3 * GIGABYTE, "8 TB": 8 * 1024 * GIGABYTE, "a byte more than is read": MAX_BYTES + 1}


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    with new_line("by_size", None) as made:
        yield made


class Sender:
    """An administration of its own for each test."""

    def __init__(self, line: Line) -> None:
        self.line, self.code = line, next(CODES)
        self.inbox = line.trees / self.code / "inbox"
        self.before = set(self._answers())  # of other lines, on the same trees

    def name(self, version: int = 1) -> str:
        return f"{self.code}_2024-11-05_seizures_v{version}.csv"

    def drop(self, size: int, version: int = 1, modified: int = 1_730_800_000) -> Path:
        path = self.inbox / self.name(version)
        with path.open("wb") as file:
            file.truncate(size)
        os.utime(path, (modified, modified))
        return path

    def pull(self) -> list[str]:
        return inbox.pull(self.line.sftp, self.code, self.line.settings)

    def lying(self) -> list[str]:
        return sorted(path.name for path in self.inbox.rglob("*") if path.is_file())

    def receipts(self) -> list[dict]:
        """Return the receipts in the sender's folder, in order."""
        found = [json.loads(path.read_text()) for path in self._answers() if path not in self.before]
        return sorted(found, key=lambda receipt: receipt["number"])

    def _answers(self) -> list[Path]:
        return list((self.inbox.parent / "receipts").glob("*_receipt_*.json"))

    def landed(self) -> int:
        return sum(path.stat().st_size for path in self.line.settings.landing.glob("*/*") if len(path.name) == 64)


@pytest.fixture
def sender(line: Line) -> Sender:
    return Sender(line)


@pytest.mark.parametrize("size", SIZES.values(), ids=list(SIZES))
def test_a_file_above_the_limit_is_answered_and_none_of_it_fetched(sender: Sender, monkeypatch, size: int) -> None:
    monkeypatch.setattr(inbox, "read", lambda *_: pytest.fail("it is fetched"))
    before = sender.landed()
    sender.drop(size)
    sender.line.ingest([sender.code])
    assert sender.lying() == []
    assert sender.landed() == before
    [receipt] = sender.receipts()
    moment = datetime.fromtimestamp(1_730_800_000, UTC)
    assert (receipt["state"], receipt["size_bytes"]) == ("rejected", size)
    assert receipt["sha256"] == not_fetched(size, moment)
    [finding] = receipt["findings"]
    assert finding["rule"] == "F010"
    assert str(size) in finding["message"]
    assert str(MAX_BYTES) in finding["message"]


def test_it_takes_no_turn_from_what_can_be_read(sender: Sender, monkeypatch) -> None:
    monkeypatch.setattr(inbox, "MOST_BYTES", MAX_BYTES)
    for version in range(1, 4):
        sender.drop(3 * GIGABYTE, version)
    (sender.inbox / sender.name(4)).write_bytes(CONTENT)
    assert len(sender.pull()) == 4


def test_it_is_recorded_once_for_each_time_it_is_sent(sender: Sender) -> None:
    sender.drop(3 * GIGABYTE)
    assert len(sender.pull()) == 1
    sender.drop(3 * GIGABYTE)  # the same drop: name, size and time are
    assert len(sender.pull()) == 1
    sender.drop(3 * GIGABYTE, modified=1_730_800_001)
    assert len(sender.pull()) == 2


@pytest.mark.parametrize("moment", ["rename", "record", "remove"])
def test_a_pull_killed_at_any_step_records_it_once(sender: Sender, monkeypatch, moment: str) -> None:
    class Killed(BaseException):
        pass

    where = ledger if moment == "record" else sender.line.sftp
    original = getattr(where, moment)

    def die_after(*given):
        original(*given)
        raise Killed

    sender.drop(3 * GIGABYTE)
    with monkeypatch.context() as patched:
        patched.setattr(where, moment, die_after)
        with pytest.raises(Killed):
            sender.pull()
    for _ in range(2):
        assert len(sender.pull()) == 1
    assert sender.lying() == []


def test_one_that_changes_meanwhile_waits_for_the_next_pull(sender: Sender, monkeypatch) -> None:
    path = sender.drop(3 * GIGABYTE)
    original = inbox.unchanged

    def go_on(sftp, where, drop):
        taken = sender.inbox / inbox.TAKEN / path.name
        if taken.exists():
            taken.write_bytes(CONTENT)
        return original(sftp, where, drop)

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "unchanged", go_on)
        assert sender.pull() == []
    assert len(sender.pull()) == 1
    assert (
        landing.content(
            sender.line.settings.landing,
            sender.line.rows(f"select sha256 from raw.submissions where administration_code = '{sender.code}'")[0][0],
        )
        == CONTENT
    )


def test_it_stays_refused_where_more_may_be_read_one_day(sender: Sender, monkeypatch) -> None:
    """Nothing has landed that could be read again; its sender may send it anew."""
    sender.drop(MAX_BYTES + 1)
    sender.line.ingest([sender.code])
    for module in (judge, reading):
        monkeypatch.setattr(module, "MAX_BYTES", 10 * MAX_BYTES)
    settings = sender.line.settings
    with warehouse.session(settings.warehouse("loader")) as connection:
        choice = replaying.Choice([sender.code])
        with connection:
            [submission] = replaying.chosen(connection, choice)
    assert not submission.is_fetched
    [judged] = judge.today(settings)([submission])
    assert judged.state == "rejected"


def test_a_file_is_read_in_windows_whatever_its_listed_size(sender: Sender) -> None:
    (sender.inbox / sender.name()).write_bytes(CONTENT * 1000)
    path = f"/{sender.code}/inbox/{sender.name()}".encode()
    tracemalloc.start()
    try:
        had = BytesIO()
        folder.read(sender.line.sftp, path, 8 * 1024 * GIGABYTE, had, lambda _: None)
        assert tracemalloc.get_traced_memory()[1] < 32 * 1024**2
    finally:
        tracemalloc.stop()
    assert had.getvalue() == CONTENT * 1000


def test_a_file_that_grows_is_read_to_its_listed_size(sender: Sender) -> None:
    (sender.inbox / sender.name()).write_bytes(CONTENT * 1000)
    had = BytesIO()
    path = f"/{sender.code}/inbox/{sender.name()}".encode()
    folder.read(sender.line.sftp, path, len(CONTENT) + 1, had, lambda _: None)
    assert had.getvalue() == (CONTENT * 2)[: len(CONTENT) + 1]


@pytest.fixture
def small_disk(sender: Sender, tmp_path: Path) -> Iterator[Path]:
    """A landing store on a disk of its own, of 64 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def fill(disk: Path, percent: int) -> None:
    """Leave so many percent of a disk of 64 MB free."""
    (disk / "other").write_bytes(bytes(64 * 1024**2 * (100 - percent) // 100))


def test_intake_ends_before_the_disk_is_full_and_goes_on_by_itself(
    sender: Sender, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "calypso.inbox")
    settings = dataclasses.replace(sender.line.settings, landing=small_disk / "landing")

    def pull() -> list[str]:
        return inbox.pull(sender.line.sftp, sender.code, settings)

    (sender.inbox / sender.name(1)).write_bytes(CONTENT)
    fill(small_disk, 50)
    [first] = pull()
    (sender.inbox / sender.name(2)).write_bytes(CONTENT + b"\n")
    fill(small_disk, 4)
    caplog.clear()
    assert pull() == [first]  # which is answered all the same
    assert len(caplog.records) == 1
    assert "no file is taken in" in caplog.text
    assert sender.name(2) in sender.lying()
    fill(small_disk, 50)
    assert len(pull()) == 2


def test_a_file_is_not_taken_in_where_too_little_would_be_left(
    sender: Sender, small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = dataclasses.replace(sender.line.settings, landing=small_disk / "landing")
    (sender.inbox / sender.name(1)).write_bytes(CONTENT)
    large = sender.inbox / sender.name(2)
    large.write_bytes(os.urandom(8 * 1024**2))
    os.utime(sender.inbox / sender.name(1), (1, 1))
    fill(small_disk, 15)
    assert len(inbox.pull(sender.line.sftp, sender.code, settings)) == 1
    assert large.exists()
    assert space.disk(small_disk).free * 100 > space.disk(small_disk).size * 5


@pytest.mark.parametrize(
    ("percent", "causes"), [(30, []), (15, ["disk is filling up"]), (4, ["disk is full, no file is taken in"])]
)
def test_engineers_hear_of_a_disk_with_little_space_once(
    sender: Sender, small_disk: Path, percent: int, causes: list[str]
) -> None:
    settings = dataclasses.replace(sender.line.settings, landing=small_disk / "landing", home=small_disk)
    fill(small_disk, percent)
    with warehouse.session(settings.warehouse("loader")) as connection:
        for _ in range(2):
            alerts.raise_space(connection, settings)
    raised = f"select cause, text from raw.alerts where place = '{settings.landing}'"
    found = sender.line.rows(raised, "loader")
    assert [cause for cause, _ in found] == causes
    assert all("GB free" in text for _, text in found)
