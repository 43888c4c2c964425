"""dbt for tests of the line: imported and its project parsed once, for all builds of a session.

Each command runs in a process of its own, forked from the one that has done so. What the parsed project says of the
database is set to that of the command; nothing else in it depends on where it was parsed. Whether dbt's own command
does the same is shown by the tests with Airflow, whose builds start it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from calypso import transformation
from calypso.settings import REPOSITORY

PARSED_FOR = {
    "CALYPSO_WAREHOUSE_HOST": "127.0.0.1",
    "CALYPSO_WAREHOUSE_PORT": "1",
    "CALYPSO_WAREHOUSE_DATABASE": "parsed",
    "CALYPSO_TRANSFORMER_PASSWORD": "none",
    "CALYPSO_MARTS_SCHEMA": "marts_next",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}


@contextmanager
def serving() -> Iterator[None]:
    """Let builds of this process be done by a server of its own, as long as the context lasts."""
    import pytest

    server = subprocess.Popen(
        [sys.executable, "-m", "integration.dbt_server"],
        env={**os.environ, **PARSED_FOR, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "tests"), str(REPOSITORY)])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    one_at_a_time = threading.Lock()
    as_a_process = transformation.command

    def command(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        if environment["CALYPSO_MARTS_SCHEMA"] != PARSED_FOR["CALYPSO_MARTS_SCHEMA"]:
            return as_a_process(arguments, environment)
        assert server.stdin
        assert server.stdout
        with tempfile.TemporaryDirectory() as folder, one_at_a_time:
            output = Path(folder) / "output"
            asked = {"arguments": list(map(str, arguments)), "environment": dict(environment), "output": str(output)}
            server.stdin.write(json.dumps(asked) + "\n")
            server.stdin.flush()
            code = int(server.stdout.readline())
            return subprocess.CompletedProcess(arguments, code, output.read_text(encoding="utf-8"), "")

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transformation, "command", command)
            yield
    finally:
        assert server.stdin
        server.stdin.close()
        server.wait(20)


def serve() -> None:
    """Run the commands that are asked for on standard input, one a line, and answer each with its exit code."""
    project = _parsed()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os._exit(_run(project, **json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _parsed() -> Any:
    """Return dbt's manifest of the project."""
    from dbt.cli.main import dbtRunner

    with tempfile.TemporaryDirectory() as work:
        ended = dbtRunner().invoke(
            [
                *("--quiet", "--log-level-file", "none", "parse", "--no-partial-parse", "--no-write-json"),
                *("--target-path", work, "--project-dir", str(transformation.PROJECT)),
                *("--profiles-dir", str(transformation.PROJECT)),
            ]
        )
    if not ended.success:
        raise RuntimeError("dbt cannot parse its project") from ended.exception
    return ended.result


def _run(project: Any, arguments: Sequence[str], environment: Mapping[str, str], output: str) -> int:
    """Run one command in this process, with all that it prints going to a file; return its exit code."""
    from dbt.cli.main import dbtRunner

    os.environ.clear()
    os.environ.update(environment)
    os.nice(10)
    with open(output, "w") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    database, parsed = environment["CALYPSO_WAREHOUSE_DATABASE"], PARSED_FOR["CALYPSO_WAREHOUSE_DATABASE"]
    for node in (*project.nodes.values(), *project.sources.values(), *project.unit_tests.values()):
        if getattr(node, "database", None) == parsed:
            node.database = database
        if getattr(node, "relation_name", None):
            node.relation_name = node.relation_name.replace(f'"{parsed}"', f'"{database}"', 1)
    ended = dbtRunner(manifest=project).invoke(list(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    return 0 if ended.success else 1


if __name__ == "__main__":
    serve()
