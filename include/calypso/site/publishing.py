"""Publishing keeps a site up to date with what was published, which needs neither a warehouse nor a second."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.site import catalogue
from calypso.site.laying import lay
from calypso.site.making import contents

if TYPE_CHECKING:
    from calypso.settings import Settings


def publish(settings: Settings, site: Path | None = None, now: datetime | None = None) -> bool:
    """Lay out the site of what is there, in a folder or else in its own place; tell whether anything has changed.

    Raises NotOurs where something else lies there.
    """
    found = contents(settings.home / "reports", catalogue.kept(settings), now or datetime.now(UTC))
    return lay((site or settings.site).absolute(), found)
