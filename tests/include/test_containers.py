"""What containers do before they begin: every secret is made once or given, and no account opens by itself."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import yaml

from calypso import sender_limits, settings
from calypso.containers import component, starting
from calypso.local import airflow, keys, onboarding, postgres, secrets
from calypso.local.machine import CannotServe
from calypso.local.site import ALWAYS
from calypso.registry import administrations
from calypso.sheet.limits import MAX_BYTES
from calypso.site.policy import WAREHOUSE, policy


@pytest.fixture
def installation(tmp_path: Path) -> settings.Settings:
    return settings.read({"CALYPSO_HOME": str(tmp_path / "home"), "CALYPSO_QUEUE": "queue:6379"})


def content(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_secrets_are_made_once(installation):
    starting.make_secrets(installation)
    made = content(installation.home)
    starting.make_secrets(installation)
    assert content(installation.home) == made
    assert {secrets.SUPERUSER, secrets.QUEUE, secrets.AIRFLOW_ADMIN, "loader_password"} <= {
        name.removeprefix("secrets/") for name in made if name.startswith("secrets/")
    }
    assert made["secrets/queue/queue.conf"].decode() == f"requirepass {made['secrets/queue/queue_password'].decode()}\n"


def test_each_secret_is_its_owners(installation):
    starting.make_secrets(installation)
    for name in content(installation.home):
        if name.startswith(("secrets/", "hub/", "host/")):
            assert stat.S_IMODE((installation.home / name).stat().st_mode) == 0o600, name


def test_no_account_opens_before_a_key_is_brought(installation):
    starting.make_secrets(installation)
    door = installation.home / "door"
    assert {path.name for path in door.iterdir()} == {"accounts", "hub.pub", "host.pub"}
    assert (door / "accounts").read_text().split() == list(administrations())


def test_a_secret_that_is_given_is_taken(installation, tmp_path, monkeypatch):
    file = tmp_path / "given"
    file.write_text("sesame\n")
    monkeypatch.setenv("CALYPSO_POSTGRES_PASSWORD_FILE", str(file))
    monkeypatch.setenv("CALYPSO_AIRFLOW_JWT_SECRET", "open")
    starting.make_secrets(installation)
    assert content(installation.home)[f"secrets/{secrets.SUPERUSER}"] == b"sesame"
    assert airflow.environment(secrets.complete(installation))["AIRFLOW__API_AUTH__JWT_SECRET"] == "open"


def test_a_setting_may_come_from_a_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("sesame\n")
    assert settings.read({"CALYPSO_LOADER_PASSWORD_FILE": str(file)}).loader_password == "sesame"


def test_a_secret_that_cannot_be_made_is_named(installation):
    installation.home.mkdir()
    (installation.home / "secrets").write_text("a file where a folder should be")
    with pytest.raises(CannotServe, match="loader_password"):
        secrets.complete(installation)


def test_workers_share_the_queue_and_the_quick_start_has_none(installation, tmp_path):
    starting.make_secrets(installation)
    told = airflow.environment(secrets.complete(installation))
    password = secrets.secret(installation.home, secrets.QUEUE)
    assert told["AIRFLOW__CELERY__BROKER_URL"] == f"redis://:{password}@queue:6379/0"
    alone = settings.read({"CALYPSO_HOME": str(installation.home)})
    assert not [name for name in airflow.environment(secrets.complete(alone)) if "CELERY" in name]


def test_only_a_public_key_lets_in(installation):
    starting.make_secrets(installation)
    pair = asyncssh.generate_private_key("ssh-ed25519")
    onboarding._open(installation.home, "brb", pair.export_public_key().decode())
    assert keys.authorised(installation.home, "brb") == [pair.convert_to_public()]
    for wrong in ("", "sesame", pair.export_private_key().decode()):
        with pytest.raises(CannotServe, match="no public key"):
            onboarding._open(installation.home, "brb", wrong)
    assert keys.authorised(installation.home, "brb") == [pair.convert_to_public()]
    assert not keys.private(installation.home, "brb").exists()


@pytest.mark.parametrize("name", ["index.html", WAREHOUSE])
def test_both_web_servers_say_the_same_of_a_page(name):
    said = (settings.REPOSITORY / "containers" / "web" / "nginx.conf").read_text(encoding="utf-8")
    key = f"/{name}" if name == WAREHOUSE else "default"
    assert f'{key} "{policy(name)}";' in said
    for header, value in ALWAYS.items():
        assert f"add_header {header} {value} always;" in said


def declared() -> dict[str, Any]:
    declaration: dict[str, Any] = yaml.safe_load(
        (settings.REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    )
    return declaration


def chart() -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(
        (settings.REPOSITORY / "containers" / "helm" / "values.yaml").read_text(encoding="utf-8")
    )
    return values


def test_postgres_is_set_as_in_the_quick_start():
    """All but where it listens, which is the container's own."""
    said = dict(option.removeprefix("-c").split("=", 1) for option in declared()["services"]["postgres"]["command"][1:])
    own = {"listen_addresses", "unix_socket_directories"}
    assert said == {name: value for name, value in postgres.CONFIGURATION.items() if name not in own}


def test_airflow_gets_its_own_secrets_and_nobody_elses(installation):
    """A folder of its own, which its components find where the quick start has all."""
    starting.make_secrets(installation)
    secrets_folder = installation.home / "secrets"
    own = {path.name: path.read_text() for path in (secrets_folder / "airflow").iterdir() if path.is_file()}
    assert set(own) == {
        *(secrets.AIRFLOW_DATABASE, *airflow.SECRETS),
        *(f"{role}_password" for role in ("loader", "transformer", "analyst")),
    }
    assert own == {name: (secrets_folder / name).read_text() for name in own}


