"""Assets are what Dags wake each other by."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.sdk import Asset, AssetWatcher

RAW = Asset(name="raw", uri="calypso://warehouse/raw")
MARTS = Asset(name="marts", uri="calypso://warehouse/marts")


def inbox(code: str, watchers: Sequence[AssetWatcher] = ()) -> Asset:
    """Return the inbox of an administration."""
    return Asset(name=f"inbox__{code}", uri=f"calypso://sftp/{code}/inbox", watchers=list(watchers))
