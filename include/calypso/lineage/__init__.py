"""Lineage tells, in OpenLineage's events, which file became rows of which tables, and which tables became which mart.

A file is a dataset of the SFTP hub, a table one of PostgreSQL, both named as OpenLineage names them; the tables of
`raw` are where the two halves meet. Where the events go is said by a file in OpenLineage's own format.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from calypso.settings import Settings

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

PRODUCER = "urn:calypso"  # of events
JOBS = "calypso"  # the namespace of jobs
HUB = "sftp://sftp_hub"  # by the name of its connection: where the server is differs from one installation to the next


def tell(settings: Settings, events: Iterable[RunEvent]) -> int:
    """Send events to where the installation says, and return how many; raises what the transport raises."""
    import yaml
    from openlineage.client import OpenLineageClient

    if settings.lineage is None:
        raise ValueError("CALYPSO_LINEAGE names no file that says where lineage goes")
    client = OpenLineageClient(config=yaml.safe_load(settings.lineage.read_text(encoding="utf-8")))
    told = 0
    for event in events:
        client.emit(event)
        told += 1
    client.close()
    return told


def table(settings: Settings, name: str) -> tuple[str, str]:
    """Return the namespace and the name of a table of the warehouse, such as `raw.submissions`."""
    return f"postgres://{settings.warehouse_host}:{settings.warehouse_port}", f"{settings.warehouse_database}.{name}"