ALWAYS_UP = [name for name, service in declared()["services"].items() if service.get("restart") == "unless-stopped"]


@pytest.mark.parametrize("name", ALWAYS_UP)
def test_a_container_that_stays_up_is_closed(name):
    service = declared()["services"][name]
    limits = service["deploy"]["resources"]["limits"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert limits["memory"]
    assert limits["pids"]
    assert not service.get("privileged")


def test_who_is_reached_from_outside_has_networks_of_its_own():
    """From the SFTP and the web server there is no way to the databases, to the queue or to Airflow."""
    networks = {name: set(service.get("networks", ())) for name, service in declared()["services"].items()}
    for inner in ("postgres", "queue", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor"):
        assert not networks[inner] & (networks["sftp"] | networks["web"]), inner
    assert not networks["sftp"] & networks["web"]
    assert networks["postgres"] == networks["queue"] == {"inner"}
    assert declared()["networks"]["inner"]["internal"] is True


def test_a_pod_is_as_closed_as_a_container():
    """What Compose says of a component's files the chart says too: they are read, but for the same folders."""
    component = declared()["services"]["airflow-worker"]
    values = chart()
    assert values["securityContexts"]["containers"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": component["cap_drop"]},
        "readOnlyRootFilesystem": component["read_only"],
    }
    task = (settings.REPOSITORY / "containers" / "helm" / "kubernetes.yaml").read_text(encoding="utf-8")
    [own] = re.findall(r"(?m)^ +securityContext: (\{allow.*\})$", task)
    assert yaml.safe_load(own) == values["securityContexts"]["containers"]
    scratch = {volume["name"] for volume in values["volumes"] if "emptyDir" in volume}
    assert {one["mountPath"] for one in values["volumeMounts"] if one["name"] in scratch} == {
        folder.partition(":")[0] for folder in component["tmpfs"]
    }


def test_a_session_of_openssh_is_bounded_by_what_is_read():
    """A file that is cut at the server's limit is larger than what is read, so that its receipt tells of its size."""
    session = (settings.REPOSITORY / "containers" / "sftp" / "session").read_text(encoding="utf-8")
    [blocks] = re.findall(r"(?m)^ulimit -f (\d+)", session)
    assert int(blocks) * 512 == sender_limits.FILE_BYTES > MAX_BYTES
    senders = (settings.REPOSITORY / "containers" / "sftp" / "senders.conf").read_text(encoding="utf-8")
    forced = re.findall(r"(?m)^ *ForceCommand internal-sftp .*-p (\S+)$", senders)
    assert len(forced) == 3
    served = set(",".join(forced).split(","))
    assert not served & {"copy-data", "statvfs", "fstatvfs", "symlink", "hardlink", "readlink", "mkdir", "rmdir"}


def test_openssh_bounds_an_account_by_the_numbers_of_the_quick_start():
    serve = (settings.REPOSITORY / "containers/sftp/serve").read_text(encoding="utf-8")
    gigabytes, entries, processes = (
        int(re.search(pattern, serve, re.MULTILINE)[1])
        for pattern in (r"^MOST_BYTES=\$\(\((\d+) \* 1024", r"^MOST_ENTRIES=(\d+)", r"^MOST_PROCESSES=(\d+)")
    )
    assert gigabytes * 1024**3 == sender_limits.INBOX_BYTES
    assert entries == sender_limits.INBOX_ENTRIES
    assert processes == 2 * sender_limits.CONNECTIONS


def test_a_command_that_is_not_there_is_named(installation):
    starting.make_secrets(installation)
    with pytest.raises(CannotServe, match="no-such-program cannot be run"):
        component.become(installation, ["no-such-program"])


@pytest.mark.parametrize("name", ["values.yaml", "kubernetes.yaml"])
def test_the_values_for_kubernetes_can_be_read_and_hold_no_secret(name):
    text = (settings.REPOSITORY / "containers" / "helm" / name).read_text(encoding="utf-8")
    assert yaml.safe_load(text)["executor"] in {"CeleryExecutor", "KubernetesExecutor"}
    assert not re.findall(r"(?i)(?:password|key|secret):\s*[^\s{]", text)


def test_kubernetes_and_compose_give_a_component_the_same_settings():
    """What one says of a component the other says too, if of another place."""
    compose, helm = declared(), chart()
    here, there = (
        set(compose["x-environment"]),
        {one["name"] for one in [*helm["env"], *yaml.safe_load(helm["extraEnv"])]},
    )
    optional = {name for name in here if str(compose["x-environment"][name]).endswith(":-}")} | {
        *("AIRFLOW_CONN_SMTP_DEFAULT", "CALYPSO_SETTLE_SECONDS", "CALYPSO_WATCH_SECONDS"),
        *("CALYPSO_DISK_WARNING_PERCENT", "CALYPSO_DISK_LEAST_PERCENT"),
        *("AIRFLOW__API__WORKERS", "CALYPSO_SITE_PORT", "CALYPSO_QUEUE"),  # the chart's own way of these
    }
    assert here - optional <= there
    assert there - here == {"CALYPSO_HOME"}  # the image says it, but the chart's own containers may not


def test_whoever_may_read_the_secrets_need_not_be_given_them(installation):
    """A command in the container of the services has no variable of a password, as a shell has none."""
    starting.make_secrets(installation)
    told = settings.read({"CALYPSO_HOME": str(installation.home)})
    assert told.loader_password == secrets.secret(installation.home, "loader_password")
    assert (
        settings.read({"CALYPSO_HOME": str(installation.home), "CALYPSO_LOADER_PASSWORD": "own"}).loader_password
        == "own"
    )
