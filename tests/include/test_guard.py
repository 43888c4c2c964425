"""A file that harms its reader is refused and the next one is read; a reader that is taken over gets nowhere."""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path
from typing import Any

import pytest
from corpus import books
from corpus.books import nothing, opened, patched

from calypso import answer, guard
from calypso.answer import Contents, Malformed, ReaderFailed
from calypso.finding import Finding
from calypso.guard import guarded, held, read_safely
from calypso.header import Columns
from calypso.registry import administrations
from calypso.sheet import Row, Unreadable, spelled
from calypso.submission import Submission
from calypso.table import read_table

WIDE = Columns({}, {}, 8, ("a",))
LIBC = ctypes.CDLL(None, use_errno=True)
NAME = "brb_2024-11-05_seizures.xlsx"


def contents(*cells: Any) -> Contents:
    return Contents(WIDE, [Row(1, list(cells))], ())


def outcome(attempt: Callable[[], object]) -> str:
    """Return what a reader reports of something that it tries, or how it failed."""

    def read() -> Contents:
        try:
            return contents(f"done: {attempt()}")
        except OSError as error:
            return contents(f"refused: {error}")

    try:
        [row] = read_safely(read).rows
    except ReaderFailed as failure:
        return f"refused: {failure}"
    return str(row.cells[0])


def test_what_the_child_reads_comes_back_as_it_was() -> None:
    cells = ["\0 \n\ud800é", "", None, 0.1, 1200, date(2024, 11, 5), datetime(2024, 11, 5, 8, 30), clock(14, 5)]
    told = Contents(
        Columns({"case_ref": 0}, {"x_a": 1}, 8, ("case_ref", "x_a")),
        [Row(2, cells), Row(9, [])],
        [Finding("F026", 1, given="Title"), Finding("S014", 2, "B", "unit", "=1", "2", "BB-1", {"x_a": "é"})],
    )
    found = read_safely(lambda: told)
    assert found.columns == told.columns
    assert list(found.rows) == told.rows
    assert [type(cell) for cell in next(iter(found.rows)).cells] == [type(cell) for cell in cells]
    assert list(found.findings) == list(told.findings)
    assert int(next(iter(read_safely(lambda: contents(os.getpid())).rows)).cells[0]) != os.getpid()


def test_a_refusal_in_the_child_is_the_parents_refusal() -> None:
    def refuse() -> Contents:
        raise Unreadable("F007", "2", "3", 5, "C")

    with pytest.raises(Unreadable) as refused:
        read_safely(refuse)
    assert (refused.value.rule, refused.value.row, refused.value.column) == ("F007", 5, "C")


def died(code: int) -> Callable[[], Contents]:
    def die() -> Contents:
        os.kill(os.getpid(), code)
        return contents("alive")

    return die


def test_a_reader_that_dies_twice_gives_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    start, started = guard.confined.start, []
    monkeypatch.setattr(guard.confined, "start", lambda *given: started.append(1) or start(*given))
    with pytest.raises(Unreadable) as refused:
        read_safely(died(signal.SIGKILL))
    assert (refused.value.rule, refused.value.given) == ("F023", "exit -9")
    assert len(started) == 2


def test_a_reader_that_dies_once_is_given_a_second_try(monkeypatch: pytest.MonkeyPatch) -> None:
    start, reads = guard.confined.start, [died(signal.SIGKILL), lambda: contents("read")]

    def next_one(_: object, limits: guard.confined.Limits) -> guard.confined.Child:
        read = reads.pop(0)
        return start(lambda file, opened: answer.tell(read, file, opened), limits)

    monkeypatch.setattr(guard.confined, "start", next_one)
    assert [list(row.cells) for row in read_safely(lambda: contents("never")).rows] == [["read"]]


@pytest.mark.slow
def test_a_reader_that_takes_too_long_or_too_much_is_stopped() -> None:
    def spin() -> Contents:
        while True:
            pass

    def wait() -> Contents:
        time.sleep(600)
        return contents("late")

    for slow in (spin, wait):
        with pytest.raises(Unreadable) as refused:
            read_safely(slow, seconds=1)
        assert (refused.value.rule, refused.value.given) == ("F023", "time")
    with pytest.raises(Unreadable) as refused:
        read_safely(lambda: contents(len(bytearray(4 << 30))), memory=1 << 30)
    assert (refused.value.rule, refused.value.given) == ("F023", "memory")


def test_a_defect_in_the_reader_is_no_fault_of_the_file() -> None:
    with pytest.raises(ReaderFailed, match=r"ZeroDivisionError: division by zero \(test_guard.py, line \d+\)"):
        read_safely(lambda: contents(1 / 0))  # type: ignore[arg-type]


