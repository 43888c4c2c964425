"""However a file is uploaded, it is judged when it is whole and only then, and none of its bytes is lost."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from integration.line import Line
from integration.servers import as_hub, free_ports
from integration.wire import wire

from calypso import courtesy, inbox, landing
from calypso.registry import administrations

pytestmark = pytest.mark.integration

CONTENT = b"case_ref,case_type,event_date,direction\nBB-1,detention,2024-11-05,import\n"
CODES = iter(sorted(administrations()))


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    with ExitStack() as held:
        yield held.enter_context(new_line("uploads", None))


class Sender:
    """An administration of its own for each test, whose inbox is written on the server's disk."""

    def __init__(self, line: Line) -> None:
        self.line, self.code = line, next(CODES)
        self.inbox = line.trees / self.code / "inbox"

    def name(self, version: int = 1) -> str:
        return f"{self.code}_2024-11-05_seizures_v{version}.csv"

    def pull(self) -> list[str]:
        return inbox.pull(self.line.sftp, self.code, self.line.settings)

    def place(self, moment: str) -> object:
        """Return whose function it is by which a pull does something at the server."""
        return inbox if moment == "read" else self.line.sftp

    def received(self) -> list[tuple[str, str]]:
        """Return the name and hash of everything that the ledger knows of this sender, in order."""
        query = "select file_name, sha256 from raw.submissions where administration_code = '{}' order by recorded_at"
        return self.line.rows(query.format(self.code))

    def unanswered(self) -> list[tuple]:
        """Return the files without a receipt."""
        query = (
            "select file_name from raw.submissions where administration_code = '{}' "
            "and submission_id not in (select submission_id from raw.receipts)"
        )
        return self.line.rows(query.format(self.code))

    def waiting(self) -> list[Path]:
        return sorted(path for path in self.inbox.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.fixture
def sender(line: Line) -> Sender:
    return Sender(line)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Return a function that lets something happen once, while a pull waits for files to stand still."""

    def arrange(act: Callable[[], object]) -> None:
        acts = [act]
        monkeypatch.setattr(inbox.time, "sleep", lambda _: acts.pop()() if acts else None)

    return arrange


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("suffix", ["", ".part"])
def test_an_upload_cut_at_any_byte_is_taken_when_it_is_whole(sender, meanwhile, suffix):
    cuts = range(len(CONTENT))
    paths = [sender.inbox / f"{sender.name(cut + 1)}{suffix}" for cut in cuts]

    def go_on(step: int) -> None:
        for cut, path in zip(cuts, paths, strict=True):
            path.write_bytes(CONTENT[: cut + step])

    go_on(0)
    meanwhile(lambda: go_on(1))  # one byte more of each while the pull looks on
    assert sender.pull() == []
    assert sender.received() == []
    for path in paths:
        path.write_bytes(CONTENT)
        path.rename(str(path).removesuffix(".part"))
    sender.pull()
    assert dict(sender.received()) == {sender.name(cut + 1): digest(CONTENT) for cut in cuts}
    assert len(sender.received()) == len(cuts)
    sender.pull()
    assert sender.waiting() == []


def test_an_upload_that_stalls_for_longer_than_a_pull_waits_is_not_lost(sender):
    cuts = range(len(CONTENT))
    with ExitStack() as held:
        files = [held.enter_context((sender.inbox / sender.name(cut + 1)).open("wb", 0)) for cut in cuts]
        for cut, file in zip(cuts, files, strict=True):
            file.write(CONTENT[:cut])
        sender.pull()  # all stand still, so all are taken
        for cut, file in zip(cuts, files, strict=True):
            file.write(CONTENT[cut:])
    sender.pull()
    whole = [name for name, sha256 in sender.received() if sha256 == digest(CONTENT)]
    assert sorted(whole) == sorted(sender.name(cut + 1) for cut in cuts)
    assert landing.content(sender.line.settings.landing, digest(CONTENT)) == CONTENT
    sender.pull()
    assert sender.waiting() == []


def test_a_large_file_is_read_twice_only_where_it_has_changed(sender, monkeypatch):
    monkeypatch.setattr(courtesy, "MUCH", len(CONTENT) - 1)
    had, read = [], inbox.read
    monkeypatch.setattr(inbox, "read", lambda sftp, path, *more: (had.append(path), read(sftp, path, *more))[1])
    same, grown = sender.inbox / sender.name(1), sender.inbox / sender.name(2)
    same.write_bytes(CONTENT)
    with grown.open("wb", 0) as file:
        file.write(CONTENT)
        os.utime(grown, (1_730_800_000, 1_730_800_000))
        sender.pull()
        assert len(had) == 2
        file.write(CONTENT)
    sender.pull()
    assert [path.rpartition(b"/")[2].decode() for path in had[2:]] == [grown.name]
    assert sorted(dict.fromkeys(sender.received())) == sorted(
        [(same.name, digest(CONTENT)), (grown.name, digest(CONTENT)), (grown.name, digest(CONTENT * 2))]
    )
    sender.pull()
    assert sender.waiting() == []


def test_a_file_renamed_while_a_pull_looks_on_is_taken_once_under_its_last_name(sender, meanwhile):
    first, last = sender.inbox / sender.name(1), sender.inbox / sender.name(2)
    first.write_bytes(CONTENT)
    meanwhile(lambda: first.rename(last))
    assert sender.pull() == []
    sender.pull()
    assert sender.received() == [(last.name, digest(CONTENT))]


@pytest.mark.parametrize("moment", ["rename", "read", "remove"])
def test_a_file_replaced_while_it_is_read_is_two_submissions(sender, monkeypatch, moment):
    """The same size within the same second: SFTP shows no difference, and none is needed."""
    path, other = sender.inbox / sender.name(), CONTENT.replace(b"BB-1", b"BB-2")
    path.write_bytes(CONTENT)
    os.utime(path, (1_730_800_000, 1_730_800_000))
    place = sender.place(moment)
    original = getattr(place, moment)
    replaced = []

    def replace_first(*arguments):
        if not replaced:
            replaced.append(path.write_bytes(other))
            os.utime(path, (1_730_800_000, 1_730_800_000))
        return original(*arguments)

    monkeypatch.setattr(place, moment, replace_first)
    for _ in range(3):
        sender.pull()
    # Replaced before it is taken, the first content was never there when a pull came to read it.
    expected = [other] if moment == "rename" else [CONTENT, other]
    assert [sha256 for _, sha256 in sender.received()] == [digest(content) for content in expected]
    assert replaced


def test_what_is_written_into_a_file_while_it_is_read_is_taken_by_the_next_pull(sender, monkeypatch):
    path, original = sender.inbox / sender.name(), inbox.read
    with path.open("wb", 0) as upload:
        upload.write(CONTENT[:20])

        def go_on(*given):
            original(*given)
            upload.write(CONTENT[20:])

        with monkeypatch.context() as patched:
            patched.setattr(inbox, "read", go_on)
            assert sender.pull() == []
    sender.pull()
    assert sender.received() == [(path.name, digest(CONTENT))]


@pytest.mark.parametrize("error", [PermissionError(13, "denied"), FileNotFoundError(2, "gone"), OSError("failure")])
def test_a_file_that_cannot_be_fetched_does_not_stop_the_others(sender, monkeypatch, error):
    for version in (1, 2, 3):
        (sender.inbox / sender.name(version)).write_bytes(CONTENT)
    original = inbox.read

    def refuse(sftp, remote, size, draft, told):
        if sender.name(2).encode() in remote:
            draft.write(b"half")
            raise error
        original(sftp, remote, size, draft, told)

    with monkeypatch.context() as patched:
        patched.setattr(inbox, "read", refuse)
        assert len(sender.pull()) == 2
    sender.pull()
    assert sorted(name for name, _ in sender.received()) == [sender.name(version) for version in (1, 2, 3)]
    assert {sha256 for _, sha256 in sender.received()} == {digest(CONTENT)}


def test_a_server_that_falls_silent_in_a_file_is_waited_for_once(sender):
    patience, content = 2.0, os.urandom(10_000_000)
    (sender.inbox / sender.name()).write_bytes(content)
    port, near = sender.line.sftp.get_channel().getpeername()[1], int(free_ports(["near"])["near"])
    with wire(port, near) as one, as_hub(sender.line.trees.parent, near) as hub:
        hub.get_channel().settimeout(patience)
        one.stalls = True
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            inbox.pull(hub, sender.code, sender.line.settings)
        assert patience <= time.monotonic() - began < 2 * patience
        assert one.stalled
    sender.pull()
    assert sender.received() == [(sender.name(), digest(content))]


def test_what_goes_wrong_here_and_not_with_one_file_is_raised(sender, monkeypatch):
    (sender.inbox / sender.name()).write_bytes(CONTENT)

    def full(*_):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(inbox, "read", full)
    with pytest.raises(OSError, match="no space"):
        sender.pull()
    monkeypatch.undo()
    sender.pull()
    assert sender.received() == [(sender.name(), digest(CONTENT))]


def test_a_file_deleted_while_a_pull_looks_on_is_gone(sender, monkeypatch):
    gone, kept = sender.inbox / sender.name(1), sender.inbox / sender.name(2)
    gone.write_bytes(CONTENT)
    kept.write_bytes(CONTENT)
    original = sender.line.sftp.rename

    def delete_first(old, new):
        if gone.name.encode() in old:
            gone.unlink()
        return original(old, new)

    monkeypatch.setattr(sender.line.sftp, "rename", delete_first)
    sender.pull()
    assert [name for name, _ in sender.received()] == [kept.name]


def test_a_pull_that_is_killed_at_any_step_loses_nothing_and_takes_nothing_twice(sender, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    for version, moment in enumerate(("rename", "read", "lstat", "remove"), start=1):
        (sender.inbox / sender.name(version)).write_bytes(CONTENT)
        for when in ("before", "after"):
            place = sender.place(moment)
            original = getattr(place, moment)
            act = die if when == "before" else lambda *given, original=original: (original(*given), die())
            with monkeypatch.context() as patched:
                patched.setattr(place, moment, act)
                with pytest.raises(Killed):
                    [sender.pull() for _ in range(2)]
    sender.pull()
    sender.pull()
    assert sorted(sender.received()) == [(sender.name(version), digest(CONTENT)) for version in (1, 2, 3, 4)]
    assert sender.waiting() == []


def test_what_is_no_regular_file_is_never_followed(sender, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"of somebody else")
    (sender.inbox / sender.name(1)).symlink_to(secret)
    (sender.inbox / sender.name(2)).mkdir()
    os.mkfifo(sender.inbox / sender.name(3))
    (sender.inbox / sender.name(4)).symlink_to(sender.inbox / "nowhere")
    (sender.inbox / sender.name(5)).write_bytes(CONTENT)
    sender.pull()
    assert [name for name, _ in sender.received()] == [sender.name(5)]
    assert secret.exists()
    for version in (1, 2, 3, 4):
        path = sender.inbox / sender.name(version)
        path.rmdir() if version == 2 else path.unlink()


@pytest.mark.parametrize("what", ["file", "link", "link to a folder", "pipe", "folder"])
def test_nothing_in_the_place_of_what_is_taken_keeps_files_from_being_answered(sender, what):
    taken = sender.inbox / inbox.TAKEN
    match what:
        case "file":
            taken.write_bytes(b"mine")
        case "link":
            taken.symlink_to(sender.inbox / "nowhere")
        case "link to a folder":
            taken.symlink_to("../receipts")
        case "pipe":
            os.mkfifo(taken)
        case "folder":
            (taken / sender.name(2)).mkdir(parents=True)
            (taken / sender.name(3)).write_bytes(CONTENT)
    for version in (1, 2):
        (sender.inbox / sender.name(version)).write_bytes(CONTENT)
    for _ in range(2):
        sender.line.ingest([sender.code])
    names = {name for name, _ in sender.received()}
    assert {sender.name(1), sender.name(2)} <= names
    assert (sender.name(3) in names) == (what == "folder")
    assert any(name.startswith("taken-") for name in names) == (what == "file")  # which is answered as any other
    assert sender.waiting() == []
    assert sender.unanswered() == []


NAMES = {
    "newline": b"brb_2024-11-05\n_seizures.csv",
    "control": b"\x01\x1b[2J\x7f.csv",
    "255 bytes": b"a" * 251 + b".csv",
    "no UTF-8": b"d\xe9claration.csv",
    "no UTF-8, and long": b"\xff" * 255,
    "right to left": "\u202ecsv.exe".encode(),
    "backslash": b"x\\..\\y.csv",
    "quotes": b"';drop table raw.submissions;--.csv",
    "spaces": b" .csv ",
}


def test_no_name_stops_an_inbox_and_each_is_answered(sender):
    folder = sender.line.trees / sender.code / "receipts"
    before = set(folder.glob("*.json"))
    for name in NAMES.values():
        (sender.inbox / os.fsdecode(name)).write_bytes(CONTENT)
    (sender.inbox / sender.name()).write_bytes(CONTENT)
    assert len(sender.line.ingest([sender.code])) == len(NAMES) + 1
    assert {name for name, _ in sender.received()} == {
        sender.name(),
        *(name.decode("utf-8", "backslashreplace") for name in NAMES.values()),
    }
    sender.pull()
    assert sender.waiting() == []
    assert len(set(folder.glob("*.json")) - before) == len(NAMES) + 1


def test_a_full_inbox_is_emptied_in_portions_oldest_first(sender):
    count = 5_000
    for number in range(count):
        path = sender.inbox / f"{number:04}.csv"
        path.write_bytes(b"%d" % number)
        os.utime(path, (1_730_800_000 - number,) * 2)
    started = time.monotonic()
    assert len(sender.pull()) == inbox.MOST_FILES
    assert time.monotonic() - started < 60
    oldest = {f"{number:04}.csv" for number in range(count - inbox.MOST_FILES, count)}
    assert {name for name, _ in sender.received()} == oldest
    assert len(sender.pull()) == 2 * inbox.MOST_FILES
    assert len(sender.waiting()) == count - inbox.MOST_FILES


def test_only_so_many_bytes_are_taken_by_one_pull(sender, monkeypatch):
    monkeypatch.setattr(inbox, "MOST_BYTES", len(CONTENT) + 1)
    for version in (1, 2, 3):
        (sender.inbox / sender.name(version)).write_bytes(CONTENT)
    assert [len(sender.pull()) for _ in range(3)] == [1, 2, 3]


def test_the_first_file_counts_for_the_bytes_of_one_pull_too(sender, monkeypatch):
    monkeypatch.setattr(inbox, "MOST_BYTES", len(CONTENT) - 1)
    (sender.inbox / sender.name()).write_bytes(CONTENT)
    assert sender.pull() == []
    assert [path.name for path in sender.waiting()] == [sender.name()]


def test_what_lies_in_an_inbox_is_listed_with_what_was_taken(sender):
    """What is taken is read once more by the next pull, which gives way for it, too."""
    (sender.inbox / sender.name(1)).write_bytes(CONTENT)
    sender.pull()
    (sender.inbox / sender.name(2)).write_bytes(CONTENT)
    found = inbox.listed(sender.line.sftp, sender.code)
    assert [(drop.file_name, drop.size) for drop in found] == [(sender.name(n), len(CONTENT)) for n in (1, 2)]


def test_a_pull_waits_for_as_long_as_it_is_told(sender, monkeypatch):
    waited = []
    monkeypatch.setattr(inbox.time, "sleep", waited.append)
    patient = dataclasses.replace(sender.line.settings, settle_seconds=10)
    assert inbox.pull(sender.line.sftp, sender.code, patient) == []
    (sender.inbox / sender.name()).write_bytes(CONTENT)
    inbox.pull(sender.line.sftp, sender.code, patient)
    assert waited == [10]
