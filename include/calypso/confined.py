"""Run a function in a child process that can compute and write to one pipe, and do nothing else.

The child keeps the memory of its parent, since it is forked, and gives up the rest before the function is called:
descriptors, environment, account (where it runs as root), new files, new processes, and by a filter of system calls
(seccomp, on Linux for x86-64 and ARM) whatever is not needed to compute: no network, no path, no signal to others.
Where the kernel has no such filter, the limits hold alone: none of them lets a descriptor or a process be made.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

ACCOUNT = 65_520  # of a child of root: an identifier that systems leave unused, below that of nobody
OUT_OF_MEMORY = 3  # the child's exit status
_GRACE = 2  # times the processor time: so long may a child wait for a busy machine,
_POLITE_GRACE = 20  # and so long where it lets others go before it
_CHUNK = 1024 * 1024  # bytes read from the pipe at a time
_NOTED = 8  # attempts to open something

_SET_DEATH_SIGNAL, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 22, 38  # options of prctl
_FILTER = 2  # mode of seccomp
# System calls that computing and writing need. The last two, kill and tgkill, reach the child itself alone.
_CALLS = {
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 20, 24, 25, 28, 35, 39, 60, 96, 98, 102, 104, 107, 108, 110, 131),
        (186, 201, 202, 219, 228, 229, 230, 231, 318, 324, 334),
        (62, 234),
    ),
    "aarch64": (
        0xC00000B7,
        (57, 62, 63, 64, 66, 80, 93, 94, 98, 101, 113, 114, 115, 124, 128, 132, 134, 135, 139, 165, 169),
        (172, 173, 174, 175, 176, 177, 178, 214, 215, 216, 222, 226, 233, 278, 283, 293),
        (129, 131),
    ),
}

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Stopped(Exception):
    """A child was stopped, or died, before it had answered; `how` is time, memory, answer or an exit status."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


@dataclass(frozen=True)
class Limits:
    """What a child may use: processor seconds, bytes of memory beyond its parent's, bytes of answer and of a line."""

    seconds: int
    memory: int
    answer: int
    line: int


class Child:
    """A running child: its lines, and its end."""

    def __init__(self, pid: int, pipe: int, limits: Limits) -> None:
        """Take over a child that was forked, and the end of the pipe at which it is read."""
        self._pid, self._pipe, self._limits = pid, pipe, limits
        self._status: int | None = None  # once the child was waited for
        self._is_silent = False  # once it has closed its pipe
        patience = _POLITE_GRACE if os.nice(0) > 0 else _GRACE
        self._until = time.monotonic() + limits.seconds * patience

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that the child writes; raises Stopped where they are too many, too long or too late."""
        rest, taken = bytearray(), 0
        while chunk := self._chunk():
            taken += len(chunk)
            if taken > self._limits.answer:
                raise Stopped("answer")
            first, *others = chunk.split(b"\n")
            rest += first
            if len(rest) > self._limits.line:
                raise Stopped("answer")
            if others:
                yield bytes(rest)
                yield from others[:-1]
                rest = bytearray(others[-1])
        self._is_silent = True

    def _chunk(self) -> bytes:
        poll = select.poll()
        poll.register(self._pipe, select.POLLIN)
        if not poll.poll(max(0, self._until - time.monotonic()) * 1000):
            raise Stopped("time")
        return os.read(self._pipe, _CHUNK)

    def end(self) -> str:
        """Wait for a child that has closed its pipe, kill any other; return how it died, or nothing."""
        if not self._is_silent:
            self.kill()
            return ""
        os.close(self._pipe)
        while not self._has_ended():
            if time.monotonic() > self._until:
                os.kill(self._pid, signal.SIGKILL)
                break
            time.sleep(0.001)
        return self._reap()

    def kill(self) -> None:
        """End the child and its group at once."""
        os.close(self._pipe)
        os.kill(self._pid, signal.SIGKILL)
        self._reap()

    def _has_ended(self) -> bool:
        if sys.platform == "linux":  # it is asked without being taken away, so that its number stays its own
            return bool(os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT | os.WNOHANG))
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        self._status = status if pid else None
        return bool(pid)

    def _reap(self) -> str:
        status = self._status
        if status is None:
            with suppress(ProcessLookupError, PermissionError):  # where it ended before it had a group of its own
                os.killpg(self._pid, signal.SIGKILL)  # before the wait: until then no other group can have its number
            _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == OUT_OF_MEMORY:
            return "memory"
        if code == -signal.SIGXCPU or (code == -signal.SIGKILL and time.monotonic() > self._until):
            return "time"
        return f"exit {code}" if code else ""


def start(work: Callable[[BinaryIO, list[str]], None], limits: Limits) -> Child:
    """Fork a child that calls `work` with the pipe to write to, and with a list of what it has tried to open."""
    sys.stdout.flush()
    sys.stderr.flush()
    environment = _environment()
    reading, writing = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _be_confined(work, writing, limits, environment, parent)
    os.close(writing)
    return Child(pid, reading, limits)


def _be_confined(
    work: Callable[[BinaryIO, list[str]], None], pipe: int, limits: Limits, environment: tuple[int, int], parent: int
) -> NoReturn:
    status = 1
    try:
        size = _size()  # not the parent's: some libraries reserve much that is not forked
        _leave(pipe, environment)
        _give_up_account()
        _limit(limits.seconds, size + limits.memory)
        _filter_calls(parent)
        opened: list[str] = []
        sys.addaudithook(lambda event, given: _note(opened, event, given))
        with os.fdopen(pipe, "wb", closefd=False) as answer:
            work(answer, opened)
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    finally:
        os._exit(status)  # nothing of the parent's may run twice


def _leave(pipe: int, environment: tuple[int, int]) -> None:
    """Leave the parent's session, signals, descriptors, folder and environment."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        if standard != pipe:
            os.dup2(nothing, standard)
    # The pipe keeps its number: a connection of the parent's that is cleaned up would write to another under its own.
    highest = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, pipe)
    os.closerange(max(3, pipe + 1), highest)
    os.chdir("/")
    os.environ.clear()
    begin, end = environment
    if begin and end > begin:
        ctypes.memset(begin, 0, end - begin)


