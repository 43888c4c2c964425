"""The lineage of the last build: each model with what it was made of, its columns, and what its tests found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from jinja2 import Environment
from openlineage.client.event_v2 import RunEvent
from openlineage.common.provider.dbt.local import DbtLocalArtifactProcessor

from calypso import transformation
from calypso.building import NEXT, PUBLISHED
from calypso.lineage import JOBS, PRODUCER
from calypso.settings import Settings


def events(settings: Settings) -> Iterator[RunEvent]:
    """Yield the events of the last build by time; raises FileNotFoundError where there was none."""
    found = _Build(transformation.environment(settings)).parse().events()
    yield from sorted(found, key=lambda event: str(event.eventTime))


class _Build(DbtLocalArtifactProcessor):  # type: ignore[misc]  # it has no types
    """OpenLineage's reader of what dbt leaves behind, told how the marts are named in the end."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        super().__init__(
            producer=PRODUCER,
            job_namespace=JOBS,
            project_dir=str(transformation.PROJECT),
            target_path=environment["DBT_TARGET_PATH"],
        )

    def setup_jinja(self) -> Environment:
        jinja: Environment = super().setup_jinja()
        jinja.globals["env_var"] = self.environment.__getitem__
        return jinja

    def _format_dataset_name(self, database: str | None, schema: str | None, table: str) -> str:
        return str(super()._format_dataset_name(database, PUBLISHED if schema == NEXT else schema, table))
