"""A guard reads in a child process with limits, so that a file that kills its reader is answered like any other."""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from calypso.reading import Reading, read, refused
from calypso.registry import Administration
from calypso.sheet import MAX_BYTES, Unreadable
from calypso.sheet.archive import is_archive
from calypso.sheet.limits import MAX_MEMORY, MAX_SECONDS
from calypso.submission import Submission

ATTEMPTS = 2  # a reader may die of what is no fault of the file, once
GUARDED_WORKBOOK = 256 * 1024  # bytes from which a workbook can ask for much
GUARDED_TEXT = 16 * 1024 * 1024
_GRACE = 2  # times the processor time: so long may a reader wait for a busy machine,
_POLITE_GRACE = 20  # and so long where it lets others go before it

Result = TypeVar("Result")


def read_file(submission: Submission, path: Path, administration: Administration) -> Reading:
    """Read a submission's file where it lies: a text from its path, a workbook guarded; one too large is not opened."""
    if submission.size > MAX_BYTES:
        return read(submission, b"", administration)
    with path.open("rb") as file:
        if not is_archive(file.read(4)):
            return read(submission, path, administration)  # a text asks for no more than its bytes
    content = path.read_bytes()
    try:
        return guarded(content, lambda: read(submission, content, administration, False))
    except Unreadable as killed:
        return refused(submission, killed)


def guarded(content: bytes, read: Callable[[], Result]) -> Result:
    """Return what `read` returns of `content`; in a child process where the content is large enough to hurt."""
    if len(content) < (GUARDED_WORKBOOK if is_archive(content) else GUARDED_TEXT):
        return read()
    return read_safely(read)


def read_safely(read: Callable[[], Result], seconds: int = MAX_SECONDS, memory: int = MAX_MEMORY) -> Result:
    """Return what `read` returns in a child process, or raise what it raises.

    Raises Unreadable (F023) where the child dies twice, or needs more processor time or memory than given.
    """
    how = ""
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryFile() as answer:
            how = _in_child(read, answer, seconds, memory)
            if not how:
                answer.seek(0)
                result = pickle.load(answer)  # noqa: S301  # our own child has written it
                if isinstance(result, Exception):
                    raise result
                returned: Result = result
                return returned
        if how == "time":
            break  # it would only take as long again
    raise Unreadable("F023", how, f"{seconds} s, {memory // 1024**2} MB")


def _in_child(read: Callable[[], object], answer: IO[bytes], seconds: int, memory: int) -> str:
    """Fork, read, and write the answer; return how the child died, the empty text where it lived."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _limit(seconds, memory)
            try:
                result = read()
            except MemoryError:
                raise
            except Exception as problem:
                result = problem  # a refusal, or a defect that the parent shall show
            pickle.dump(result, answer, protocol=pickle.HIGHEST_PROTOCOL)
            answer.flush()
            status = 0
        except MemoryError:
            status = 3
        finally:
            os._exit(status)  # nothing of the parent's may run twice
    return _wait(child, seconds)


def _limit(seconds: int, memory: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _wait(child: int, seconds: int) -> str:
    until = time.monotonic() + seconds * (_POLITE_GRACE if os.nice(0) > 0 else _GRACE)
    pause = 0.001
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "time"
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return ""
    if code == -signal.SIGXCPU:
        return "time"
    return "memory" if code == 3 else f"exit {code}"
