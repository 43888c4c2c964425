"""Onboarding opens an administration's account on the running platform, and retiring closes it; its files stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import asyncssh
import psycopg2

from calypso import provision, registry
from calypso.local import keys, postgres, preparing, sftp
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


def onboard(settings: Settings, code: str, brought: str | None = None) -> Handover:
    """Make account, key, folders, reference files, template and reader's role of one administration of the registry.

    `brought` are the public keys that it has sent, one a line: they alone open its account from now on. Without them
    what is there already stays; done twice it is done once. Raises CannotServe where the registry does not know it.
    """
    if code not in registry.administrations():
        raise CannotServe(
            f"{code} is not in the registry: add it to include/calypso/registry/administrations.yml first."
        )
    home = settings.home.absolute()
    sftp.make_trees(home, [code])
    _open(home, code, brought)
    preparing.references(home, [code])
    preparing.warehouse(settings)
    key = keys.private(home, code)
    return Handover(
        account=code,
        address=f"{settings.sftp_host}:{settings.sftp_port}",
        host_key=keys.host_key(home),
        key=key if key.exists() and not brought else None,
        reference=home / "sftp" / code / "reference",
        role=provision.of_administration(code),
    )


def _open(home: Path, code: str, brought: str | None) -> None:
    if brought is None:
        keys.reopen(home, code)
        keys.create(home, code)
        return
    try:
        keys.bring(home, code, brought)
    except (ValueError, asyncssh.KeyImportError) as error:
        raise CannotServe(
            f"What {code} has sent is no public key of OpenSSH's ({error}): ask for a file *.pub."
        ) from error


def retire(settings: Settings, code: str) -> None:
    """Close the account of an administration and its role in the warehouse, whose sessions end.

    What it sent and was told stays. Raises CannotServe where nothing was open, or the role could not be closed.
    """
    home = settings.home.absolute()
    if code not in registry.administrations() and not keys.authorised(home, code):
        raise CannotServe(f"{code} has no open account here.")
    withdrawn = keys.withdraw(home, code)
    try:
        closed = provision.close(postgres.administrator(settings), provision.of_administration(code))
    except (psycopg2.OperationalError, TimeoutError) as error:
        raise CannotServe(
            f"The keys of {code} open nothing any more, but its role in the warehouse could not be closed "
            f"({str(error).strip().splitlines()[0]}): say `calypso retire {code}` again."
        ) from error
    if not withdrawn and not closed:
        raise CannotServe(f"{code} has no open account here.")
