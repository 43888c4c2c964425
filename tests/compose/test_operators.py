"""The operators' guide leads from an empty host to a running operation: its commands are followed as they stand.

Every block of the chapter on containers is run in a copy of the tree, in the order in which it stands there.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator

import asyncssh
import httpx
import pytest
from compose.containers import PORTS, Project
from guides.recipes import copy_tree
from integration.servers import free_ports

from calypso.local import airflow
from calypso.settings import REPOSITORY

pytestmark = pytest.mark.timeout(3600)

GUIDE = (REPOSITORY / "docs/operators.md").read_text(encoding="utf-8")
CHAPTER = GUIDE.partition("\n## In containers\n")[2].partition("\n## ")[0]
CLONE, FIRST_LOGIN, ACCOUNT, ADMINISTRATION, TRY_IT, MAIL = re.findall(r"```bash\n(.*?)```", CHAPTER, re.DOTALL)
[OVERRIDE] = re.findall(r"```yaml\n(.*?)```", CHAPTER, re.DOTALL)
[QUESTION] = re.findall(r"`(docker compose run --rm services calypso sql .*?)`", CHAPTER)
QUESTION_OF_NO_RUN = "dags/decide_doubts/dagRuns/none/taskInstances/none/-1/hitlDetails"
PASSWORD = "a long sentence that nobody else says"
ALERT = "insert into raw.alerts (cause, place, text, link) values ('a trial', 'here', 'Nothing has failed.', '')"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Clone and bring up, and take down with all that it has kept."""
    clone, up = CLONE.splitlines()
    assert clone.startswith("git clone ")
    tree = copy_tree(tmp_path_factory.mktemp("host"))
    made = Project("calypso-operators", {**free_ports(PORTS), "CALYPSO_VERSION": "guide"}, tree)
    try:
        began = time.monotonic()
        made.types(up)
        print(f"\nhealthy after {time.monotonic() - began:.0f} s, with what had to be built")
        yield made
    finally:
        made.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "5")


def url(host: Project, path: str) -> str:
    return f"http://127.0.0.1:{host.port('CALYPSO_AIRFLOW_PORT')}{path}"


def login(host: Project, name: str, password: str) -> dict[str, str]:
    """Log in to Airflow as a person does; return the header that proves it."""
    said = {"username": name, "password": password}
    given = httpx.post(url(host, "/auth/token"), json=said, timeout=60).raise_for_status()
    return {"authorization": f"Bearer {given.json()['access_token']}"}


def asked(host: Project, who: dict[str, str], method: str, path: str, said: dict | None = None) -> int:
    """Ask Airflow's API for something; return how it answers."""
    return httpx.request(method, url(host, f"/api/v2/{path}"), headers=who, json=said, timeout=60).status_code


def test_the_administrator_logs_in_with_what_was_generated(host):
    password = host.types(FIRST_LOGIN)
    assert len(password) >= 40
    assert login(host, airflow.ADMIN, password)


def test_a_duty_officer_gets_an_account_of_that_role_and_no_more(host):
    host.types(ACCOUNT, said=f"{PASSWORD}\n{PASSWORD}\n")
    officer = login(host, "duty1", PASSWORD)
    assert asked(host, officer, "GET", "dags") == 200
    assert asked(host, officer, "POST", "dags/decide_doubts/dagRuns", {"logical_date": None}) == 200
    assert asked(host, officer, "PATCH", QUESTION_OF_NO_RUN, {"chosen_options": ["accept"]}) == 404
    assert asked(host, officer, "POST", "dags/replay_submissions/dagRuns", {"logical_date": None}) == 403
    assert asked(host, officer, "PATCH", "dags/build_warehouse", {"is_paused": True}) == 403
    assert asked(host, officer, "GET", "connections") == 403


def test_an_analyst_reads_and_starts_nothing(host):
    role = ACCOUNT.replace('"duty officer"', "analyst").replace("duty1", "analyst1").replace("duty@", "analyst@")
    host.types(role, said=f"{PASSWORD}\n{PASSWORD}\n")
    analyst = login(host, "analyst1", PASSWORD)
    assert asked(host, analyst, "GET", "dags") == 200
    assert asked(host, analyst, "POST", "dags/decide_doubts/dagRuns", {"logical_date": None}) == 403
    assert asked(host, analyst, "PATCH", QUESTION_OF_NO_RUN, {"chosen_options": ["accept"]}) == 403


def test_an_administration_is_let_in_by_its_own_key_and_shut_out_again(host):
    onboard, retire = ADMINISTRATION.splitlines()
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_public_key(host.tree / "brb.pub")
    handed_over = host.types(onboard)
    found = re.search(r"ssh-ed25519 \S+", handed_over)
    assert found, handed_over
    port = host.port("CALYPSO_SFTP_PORT")
    given = {
        "username": "brb",
        "client_keys": [key],
        "known_hosts": asyncssh.import_known_hosts(f"[127.0.0.1]:{port} {found[0]}"),
        "config": None,
        "agent_path": None,
    }

    async def folders():
        async with (
            asyncssh.connect("127.0.0.1", port, **given) as connection,
            connection.start_sftp_client() as client,
        ):
            return await client.listdir("/")

    assert "inbox" in asyncio.run(folders())
    host.types(retire)
    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(folders())


def test_the_operation_of_2024_is_replayed_and_every_published_figure_holds(host):
    printed = host.types(TRY_IT)
    print(printed)
    told = re.findall(r"\b(?:yes|NO)\b", printed)
    assert len(told) >= 8
    assert set(told) == {"yes"}
    assert len(host.types(QUESTION).splitlines()) > 8


def test_replaying_again_changes_nothing(host):
    before = host.ask("select count(*) from raw.submissions")
    again = host.types(TRY_IT)
    assert " 0 files uploaded" in again
    assert set(re.findall(r"\b(?:yes|NO)\b", again)) == {"yes"}
    assert host.ask("select count(*) from raw.submissions") == before


def test_engineers_are_told_by_mail(host):
    (host.tree / "contacts.yml").write_text("engineers: [platform@coordination.example]\n")
    (host.tree / "docker-compose.override.yml").write_text(OVERRIDE)
    host.types(MAIL)
    host.ask(ALERT)  # as a task that fails for the last time does
    deadline = time.monotonic() + 400
    while "a trial: here. Nothing has failed." not in (caught := host.compose("logs", "--no-color", "mail")):
        assert time.monotonic() < deadline, caught[-2000:]
        time.sleep(3)
    assert "platform@coordination.example" in caught
