"""A 29th administration and an operation that runs beside another are declared in the registry; no code knows them."""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from corpus import offices
from corpus.cases import GOLD
from integration.line import TABLES_ALONE, Line

from calypso import building, registry
from calypso.local import keys, onboarding, sftp
from calypso.settings import Settings

NEWCOMER = """
  col:
    names: {en: Colombia, fr: Colombie, es: Colombia, nl: Colombia}
    language: es
    zone: America/Bogota
    currencies: [COP]
"""
# It began in the middle of the first, and only two take part.
OPERATION = """
code: sargasso-2024
name: Operation SARGASSO
starts_on: 2024-11-05
ends_on: 2024-11-07
zone: America/Bogota
cut_off: "18:00"
datasets: [seizures]
participants: [col, ven]
simulated: true
published: {}
"""
NEIGHBOUR = NEWCOMER.replace("col:", "ven:").replace("Colombia", "Venezuela").replace("Colombie", "Venezuela")


def forget() -> None:
    """Let everything that was read or made once be made anew."""
    for name, module in list(sys.modules.items()):
        if module is not None and name.partition(".")[0] in ("calypso", "expectations"):
            for value in list(vars(module).values()):
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two administrations and one operation more than the registry has."""
    room = tmp_path_factory.mktemp("registry")
    shutil.copytree(registry.ROOM, room, dirs_exist_ok=True)
    with (room / "administrations.yml").open("a", encoding="utf-8") as file:
        file.write(NEWCOMER + NEIGHBOUR.replace("America/Bogota", "America/Caracas").replace("COP", "VES"))
    first = room / "operations" / "calypso-2024.yml"
    others = ", ".join(registry.administrations())
    first.write_text(first.read_text("utf-8").replace("participants: all", f"participants: [{others}]"), "utf-8")
    (room / "operations" / "sargasso-2024.yml").write_text(OPERATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "ROOM", room)
        forget()
        yield
    forget()


@pytest.fixture(scope="module")
def line(declared: None, new_line: Callable[..., Any]) -> Iterator[Line]:
    with new_line("newcomers", None) as made:
        sftp.create_trees(made.trees.parent, ["col"])
        yield made


@pytest.fixture(scope="module")
def opened(line: Line, stack: Settings) -> tuple[Settings, onboarding.Handover]:
    """The stack's SFTP server with the newcomer's account, beside a warehouse of its own."""
    here = dataclasses.replace(stack, warehouse_database=line.settings.warehouse_database)
    return here, onboarding.onboard(here, "col")


def listed(settings: Settings, key: Path) -> list[str]:
    async def look() -> list[str]:
        options: dict[str, Any] = {"client_keys": [str(key)], "known_hosts": None, "config": None}
        async with (
            asyncssh.connect("127.0.0.1", settings.sftp_port, username="col", **options) as connection,
            connection.start_sftp_client() as client,
        ):
            return sorted({str(name) for name in await client.listdir("/reference")} - {".", ".."})

    return asyncio.run(look())


def test_it_is_given_account_key_reference_and_template_in_its_language(
    opened: tuple[Settings, onboarding.Handover],
) -> None:
    settings, handover = opened
    assert (handover.account, handover.role) == ("col", "calypso_adm_col")
    assert handover.key
    names = listed(settings, handover.key)
    assert [name for name in names if name.endswith(".xlsx")]
    assert names == sorted(path.name for path in handover.reference.iterdir())
    assert any("categoría" in path.read_text("utf-8").lower() for path in handover.reference.glob("*.html"))


def test_its_file_is_answered_in_its_language_and_counts_in_its_operation(line: Line) -> None:
    name = "col_2024-11-06_seizures.csv"
    office = registry.administrations()["col"]
    row = offices.said(office, {**GOLD, "case_ref": "CO-1", "event_date": "06/11/2024"})
    content = offices.written(office, offices.cells(office, [row]), "csv")
    (line.trees / "col" / "inbox" / name).write_bytes(content)
    line.ingest(["col"])
    building.build(line.settings, without=TABLES_ALONE)
    [(state, operation, language)] = line.rows(
        "select final_state, operation_code, receipt_language from marts.fct_submissions "
        f"where administration_code = 'col' and file_name = '{name}'"
    )
    assert (state, operation, language) == ("accepted", "sargasso-2024", "es")
    assert line.rows("select case_ref, quantity_kg from marts.fct_items where administration_code = 'col'")


def test_both_operations_expect_their_own_deliveries(line: Line) -> None:
    days = line.rows(
        "select operation_code, administration_code, count(*) from marts.fct_deliveries "
        "where administration_code in ('col', 'brb') and operation_code like '%-2024' group by 1, 2 order by 1, 2"
    )
    assert days == [("calypso-2024", "brb", 21), ("sargasso-2024", "col", 3)]


def test_retired_its_key_opens_nothing_and_what_it_sent_stays(
    line: Line, opened: tuple[Settings, onboarding.Handover]
) -> None:
    settings, handover = opened
    assert handover.key
    onboarding.retire(settings, "col")
    with pytest.raises(asyncssh.PermissionDenied):
        listed(settings, handover.key)
    assert line.rows("select count(*) from marts.fct_items where administration_code = 'col'") == [(1,)]
    assert onboarding.onboard(settings, "col").key
    assert listed(settings, keys.private(settings.home, "col"))
    onboarding.retire(settings, "col")
