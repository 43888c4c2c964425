"""Preparing makes ready what services need to find: the same in the quick start and in containers, however often."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from calypso import judging, provision, reference, registry
from calypso import warehouse as room
from calypso.local import accounts, keys, postgres, secrets, sftp
from calypso.settings import Settings


def warehouse(settings: Settings) -> None:
    """Make the warehouse on the server that runs: database, roles, schemas, rights and the tables of `raw`.

    The role of an administration that was retired stays closed.
    """
    administrator = postgres.administrator(settings)
    provision.provision(administrator, settings, passwords(settings.home))
    for code in registry.administrations():
        if keys.is_withdrawn(settings.home, code):
            provision.close(administrator, provision.of_administration(code))
    room.prepare(postgres.administrator(settings, settings.warehouse_database), judging.rules())


def metadata(settings: Settings) -> None:
    """Make Airflow's role and its empty database on the same server."""
    password = secrets.secret(settings.home, secrets.AIRFLOW_DATABASE)
    provision.provision_airflow(postgres.administrator(settings), password)


def passwords(home: Path) -> dict[str, str]:
    """Return the passwords of the readers beside the analyst, by role; of the administrations that are not retired."""
    open_ones = [code for code in registry.administrations() if not keys.is_withdrawn(home, code)]
    readers = [provision.PARTNER, provision.AUDITOR, *map(provision.of_administration, open_ones)]
    return {role: secrets.secret(home, f"{role}_password") for role in readers}


def references(home: Path, codes: Iterable[str] | None = None) -> None:
    """Give administrations what they need to write a file; where nothing has changed this takes no time."""
    known = registry.administrations()
    for code in known if codes is None else codes:
        tree = home / "sftp" / code
        reference.publish(tree / "reference", known[code], judging.rules())
        accounts.give_made(tree, sftp.FOLDERS, "reference")
