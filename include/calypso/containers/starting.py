"""Starting is what containers do once before the services begin: first secrets and keys, then what these open.

Both may be done again and again, and leave what is there as it is.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from calypso import registry
from calypso.containers import component
from calypso.local import airflow, keys, machine, postgres, preparing, secrets, sftp
from calypso.local.machine import CannotServe
from calypso.receipts import signing
from calypso.settings import REPOSITORY, Settings
from calypso.site import publishing

PATIENCE = 60  # seconds in which a server answers, or makes a tree

Say = Callable[[str], None]


def make_secrets(settings: Settings) -> None:
    """Make every password and key that no one has given, and say which administrations the SFTP server serves."""
    machine.prepare_home(settings.home)
    known = secrets.complete(settings)
    for name in (secrets.SUPERUSER, secrets.AIRFLOW_DATABASE, secrets.AIRFLOW_ADMIN, secrets.QUEUE, *airflow.SECRETS):
        secrets.secret(known.home, name)
    preparing.passwords(known.home)
    # PostgreSQL and Valkey read theirs from a file, of which Valkey wants a form of its own, wherever they come from.
    superuser, queue = (known.home / "secrets" / name for name in (secrets.SUPERUSER, secrets.QUEUE))
    secrets.write(superuser, secrets.secret(known.home, secrets.SUPERUSER))
    secrets.write(queue.with_name("queue.conf"), f"requirepass {secrets.secret(known.home, secrets.QUEUE)}\n")
    # What Airflow's components read lies apart from the passwords of readers and people.
    for name in (secrets.AIRFLOW_DATABASE, *airflow.SECRETS):
        secrets.write(known.home / "secrets" / "airflow" / name, secrets.secret(known.home, name))
    for role in ("loader", "transformer", "analyst"):
        name = f"{role}_password"
        secrets.write(known.home / "secrets" / "airflow" / name, getattr(known, name))
    for account in (keys.HUB, keys.SERVER):
        keys.create(known.home, account)
    keys.name_accounts(known.home, registry.administrations())


def initialise(settings: Settings, say: Say) -> None:
    """Bring databases, Airflow's roles and administrator, and the site to what this version needs."""
    known = secrets.complete(settings)
    postgres.wait(postgres.administrator(known), PATIENCE)
    preparing.warehouse(known)
    preparing.metadata(known)
    say("The warehouse is ready")
    _airflow(known)
    say("Airflow's database is ready")
    signing.signer(known.signing_keys)
    _await_trees(known.home)
    preparing.references(known.home)
    publishing.publish(known)
    say("Every administration has its folders and its reference")


def _airflow(settings: Settings) -> None:
    """Migrate Airflow's database; make its roles and first administrator, and as many slots as are set."""
    environment = component.environment(settings)
    slots = environment["AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT"]
    for command in (
        [airflow.program(), "db", "migrate"],
        [sys.executable, "-m", "dags.people"],
        # Airflow takes the number from its settings when it makes the pool, and never again.
        [airflow.program(), "pools", "set", "default_pool", slots, "Default pool"],
    ):
        done = subprocess.run(command, env=environment, cwd=REPOSITORY, check=False)
        if done.returncode != 0:
            raise CannotServe(f"`{' '.join(command[1:])}` has failed: what it says above tells why.")


def _await_trees(home: Path) -> None:
    """Wait until the SFTP server has made the folders of every administration."""
    deadline = time.monotonic() + PATIENCE
    while missing := [
        code
        for code in registry.administrations()
        if not all((home / "sftp" / code / folder).is_dir() for folder in sftp.FOLDERS)
    ]:
        if time.monotonic() > deadline:
            raise CannotServe(f"The SFTP server has made no folders for {', '.join(missing)}: see its log.")
        time.sleep(0.5)