def test_an_answer_that_is_an_object_never_runs(tmp_path: Path) -> None:
    marker = tmp_path / "marker"

    class Hostile:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {marker}",)

    with pytest.raises(ReaderFailed):
        read_safely(lambda: contents(Hostile()))
    with pytest.raises(ReaderFailed):
        read_safely(lambda: Hostile())  # type: ignore[arg-type,return-value]

    def write_pickle() -> Contents:
        for descriptor in range(3, 256):
            try:
                os.write(descriptor, pickle.dumps(Hostile()) + b"\n")
            except OSError:
                continue
        os._exit(0)

    with pytest.raises(Unreadable) as refused:
        read_safely(write_pickle)
    assert (refused.value.rule, refused.value.given) == ("F023", "answer")
    assert not marker.exists()


def test_a_reader_that_answers_nonsense_is_not_waited_for() -> None:
    def mutter() -> Contents:
        for descriptor in range(3, 256):
            with suppress(OSError):
                os.write(descriptor, b"[]\n")
        time.sleep(600)
        return contents("late")

    began = time.monotonic()
    with pytest.raises(Unreadable) as refused:
        read_safely(mutter, seconds=120)
    assert (refused.value.rule, refused.value.given) == ("F023", "answer")
    assert time.monotonic() - began < 60


def test_the_child_has_nothing_of_its_parents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALYPSO_LOADER_PASSWORD", "sesame")
    assert outcome(lambda: dict(os.environ)) == "done: {}"
    begin, end = guard.confined._environment()
    assert end > begin
    assert outcome(lambda: ctypes.string_at(begin, end - begin).strip(b"\0")) == "done: b''"
    for process in ("self", os.getppid(), os.getpid()):
        assert outcome(lambda process=process: Path(f"/proc/{process}/environ").read_bytes()).startswith("refused")  # type: ignore[misc]


def test_the_child_opens_and_changes_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "stack.env"
    secret.write_text("CALYPSO_LOADER_PASSWORD=sesame")
    secret.chmod(0o600)
    path = os.fsencode(secret)
    assert outcome(secret.read_text).startswith("refused")
    assert outcome(lambda: LIBC.open(path, os.O_RDONLY)) == "done: -1"
    assert outcome(lambda: (tmp_path / "new").write_bytes(bytes(100))).startswith("refused")
    assert outcome(lambda: LIBC.open(os.fsencode(tmp_path / "new"), os.O_CREAT | os.O_WRONLY, 0o600)) == "done: -1"
    for call in (LIBC.unlink, lambda given: LIBC.truncate(given, 0), lambda given: LIBC.chmod(given, 0o777)):
        assert outcome(lambda call=call: call(path)) == "done: -1"  # type: ignore[misc]
    with secret.open("ab") as inherited:
        assert outcome(lambda: os.write(inherited.fileno(), b"more")).startswith("refused")
    assert secret.read_text() == "CALYPSO_LOADER_PASSWORD=sesame"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["stack.env"]


def test_the_child_reaches_no_network_and_no_connection_of_its_parents() -> None:
    assert outcome(lambda: LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0)) == "done: -1"
    assert outcome(lambda: LIBC.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0)) == "done: -1"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert outcome(lambda: os.write(theirs.fileno(), b"drop table")).startswith("refused")
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)


def test_the_child_starts_nothing_and_signals_nobody() -> None:
    assert outcome(lambda: os.fork()).startswith("refused")
    assert outcome(lambda: LIBC.fork()) == "done: -1"
    assert outcome(lambda: os.execv("/bin/true", ["true"])).startswith("refused")
    parent = os.getpid()
    assert outcome(lambda: os.kill(parent, 0)).startswith("refused")
    assert outcome(lambda: LIBC.ptrace(16, parent, 0, 0)) == "done: -1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account to give up")
def test_the_child_of_root_is_not_root() -> None:
    assert outcome(lambda: (os.getuid(), os.geteuid(), os.getgid(), os.getegid())).startswith("done: (65520, 65520, ")
    assert outcome(lambda: LIBC.setuid(0)) == "done: -1"


def test_where_the_kernel_filters_no_calls_the_limits_hold(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    monkeypatch.setattr(guard.confined, "_CALLS", {})
    assert outcome(lambda: LIBC.open(os.fsencode(secret), os.O_RDONLY)) == "done: -1"
    assert outcome(lambda: LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0)) == "done: -1"
    assert outcome(lambda: LIBC.fork()) == "done: -1"
    assert outcome(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (9, 9)) or "").startswith("refused")


