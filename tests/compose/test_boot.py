"""The platform comes up by one command, healthy, as accounts that own nothing, and answers on loopback alone."""

from __future__ import annotations

import contextlib
import socket
import time

import httpx
import pytest
import yaml
from compose.containers import Project, docker

from calypso.local import airflow, secrets
from calypso.local.site import ALWAYS
from calypso.settings import REPOSITORY
from calypso.site.policy import WAREHOUSE, policy

ONCE = {"secrets", "services"}
PLATFORM, POSTGRES = "10001", "999"
AS_ROOT = {"sftp"}  # to become the account that logs in; see its capabilities


def declared() -> dict:
    return yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))


def url(project: Project, name: str) -> str:
    return f"http://127.0.0.1:{project.port(name)}"


def test_everything_is_healthy_and_what_runs_once_has_ended_well(project):
    states = {one["Service"]: (one["State"], one["Health"], one["ExitCode"]) for one in project.services()}
    wanted = {name for name, service in declared()["services"].items() if not service.get("profiles")}
    assert set(states) == wanted
    assert {name for name, state in states.items() if state == ("running", "healthy", 0)} == wanted - ONCE
    assert all(states[name][::2] == ("exited", 0) for name in ONCE)


def test_no_process_is_root_but_openssh(project):
    for one in project.inspected():
        service = one["Config"]["Labels"]["com.docker.compose.service"]
        assert not one["HostConfig"]["Privileged"]
        if service not in ONCE | AS_ROOT:
            _, *lines = docker("top", one["Id"], "-eo", "pid,uid").splitlines()
            assert {line.split()[1] for line in lines} <= {PLATFORM, POSTGRES}, service


