"""The site is what all who may read the reports may read, as a folder of files that any web server serves.

Reports, the reference in four languages, the warehouse's documentation and the guides, with a home page that leads to
them. Nothing of an administration alone ever lies in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calypso.settings import Settings


def place(settings: Settings) -> Path:
    """Return where the site of an installation lies."""
    return settings.home / "site"
