"""What the guide to security says of backing up, done word for word: everything is had again."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus import offices
from corpus.cases import GOLD
from integration.line import TABLES_ALONE, Line

from calypso import building, judging, provision, warehouse
from calypso.local import postgres
from calypso.registry import administrations
from calypso.settings import REPOSITORY, Settings

pytestmark = pytest.mark.integration

CODE = "brb"
DUMP, RESTORE = 0, 1  # blocks of the guide
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('raw', 'staging', 'intermediate', 'marts', 'seeds') order by 1
"""
RIGHTS = "select polname, polrelid::regclass::text from pg_policy order by 1, 2"


def test_what_the_guide_says_restores_everything(
    new_line: Callable[..., Any], servers: Settings, tmp_path: Path
) -> None:
    with new_line("backup", None) as line:
        _send(line, "1")
        building.build(line.settings, without=TABLES_ALONE)
        database = line.settings.warehouse_database
        administrator = postgres.administrator(servers, database)
        before, rights = _counts(administrator), _asked(administrator, RIGHTS)
        assert before["raw.receipts"] == 1
        assert rights
        _run(DUMP, line, servers, tmp_path)
        assert (tmp_path / "calypso.tar").stat().st_size > 0
        with warehouse.session(postgres.administrator(servers)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"drop database {database} with (force)")
        provision.provision(postgres.administrator(servers), line.settings)
        warehouse.prepare(administrator, judging.rules())
        _run(RESTORE, line, servers, tmp_path)
        assert _counts(administrator) == before
        assert _asked(administrator, RIGHTS) == rights
        # The line goes on where it was.
        _send(line, "2")
        assert line.rows("select quantity_kg::float from marts.fct_items") == [(1.0,)]
        assert line.rows("select number from raw.receipts order by 1") == [(1,), (2,)]


def _send(line: Line, quantity: str) -> None:
    office = administrations()[CODE]
    row = offices.said(office, {**GOLD, "event_date": "05/11/2024", "quantity": quantity})
    content = offices.written(office, offices.cells(office, [row]), "csv")
    (line.trees / CODE / "inbox" / f"{CODE}_2024-11-05_seizures_v{quantity}.csv").write_bytes(content)
    line.ingest([CODE])


def _run(number: int, line: Line, servers: Settings, folder: Path) -> None:
    """Run a block of the guide in a folder, on this server and database."""
    part = (REPOSITORY / "docs/security.md").read_text("utf-8").split("## Back up")[1].split("\n## ")[0]
    block = re.findall(r"^```bash\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)[number]
    block = block.replace("54329", str(servers.warehouse_port)).replace(".calypso", str(servers.home))
    block = re.sub(r"\bcalypso( calypso\.dump)?$", rf"{line.settings.warehouse_database}\1", block, flags=re.MULTILINE)
    path = f"{postgres.programs(servers.home)}:{os.environ['PATH']}"
    subprocess.run(["bash", "-euc", block], cwd=folder, env={**os.environ, "PATH": path}, check=True)


def _counts(dsn: str) -> dict[str, int]:
    return {table: _asked(dsn, f"select count(*) from {table}")[0][0] for (table,) in _asked(dsn, TABLES)}


def _asked(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with warehouse.transaction(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