def test_nothing_is_published_beyond_loopback(project):
    published = [
        binding
        for one in project.inspected()
        for bindings in (one["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or []
    ]
    assert len(published) == 3
    assert {binding["HostIp"] for binding in published} == {"127.0.0.1"}


def test_everything_restarts_has_limits_and_logs_to_its_output(project):
    for one in project.inspected():
        service = one["Config"]["Labels"]["com.docker.compose.service"]
        assert one["HostConfig"]["LogConfig"]["Type"] == "json-file"
        if service not in ONCE:
            assert one["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
            assert one["HostConfig"]["Memory"] > 0, service


def test_no_container_changes_its_own_files_or_gains_a_right(project):
    for one in project.inspected():
        service, host = one["Config"]["Labels"]["com.docker.compose.service"], one["HostConfig"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"], service
        assert host["CapDrop"] == ["ALL"], service
        if service not in ONCE:
            assert host["ReadonlyRootfs"], service
            assert host["PidsLimit"] > 0, service


@pytest.mark.parametrize("service", ["sftp", "web"])
@pytest.mark.parametrize("target", ["postgres/5432", "queue/6379", "airflow-api-server/8080"])
def test_who_is_let_in_from_outside_has_no_way_further(project, service, target):
    address = target.replace(target.split("/")[0], addresses(project)[target.split("/")[0]])
    for named in (target, address):
        done = project.attempt("exec", "-T", service, "timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{named}")
        assert done.returncode != 0, named


def addresses(project: Project) -> dict[str, str]:
    """Return an address of each service that runs."""
    return {
        one["Config"]["Labels"]["com.docker.compose.service"]: next(iter(one["NetworkSettings"]["Networks"].values()))[
            "IPAddress"
        ]
        for one in project.inspected()
        if one["State"]["Running"]
    }


def test_the_queue_asks_for_a_password(project):
    def ask(*words: str) -> str:
        return project.attempt("exec", "-T", "queue", "valkey-cli", *words).stdout

    assert "NOAUTH" in ask("ping")
    assert "WRONGPASS" in ask("auth", "sesame")
    assert "NOAUTH" in ask("config", "get", "requirepass")


def test_airflow_asks_for_a_login_and_its_administrator_has_one(project):
    address = url(project, "CALYPSO_AIRFLOW_PORT")
    assert httpx.get(f"{address}/api/v2/dags").status_code == 401
    assert httpx.get(f"{address}/calypso/board").status_code in {401, 403}
    who = {"username": airflow.ADMIN, "password": project.file(f"secrets/{secrets.AIRFLOW_ADMIN}")}
    token = httpx.post(f"{address}/auth/token", json=who, timeout=60).raise_for_status().json()["access_token"]
    dags = httpx.get(
        f"{address}/api/v2/dags?limit=100", headers={"authorization": f"Bearer {token}"}, timeout=60
    ).json()
    assert {"ingest__brb", "build_warehouse"} <= {dag["dag_id"] for dag in dags["dags"]}
    wrong = httpx.post(f"{address}/auth/token", json={**who, "password": airflow.ADMIN}, timeout=60)
    assert wrong.status_code == 401


@pytest.mark.parametrize("language", ["en", "fr", "es", "nl"])
def test_the_web_server_gives_the_site_and_runs_nothing(project, language):
    site = url(project, "CALYPSO_SITE_PORT")
    page = f"{site}/reference/{language}/seizures_specification.html"
    assert httpx.get(site).status_code == httpx.get(page).status_code == 200
    assert httpx.post(page).status_code == 405
    assert {httpx.get(f"{site}/{hidden}").status_code for hidden in (".site/lock", "reference/", "../catalogue/")} <= {
        403,
        404,
    }


@pytest.mark.parametrize(
    "path",
    [
        *("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/reference/..%2f..%2f..%2fetc/passwd"),
        *("/..%5c..%5cetc/passwd", "//etc/passwd", "/./.site/lock", "/%2esite/lock", "/.kept/", "/reference/en/"),
        *("/proc/self/environ", "/index.html%00.txt", "/../site/index.html/..", "/warehouse/../../secrets"),
    ],
)
def test_the_web_server_gives_nothing_beside_the_site(project, path):
    asked = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answer = spoken(project, asked.encode())
    assert answer.split(b" ")[1] in {b"400", b"403", b"404"}, answer[:200]
    assert b"root:" not in answer


@pytest.mark.parametrize("host", ["stranger.example", "", "10.0.0.1", "localhost.stranger.example", "127.0.0.1.nip.io"])
def test_the_web_server_answers_to_its_own_names(project, host):
    """A page of a stranger's cannot ask for the site through the browser of a reader under a name of its own."""
    answer = spoken(project, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.split(b" ")[1] in {b"400", b"421"}, answer[:200]
    assert b"<main" not in answer
    assert spoken(project, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").split(b" ")[1] == b"200"


def test_the_web_server_takes_nothing_and_waits_for_nobody(project):
    large = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\nConnection: close\r\n\r\n" + b"x" * 4096
    assert spoken(project, large).split(b" ")[1] == b"413"
    long = b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert spoken(project, long).split(b" ")[1] == b"414"
    began = time.monotonic()
    assert spoken(project, b"GET / HTTP/1.1\r\nHost: loc") == b""
    assert time.monotonic() - began < 20


def spoken(project: Project, said: bytes) -> bytes:
    """Say something to the web server as it stands; return all that it answers until it closes."""
    with socket.create_connection(("127.0.0.1", project.port("CALYPSO_SITE_PORT")), 30) as connection:
        connection.sendall(said)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
        return answer


@pytest.mark.parametrize("name", ["index.html", WAREHOUSE])
def test_the_web_server_says_what_the_quick_starts_says(project, name):
    """Whether the page is there or not: a browser is told the same of each."""
    given = httpx.get(f"{url(project, 'CALYPSO_SITE_PORT')}/{name}")
    assert given.headers["content-security-policy"] == policy(name)
    assert {header: given.headers.get(header) for header in ALWAYS} == dict(ALWAYS)


def test_starting_again_changes_no_secret(project):
    before = project.by_hand("sh", "-c", "cd /var/lib/calypso && cat secrets/* secrets/*/* hub/key door/* | sha256sum")
    project.compose("run", "--rm", "-T", "secrets")
    again = project.by_hand("sh", "-c", "cd /var/lib/calypso && cat secrets/* secrets/*/* hub/key door/* | sha256sum")
    assert before == again
