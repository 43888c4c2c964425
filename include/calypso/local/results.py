"""The results are what a replay prints in the end: each figure beside the published one, and what it took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from calypso import warehouse
from calypso.local import airflow, postgres, secrets, site
from calypso.registry import Operation
from calypso.settings import Settings

COUNTS = """
    select
        count(*) as submissions,
        count(*) filter (where final_state = 'accepted') as accepted,
        count(*) filter (where final_state = 'partly_accepted') as partly_accepted,
        count(*) filter (where final_state = 'nil') as nil,
        count(*) filter (where final_state = 'rejected') as rejected,
        count(*) filter (where final_state = 'duplicate') as duplicates,
        coalesce(sum(rows_read), 0) as rows_read,
        coalesce(sum(rows_accepted), 0) as rows_accepted,
        coalesce(sum(rows_quarantined), 0) as rows_quarantined,
        count(acknowledged_at) as receipts
    from marts.fct_submissions
    where operation_code is not distinct from %s
"""
FIGURES = """
    select label_en, value, value_code, unit, published_text, holds
    from marts.rpt_operation_results
    where operation_code = %s
    order by position
"""


def show(settings: Settings, operation: Operation, console: Console, seconds: float) -> None:
    """Print the results table of an operation, the counts behind it, and where to look next."""
    console.print()
    console.print(comparison(operation, _rows(settings, FIGURES, operation.code)))
    counts = _rows(settings, COUNTS, operation.code)[0]
    console.print(
        f"{counts['submissions']} submissions: {counts['accepted']} accepted, {counts['partly_accepted']} partly, "
        f"{counts['nil']} nil, {counts['rejected']} rejected, {counts['duplicates']} received twice; "
        f"{counts['receipts']} receipts"
    )
    if nameless := _rows(settings, COUNTS, None)[0]["submissions"]:
        console.print(f"{nameless} more are of no operation: their names do not tell a day of any")
    console.print(
        f"{counts['rows_read']} rows read = {counts['rows_accepted']} accepted "
        f"+ {counts['rows_quarantined']} quarantined"
    )
    console.print(f"Done in {seconds:.0f} s. Where to look next:\n")
    for what, where in _in_containers(settings) if settings.queue else _next(settings):
        console.print(f"  {what:<10} {where}", soft_wrap=True, highlight=False)


def comparison(operation: Operation, rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return the figures beside what was published; of 80 columns the labels alone go over to a second line."""
    marked = ", simulated data" if operation.simulated else ""
    table = Table(
        title=f"{operation.name}{marked}: reported and published",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("figure")
    table.add_column("warehouse", justify="right", no_wrap=True)
    table.add_column("published", no_wrap=True)
    table.add_column("holds", no_wrap=True)
    for row in rows:
        holds = {True: "[green]yes[/green]", False: "[bold red]NO[/bold red]", None: ""}[row["holds"]]
        table.add_row(row["label_en"], _value(row), row["published_text"] or "", holds)
    return table


def _value(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return row["value_code"] or "-"
    if row["unit"] == "share":
        return f"{row['value']:.1%}"
    number = f"{row['value']:,.3f}".rstrip("0").rstrip(".")
    return f"{number} {row['unit']}" if row["unit"] in ("kg", "USD") else number


def _rows(settings: Settings, query: str, operation: str | None) -> list[dict[str, Any]]:
    with warehouse.transaction(settings.warehouse("analyst")) as connection, connection.cursor() as cursor:
        cursor.execute(query, [operation])
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _in_containers(settings: Settings) -> list[tuple[str, str]]:
    password = settings.home / "secrets" / secrets.AIRFLOW_ADMIN
    return [
        ("reports", site.url(settings)),
        ("Airflow", f"{settings.airflow_url}  user {airflow.ADMIN}, password:"),
        ("", f"docker compose run --rm services cat {password}"),
        ("SQL", 'docker compose run --rm services calypso sql "select * from rpt_operation_results"'),
        ("stop", "docker compose down"),
    ]


def _next(settings: Settings) -> list[tuple[str, str]]:
    home = settings.home
    psql = postgres.programs(home) / "psql"
    connection = (
        f"host={settings.warehouse_host} port={settings.warehouse_port} "
        f"dbname={settings.warehouse_database} user=calypso_analyst"
    )
    return [
        ("reports", site.url(settings)),
        (
            "Airflow",
            f"{airflow.url(settings)}  user {airflow.ADMIN}, password: cat {home}/secrets/{secrets.AIRFLOW_ADMIN}",
        ),
        ("SQL", '.venv/bin/calypso sql "select * from rpt_operation_results"'),
        ("psql", f'PGPASSWORD=$(cat {home}/secrets/analyst_password) {psql} "{connection}"'),
        ("receipts", f"{home}/sftp/<code>/receipts"),
        ("stop", "make down"),
    ]
