"""Contacts are the addresses to which an installation sends mail; they stand in a file of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from calypso.declarations import Declared, load
from calypso.registry import Code

Address = Annotated[str, Field(pattern=r"^[^@\s,;<>\x00-\x1f\x7f]+@[^@\s,;<>\x00-\x1f\x7f]+$")]


class Contacts(Declared):
    """Who is written to: offices of administrations, by code, and the engineers who keep the platform."""

    administrations: Mapping[Code, tuple[Address, ...]] = {}
    engineers: tuple[Address, ...] = ()


def read(path: Path | None) -> Contacts:
    """Return the contacts of an installation, none where it names no file; raises DeclarationError."""
    return load(path, Contacts) if path else Contacts()