def test_a_child_does_not_outlive_its_parent() -> None:
    code = (
        "import sys, time\nfrom calypso import confined\n"
        "child = confined.start(lambda *_: time.sleep(600), confined.Limits(100, 1 << 30, 99, 99))\n"
        "print(child._pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert Path(f"/proc/{child}").exists()
        parent.kill()
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answer.MAX_ANSWER < 1_500_000_000
    monkeypatch.setattr(answer, "MAX_ANSWER", 1_000_000)
    for rows in ([Row(number, ["x" * 30_000]) for number in range(1, 100)], [Row(1, ["x" * 30_000] * 100)]):
        with pytest.raises(Unreadable) as refused:
            read_safely(lambda rows=rows: Contents(WIDE, rows, ()))  # type: ignore[misc]
        assert (refused.value.rule, refused.value.given) == ("F023", "answer")


HEAD = b'{"columns": {"fields": {}, "echoes": {}, "width": 2, "names": []}, "refused": false}'


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [HEAD],
        [HEAD, b"[1]"],
        [b"[1]", b'{"end": true}'],
        [HEAD, b'["1"]', b'{"end": true}'],
        [HEAD, b"[true]", b'{"end": true}'],
        [HEAD, b"[2]", b"[1]", b'{"end": true}'],
        [HEAD, b"[1048577]", b'{"end": true}'],
        [HEAD, b"[1, 2]", b'{"end": true}'],
        [HEAD, b'[1, ["a"]]', b'{"end": true}'],
        [HEAD, b'[1, "a", "b", "c"]', b'{"end": true}'],
        [HEAD, b'[1, "\\u0000zx"]', b'{"end": true}'],
        [HEAD, b'[1, "\\u0000d2024-99-99"]', b'{"end": true}'],
        [HEAD, b'[1, "' + b"x" * 40_000 + b'"]', b'{"end": true}'],
        [HEAD, b"[" * 100_000, b'{"end": true}'],
        [HEAD, b"\xff\xfe", b'{"end": true}'],
        [HEAD, b'{"end": false}'],
        [HEAD, b'{"finding": {"rule": "X1"}}', b'{"end": true}'],
        [HEAD, b'{"finding": {"rule": "F001", "echo": {"a": 1}}}', b'{"end": true}'],
        [HEAD, b'{"finding": {"rule": "F001", "more": 1}}', b'{"end": true}'],
        [HEAD.replace(b'"fields": {}', b'"fields": {"unit": 2}'), b'{"end": true}'],
        [HEAD.replace(b'"width": 2', b'"width": 1000000'), b'{"end": true}'],
        [b'{"unreadable": ["F999999", "", "", null, null]}'],
        [b'{"defect": ["os.system", "text"]}'],
    ],
)
def test_an_answer_of_another_form_is_none(lines: list[bytes]) -> None:
    with pytest.raises(Malformed):
        answer.take(iter(lines), held)


@pytest.fixture
def read_workbook(submit: Callable[..., Submission], tmp_path: Path) -> Callable[[bytes], guard.Reading]:
    def read(content: bytes) -> guard.Reading:
        path = tmp_path / NAME
        path.write_bytes(content)
        return guard.read_file(submit(NAME, content), path, administrations()["brb"])

    return read


def test_every_workbook_is_read_by_a_child_and_a_small_text_is_not(
    read_workbook: Callable[[bytes], guard.Reading], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = opened(nothing, [["case_ref"]])
    assert len(small) < 10_000

    def who(*_: object) -> guard.Reading:
        raise Unreadable("F007", str(os.getpid()), "")

    monkeypatch.setattr(guard, "read", who)
    [finding] = read_workbook(small).findings
    assert finding.given not in (None, str(os.getpid()))
    [cell] = [row.cells[0] for row in guarded(small, lambda: contents(os.getpid()), None).rows]
    assert cell != os.getpid()
    [cell] = [row.cells[0] for row in guarded(b"a,b", lambda: contents(os.getpid()), None).rows]
    assert cell == os.getpid()


@pytest.mark.parametrize("element", [b"<xf/>", b"<font/>", b"<border/>"])
def test_a_small_workbook_of_millions_of_styles_costs_nearly_nothing(
    read_workbook: Callable[[bytes], guard.Reading], element: bytes
) -> None:
    group = {b"<xf/>": b"cellXfs", b"<font/>": b"fonts", b"<border/>": b"borders"}[element]
    count = 15_000_000 // len(element)

    def many(styles: bytes) -> bytes:
        start = styles[: styles.index(b">") + 1]
        return start + b"<" + group + b">" + element * count + b"</" + group + b"></styleSheet>"

    content = patched(opened(nothing, [["case_ref"]]), {"xl/styles.xml": many})
    assert len(content) < 64 * 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    [finding] = read_workbook(content).findings
    assert finding.rule == "F022"
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before[1] < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before[0] < 100_000  # KB


@pytest.mark.slow
def test_the_child_reads_every_honest_and_every_damaged_workbook_as_this_process_does() -> None:
    """And it misses nothing that it would have to import or to open (LateOpen)."""

    def read(content: bytes) -> Contents:
        table = read_table(content)
        return Contents(Columns({}, {}, len(table.header), table.header), table.rows, table.findings)

    def told(found: Callable[[], Contents]) -> object:
        try:
            got = found()
        except Unreadable as problem:
            return problem.rule, problem.given, problem.row, problem.column
        rows = [(row.number, [(type(cell) is str, spelled(cell)) for cell in row.cells]) for row in got.rows]
        return got.columns.names, rows, list(got.findings)

    guard.prepare(None)
    for variant in [*books.well_formed(), *books.damaged()]:
        # The child first: what this process imports late, it would have to open.
        there = told(lambda variant=variant: read_safely(lambda: read(variant.content)))  # type: ignore[misc]
        here = told(lambda variant=variant: read(variant.content))  # type: ignore[misc]
        assert there == here, variant.name
