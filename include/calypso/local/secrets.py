"""A secret is given by the environment, or generated once and kept in a file that its owner alone can read."""

from __future__ import annotations

import base64
import dataclasses
import secrets as random
from collections.abc import Iterable
from pathlib import Path

from calypso.local.machine import CannotServe
from calypso.settings import STACK_FILE, Settings, given, on_loopback

# In folders of their own are those which fewer may read: a container gets only the folders that it needs.
SUPERUSER = "superuser/postgres_password"
QUEUE = "queue/queue_password"
SECRET_VARIABLES = (
    *(f"CALYPSO_{role}_PASSWORD" for role in ("LOADER", "TRANSFORMER", "ANALYST")),
    "CALYPSO_ALERTS_WEBHOOK",  # whoever knows the address can post there
)
AIRFLOW_DATABASE = "airflow_database_password"
AIRFLOW_ADMIN = "airflow_admin_password"


def secret(home: Path, name: str) -> str:
    """Return the secret `name` of this home, generated on first use unless the environment gives it."""
    path = home / "secrets" / name
    if said := given(path.name):
        return said
    try:
        if not path.exists():
            # 32 random bytes in URL-safe base64: the form a Fernet key must have, and free of quotes and spaces.
            write(path, base64.urlsafe_b64encode(random.token_bytes(32)).decode())
        return path.read_text()
    except OSError as error:  # a container that reads secrets makes none
        raise CannotServe(f"The secret {path} cannot be had here ({error.strerror}): see who makes it.") from error


def complete(settings: Settings) -> Settings:
    """Return `settings` as an installation runs on them: passwords generated, folders absolute.

    It keeps a place for a simulation's clock.
    """
    home = settings.home.absolute()
    return dataclasses.replace(
        settings,
        home=home,
        landing=settings.landing.absolute(),
        signing_keys=settings.signing_keys.absolute(),
        site=settings.site.absolute(),
        contacts=settings.contacts and settings.contacts.absolute(),
        lineage=settings.lineage and settings.lineage.absolute(),
        simulated_clock=settings.simulated_clock or home / "simulation" / "clock.csv",
        loader_password=settings.loader_password or secret(home, "loader_password"),
        transformer_password=settings.transformer_password or secret(home, "transformer_password"),
        analyst_password=settings.analyst_password or secret(home, "analyst_password"),
    )


def variables(settings: Settings) -> dict[str, str]:
    """Return the CALYPSO_* variables from which `calypso.settings` reads `settings` again."""
    return {
        f"CALYPSO_{field.name.upper()}": str(value)
        for field in dataclasses.fields(settings)
        if (value := getattr(settings, field.name)) is not None
    }


def public(settings: Settings) -> dict[str, str]:
    """Return those of the variables that hold no secret."""
    return {name: value for name, value in variables(settings).items() if name not in SECRET_VARIABLES}


def unkept(settings: Settings, roles: Iterable[str]) -> dict[str, str]:
    """Return the variables of the passwords of warehouse `roles` that no file of this home holds.

    A process that has one in its environment shows it to all that it starts; where a file holds it, it is read there.
    """
    given = variables(settings)
    found = {role: given.get(f"CALYPSO_{role.upper()}_PASSWORD", "") for role in roles}
    files = {role: settings.home / "secrets" / f"{role}_password" for role in roles}
    return {
        f"CALYPSO_{role.upper()}_PASSWORD": password
        for role, password in found.items()
        if password and not (files[role].is_file() and files[role].read_text(encoding="utf-8") == password)
    }


def write_stack_file(settings: Settings) -> None:
    """Leave the settings in force where every later command finds them."""
    told = variables(settings)
    if settings.airflow_url == on_loopback(settings.airflow_port):
        del told["CALYPSO_AIRFLOW_URL"]  # it follows the port, which the next `up` may move
    lines = [f"{name}={value}\n" for name, value in told.items()]
    write(settings.home / STACK_FILE, "# Written by `make up`: the settings in force.\n" + "".join(lines))


def write(path: Path, text: str) -> None:
    """Write `text` whole or not at all, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(path)
