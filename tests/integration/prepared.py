"""Replayed warehouses are kept for other processes and later runs, until anything changes of which they were made."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from calypso.local import postgres
from calypso.registry import operations
from calypso.report.due import ended
from calypso.settings import REPOSITORY, Settings

# The operation of 2024 as it was when so much of it had arrived: each is made of the one before.
STAGES = {
    "until_a_cut_off": datetime(2024, 11, 16, 10, tzinfo=UTC),  # 06:00 in Barbados, after the twelfth day
    "until_the_end": ended(operations()["calypso-2024"]),  # its last cut-off
    "as_it_arrived": None,
}
# All that can change what a replay makes: the platform, and the steps of the tests that replay it.
STEPS = ("conftest.py", "dbt_server.py", "line.py", "prepared.py")
MADE_OF = ("include", "expectations", "dbt", "uv.lock", *(f"tests/integration/{name}" for name in STEPS))
LEFT_BEHIND = {"__pycache__", "target", "logs"}  # by Python and dbt, in the same folders
DUMP, HOME = "warehouse.dump", "home"


@contextmanager
def kept(cache: Path, name: str) -> Iterator[Path]:
    """Give the folder in which a warehouse is kept, or is to be, to one process at a time; older ones are removed."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = cache / f"{name}-{_digest()}"
        for other in cache.glob(f"{name}-*"):
            if other != folder:
                shutil.rmtree(other)
        yield folder


def keep(folder: Path, server: Settings, line: Settings) -> None:
    """Keep the warehouse of a line and what lies in its home."""
    part = folder.with_name(f"part.{folder.name}")
    shutil.rmtree(part, ignore_errors=True)  # what an interrupted run has left
    part.mkdir()
    _run(server, line.warehouse_database, "pg_dump", "--format=custom", "--compress=1", f"--file={part / DUMP}")
    shutil.copytree(line.home, part / HOME)
    part.rename(folder)


def restore(folder: Path, server: Settings, line: Settings) -> None:
    """Fill an empty warehouse and home of a line with what is kept."""
    _run(server, line.warehouse_database, "pg_restore", "--exit-on-error", f"{folder / DUMP}")
    shutil.copytree(folder / HOME, line.home)


def _run(server: Settings, database: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's on a database, as its superuser."""
    command = [postgres.programs(server.home) / program, f"--dbname={postgres.administrator(server, database)}"]
    subprocess.run([*command, *arguments], check=True)


def _digest() -> str:
    digest = hashlib.sha256()
    for name in MADE_OF:
        root = REPOSITORY / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and not LEFT_BEHIND & set(path.parts):
                digest.update(f"{path.relative_to(REPOSITORY)}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
