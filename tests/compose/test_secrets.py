"""No generated secret stands in an image, in the declaration, in a log, or in what Docker tells of a container."""

from __future__ import annotations

import json
import re
import subprocess

import pytest
from compose.containers import Project, docker

from calypso.settings import REPOSITORY

FIND = "cd /var/lib/calypso && find secrets hub host keys signing -type f ! -name '*.pub' ! -name '.*' ! -name '*.conf'"
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


def test_each_service_mounts_only_what_it_needs(project):
    mounts = {
        one["Config"]["Labels"]["com.docker.compose.service"]: {
            mount["Name"].removeprefix(f"{project.name}_") for mount in one["Mounts"] if mount["Type"] == "volume"
        }
        for one in project.inspected()
    }
    holders = {
        "superuser-secret": {"secrets", "services", "postgres"},
        "host-key": {"secrets", "sftp"},
        "keys": {"secrets", "services"},
        "trees": {"services", "sftp"},
    }
    for volume, services in holders.items():
        assert {service for service, held in mounts.items() if volume in held} == services, volume


def test_the_declaration_has_no_password():
    text = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    given = re.findall(r"(?im)^\s*\w*(?:password|secret_key|jwt_secret|fernet_key)\w*:\s*(\S.*)$", text)
    assert given == ["/run/superuser/postgres_password"]
