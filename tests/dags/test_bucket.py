"""Bytes that one machine has landed the others bring from a bucket, and what is altered there is told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from calypso import landing
from dags.bucket import bucket

pytestmark = pytest.mark.enable_socket

CONTENT = b"case_ref,case_type\nB-1,seizure\n"


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Callable[[landing.Bucket], None]:
    """Return a function that lets a bucket stand behind every landing store."""

    def stand(opened: landing.Bucket) -> None:
        monkeypatch.setattr(landing, "_bucket", lambda: opened)

    return stand


@pytest.fixture(params=["file", "s3"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> landing.Bucket:
    """A bucket by Airflow's own object storage: in a folder, and in a server of S3."""
    if request.param == "file":
        return bucket(f"file://{tmp_path}/bucket")
    return bucket(f"s3://landing_store@{request.getfixturevalue('s3')}/{tmp_path.name}")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of a local server, to which the connection `landing_store` leads."""
    for needed in ("moto.server", "airflow.providers.amazon.aws.fs.s3", "s3fs"):
        pytest.importorskip(needed, reason="no server of S3 is installed: say `uv run --group storage-trial`")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while server.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        endpoint = f"http://127.0.0.1:{port}"
        known = {"conn_type": "aws", "login": "key", "password": "secret"}
        extra = {"endpoint_url": endpoint, "region_name": "us-east-1"}
        import boto3

        account = boto3.Session(known["login"], known["password"], region_name=extra["region_name"])
        account.client("s3", endpoint_url=endpoint).create_bucket(Bucket="calypso")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AIRFLOW_CONN_LANDING_STORE", json.dumps({**known, "extra": extra}))
            yield "calypso"
    finally:
        server.terminate()
        server.wait(20)


def test_what_one_has_landed_another_finds(
    opened: landing.Bucket, behind: Callable[[landing.Bucket], None], tmp_path: Path
) -> None:
    behind(opened)
    sha256, size = landing.keep(tmp_path / "here", lambda draft: draft.write(CONTENT))
    assert size == len(CONTENT)
    assert landing.content(tmp_path / "there", sha256) == CONTENT
    assert [path.name for path in (tmp_path / "there").rglob("*") if path.is_file()] == [sha256]


def test_twice_is_once(opened: landing.Bucket, behind: Callable[[landing.Bucket], None], tmp_path: Path) -> None:
    behind(opened)
    for machine in ("here", "there"):
        landing.keep(tmp_path / machine, lambda draft: draft.write(CONTENT))
    assert len(opened.fs.find(opened.path)) == 1


def test_what_was_altered_there_is_not_given_out(
    opened: landing.Bucket, behind: Callable[[landing.Bucket], None], tmp_path: Path
) -> None:
    behind(opened)
    sha256, _ = landing.keep(tmp_path / "here", lambda draft: draft.write(CONTENT))
    [kept] = opened.fs.find(opened.path)
    opened.fs.pipe_file(kept, CONTENT.replace(b"B-1", b"B-2"))
    with pytest.raises(OSError, match="other bytes"):
        landing.content(tmp_path / "there", sha256)


def test_what_is_nowhere_is_told(
    opened: landing.Bucket, behind: Callable[[landing.Bucket], None], tmp_path: Path
) -> None:
    behind(opened)
    with pytest.raises(FileNotFoundError):
        landing.path(tmp_path / "there", "0" * 64)
    assert not [path for path in (tmp_path / "there").rglob("*") if path.is_file()]


def test_a_bucket_that_is_away_lets_nothing_land(behind: Callable[[landing.Bucket], None], tmp_path: Path) -> None:
    """The ledger then knows nothing of the file, and the next pull takes it again."""
    away = bucket(f"file://{tmp_path}/bucket")
    (tmp_path / "bucket").write_text("not a folder")
    behind(away)
    with pytest.raises(NotADirectoryError, match="bucket"):
        landing.keep(tmp_path / "here", lambda draft: draft.write(CONTENT))


def test_a_kind_that_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match="carrier"):
        bucket("carrier://pigeon/landing")


@pytest.mark.slow
def test_the_setting_opens_it(tmp_path: Path) -> None:
    """As in a task: the address comes from the environment, and landing asks the room that knows object stores."""
    said = "from calypso import landing; print(landing._bucket())"
    environment = {**os.environ, "CALYPSO_LANDING_BUCKET": f"file://{tmp_path}/bucket", "PYTHONPATH": os.getcwd()}
    done = subprocess.run([sys.executable, "-c", said], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(f"file://{tmp_path}/bucket")