def _give_up_account() -> None:
    if os.geteuid() != 0:
        return
    with suppress(OSError):  # a container's root may not do it: limits and filter hold there all the same
        os.setgroups([])
        os.setresgid(ACCOUNT, ACCOUNT, ACCOUNT)
        os.setresuid(ACCOUNT, ACCOUNT, ACCOUNT)


def _limit(seconds: int, memory: int) -> None:
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory)):
        _, hard = resource.getrlimit(kind)
        ceiling = most + 1 if hard == resource.RLIM_INFINITY else min(most + 1, hard)
        resource.setrlimit(kind, (min(most, ceiling), ceiling))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE):
        resource.setrlimit(nothing, (0, 0))


def _filter_calls(parent: int) -> None:
    """Let no privilege come back, die with the parent, and refuse (EPERM) every system call that is not listed."""
    if _libc is None:
        return
    _libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has died before
        os._exit(1)
    known = _CALLS.get(platform.machine())
    if known is None:
        return
    program = _program(*known)
    buffer = ctypes.create_string_buffer(program, len(program))
    described = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    _libc.prctl(_SET_SECCOMP, _FILTER, ctypes.create_string_buffer(described, len(described)), 0, 0)


def _program(architecture: int, first: tuple[int, ...], more: tuple[int, ...], own: tuple[int, ...]) -> bytes:
    """Return the filter as instructions of BPF: allow `first` and `more`, `own` for this process, and nothing else."""
    load, equal, answer = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050001
    steps = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, refuse), (load, 0, 0, 0)]
    for call in (*first, *more):
        steps += [(equal, 0, 1, call), (answer, 0, 0, allow)]
    for call in own:  # the first argument of the call says which process it is for
        steps += [(equal, 0, 4, call), (load, 0, 0, 16), (equal, 0, 1, os.getpid()), (answer, 0, 0, allow)]
        steps += [(answer, 0, 0, refuse)]
    steps += [(answer, 0, 0, refuse)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _note(opened: list[str], event: str, given: tuple[object, ...]) -> None:
    if event in ("import", "open") and isinstance(given[0], str | bytes) and len(opened) < _NOTED:
        opened.append(f"{event} {given[0]!r}"[:200])


def _size() -> int:
    """Return the bytes of address space that this process has already, 0 where nothing says so."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _environment() -> tuple[int, int]:
    """Return where in memory the environment lies with which this process was begun; zeros where nothing says so."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0, 0
    return int(fields[47]), int(fields[48])
