"""No generated secret stands in an image, in the declaration, in a log, or in what Docker tells of a container."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from compose.containers import Project, docker

from calypso.settings import REPOSITORY

# What Airflow has of them is a copy; a note beside a signing key says when it has signed.
FIND = (
    "cd /var/lib/calypso && find secrets hub host keys signing -type f ! -name '*.pub' ! -name '*.signed' ! -name '.*' "
    "! -name '*.conf' ! -path 'secrets/airflow/*'"
)
PLACES = ("compose", "logs", "inspect", "processes")


def everywhere(project: Project, command: str) -> list[str]:
    """Run a command on every secret, in the two jobs which together have them all; return its lines."""
    asked = ["sh", "-c", f"{FIND} -exec {command} {{}} +"]
    jobs = ("secrets", "services")
    return [
        line for job in jobs for line in project.compose("run", "--rm", "--no-deps", "-T", job, *asked).splitlines()
    ]


@pytest.fixture(scope="module")
def secrets(project: Project) -> dict[str, str]:
    """Every secret of the project by its file: of a private key, its last long line, for the first are alike in all."""
    found: dict[str, str] = {}
    for line in everywhere(project, "grep -H ''"):
        path, _, value = line.partition(":")
        if len(value) >= len(found.get(path, "")) and not value.startswith("-----"):
            found[path] = value
    return found


def test_all_that_open_something_are_looked_for(secrets):
    assert {
        *(f"secrets/{name}_password" for name in ("loader", "transformer", "analyst", "airflow_admin")),
        *("secrets/airflow_jwt_secret", "secrets/airflow_fernet_key", "secrets/airflow_database_password"),
        *("secrets/superuser/postgres_password", "secrets/queue/queue_password", "hub/key", "host/key"),
    } <= set(secrets)
    assert all(len(value) >= 40 for value in secrets.values())
    assert len(set(secrets.values())) == len(secrets)


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_stands_in(project, secrets, place):
    shown = {
        "compose": lambda: project.compose("--profile", "*", "config"),
        "logs": lambda: project.compose("logs", "--no-color"),
        "inspect": lambda: json.dumps(project.inspected()),
        "processes": lambda: project.compose("top"),
    }[place]()
    assert len(shown) > 1000
    assert [path for path, value in secrets.items() if value in shown] == []


@pytest.mark.parametrize("image", ["calypso", "calypso-sftp", "calypso-web"])
def test_no_secret_stands_in_an_image(project, secrets, image, tmp_path):
    patterns = tmp_path / "patterns"
    patterns.write_text("\n".join(secrets.values()))
    name = f"{image}:{project.environment['CALYPSO_VERSION']}"
    with subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE) as saved:
        found = subprocess.run(["grep", "-a", "-c", "-F", "-f", patterns], stdin=saved.stdout, check=False)
    assert (saved.returncode, found.returncode) == (0, 1)
    state = (
        docker("run", "--rm", "--network=none", "--entrypoint=find", name, "/var/lib/calypso", "-type", "f")
        if (image == "calypso")
        else ""
    )
    assert state == ""


def test_a_secret_is_read_by_its_owner_alone(project):
    modes = everywhere(project, "stat -c '%a %U'")
    assert set(modes) == {"600 calypso"}


AIRFLOW = {
    *(f"secrets/airflow_{name}" for name in ("database_password", "fernet_key", "secret_key", "jwt_secret")),
    *(f"secrets/{role}_password" for role in ("loader", "transformer", "analyst")),
}
QUEUE, HUB = "secrets/queue/queue_password", "hub/key"
HELD = {
    "web": set(),
    "sftp": {"host/key"},
    "queue": {QUEUE},
    "postgres": {"secrets/superuser/postgres_password"},
    "airflow-api-server": AIRFLOW,
    "airflow-dag-processor": AIRFLOW,
    "airflow-scheduler": AIRFLOW | {QUEUE},
    "airflow-triggerer": AIRFLOW | {HUB},
    "airflow-worker": AIRFLOW | {QUEUE, HUB},
}
READ = (
    "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'; "
    "for folder in $0 $@; do find $folder -type f -size -64k -exec cat {} + 2>/dev/null; done; echo"
)


@pytest.mark.parametrize("service", HELD)
def test_a_container_holds_the_secrets_that_it_needs(project, secrets, service):
    """Whatever its processes have in their environment, and every file of its volumes that they may read."""
    volumes = [
        mount["Destination"]
        for mount in project.container(service)["Mounts"]
        if not mount.get("Name", "").endswith(("_postgres", "_trees", "_landing", "_task-logs"))
    ]
    shown = project.compose("exec", "-T", service, "sh", "-c", READ, *volumes)
    held = {path for path, value in secrets.items() if value in shown and not path.startswith("signing/")}
    assert held == HELD[service]
    signing = {path for path in secrets if path.startswith("signing/")}
    assert signing
    assert {path for path in signing if secrets[path] in shown} == (signing if service == "airflow-worker" else set())


def test_what_lies_on_the_host_is_its_roots(project):
    """Docker keeps volumes in a folder that no other account of the host enters."""
    for one in project.inspected():
        for mount in one["Mounts"]:
            if mount["Type"] == "volume":
                parents = Path(mount["Source"]).parents
                assert any(not parent.stat().st_mode & 0o007 for parent in parents), mount["Source"]


def test_the_declaration_has_no_password():
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    given = re.findall(r"(?im)^\s*\w*(?:password|secret_key|jwt_secret|fernet_key)\w*:\s*(\S.*)$", text)
    assert given == ["/run/superuser/postgres_password"]
