"""The transformation is dbt's: this module starts it, as a process of its own, and tells how it ended."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from calypso.settings import REPOSITORY, Settings

PROJECT = REPOSITORY / "dbt"
# Its output is returned, and the statements are in target. A log besides takes a tenth of a build, whatever its level.
_QUIETLY = ["--no-use-colors", "--log-level-file", "none"]
_POLITELY = ["nice", "-n", "10"]  # a receipt goes before a figure: whoever answers senders has the processor first
SHOWN = 60  # last lines of dbt's output told when it fails


class BuildFailed(RuntimeError):
    """dbt did not end well; the message says in its first line what failed, and then holds the end of its output."""


def catalogue(settings: Settings) -> str:
    """Return dbt's catalogue of the published marts, with lineage, as one page. Raises BuildFailed.

    It is made beside what dbt left behind of a build, which others still read.
    """
    work = settings.home / "dbt" / "catalogue"
    run(settings, "docs", "generate", "--static", "--target-path", str(work), marts="marts")
    page = (work / "static_index.html").read_text(encoding="utf-8")
    return page.replace(str(work), "target")  # where an installation lies is nobody's business


def run(settings: Settings, *arguments: str, marts: str = "marts_next") -> str:
    """Run a dbt command on the warehouse as its transformer role and return its output; raises BuildFailed.

    `marts` is the schema in which dbt finds or makes the marts.
    """
    done = command(
        [*_QUIETLY, *arguments, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)],
        {**_inherited(), **environment(settings, marts)},
    )
    if done.returncode != 0:
        said = (done.stdout + done.stderr).splitlines()
        raise BuildFailed("\n".join([_reason(said), *said[-SHOWN:]]))
    return done.stdout


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run dbt's own command in this environment, behind whatever else wants the processor."""
    dbt = str(Path(sys.executable).with_name("dbt"))
    return subprocess.run(
        [*_POLITELY, dbt, *arguments], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )


def _inherited() -> dict[str, str]:
    """Return the caller's environment without the keys and passwords of Airflow and of Calypso's other programs.

    It is short, too: dbt looks through all of it at every line that it could log.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "CALYPSO"))}


def environment(settings: Settings, marts: str = "marts_next") -> dict[str, str]:
    """Return what dbt reads from its environment: the warehouse, and where its own files go."""
    work = settings.home / "dbt"
    return {
        "CALYPSO_WAREHOUSE_HOST": settings.warehouse_host,
        "CALYPSO_WAREHOUSE_PORT": str(settings.warehouse_port),
        "CALYPSO_WAREHOUSE_DATABASE": settings.warehouse_database,
        "CALYPSO_TRANSFORMER_PASSWORD": settings.transformer_password,
        "CALYPSO_MARTS_SCHEMA": marts,
        "DBT_TARGET_PATH": str(work / "target"),
        "DBT_LOG_PATH": str(work / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def _reason(said: Sequence[str]) -> str:
    """Return what failed first, in one line made of dbt's heading and its next line; else dbt's last word."""
    lines = [re.sub(r"^\d\d:\d\d:\d\d +", "", line).strip() for line in said]
    for number, line in enumerate(lines):
        if re.search(r"\bError( in \w+ \w+|$)|^Failure in \w+ \w+", line):
            return " ".join(filter(None, [line, *lines[number + 1 : number + 2]]))
    return lines[-1] if lines else "dbt said nothing"
