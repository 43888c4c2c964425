"""Onboarding opens an administration's account on the running quick start, and retiring closes it; its files stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from calypso import judging, provision, reference, registry, warehouse
from calypso.local import keys, postgres, secrets, sftp
from calypso.local.machine import CannotServe
from calypso.settings import Settings


@dataclass(frozen=True)
class Handover:
    """What an administration is given: where it logs in, by which key, and what it reads first."""

    account: str
    address: str
    host_key: str
    key: Path | None  # None where the administration brought its own
    reference: Path
    role: str  # by which it reads the warehouse


def onboard(settings: Settings, code: str) -> Handover:
    """Make account, key, folders, reference files, template and reader's role of one administration of the registry.

    What is there already stays; done twice it is done once. Raises CannotServe where the registry does not know it.
    """
    office = registry.administrations().get(code)
    if office is None:
        raise CannotServe(
            f"{code} is not in the registry: add it to include/calypso/registry/administrations.yml first."
        )
    home = settings.home.absolute()
    sftp.create_trees(home, [code])
    keys.reopen(home, code)
    folder = home / "sftp" / code / "reference"
    reference.publish(folder, office, judging.rules())
    role = provision.of_administration(code)
    passwords = {role: secrets.secret(home, f"{role}_password")}
    provision.provision(postgres.administrator(settings), settings, passwords)
    warehouse.prepare(settings.warehouse("loader"))
    key = keys.private(home, code)
    address = f"127.0.0.1:{settings.sftp_port}"
    return Handover(code, address, keys.host_key(home), key if key.exists() else None, folder, role)


def retire(settings: Settings, code: str) -> None:
    """Close the account of an administration: nobody enters by its keys any more. What it sent and was told stays."""
    if not keys.withdraw(settings.home.absolute(), code):
        raise CannotServe(f"{code} has no open account here.")
