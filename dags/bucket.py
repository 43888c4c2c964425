"""A bucket is a place in an object store, opened by the Airflow connection that its address names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath


def bucket(address: str) -> ObjectStoragePath:
    """Open a bucket by an address such as `s3://landing_store@calypso/landing`: connection, bucket, place in it.

    Raises ValueError where no provider of Airflow's is installed that knows its kind.
    """
    from airflow.sdk import ObjectStoragePath

    opened = ObjectStoragePath(address)
    opened.fs  # noqa: B018 - says now, not at the first file, that there is no provider or connection
    return opened
