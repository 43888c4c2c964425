"""Airflow is set up by its environment alone; nothing of its configuration is written by hand."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Set
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

from calypso.local import keys, secrets, sftp
from calypso.local.machine import CannotServe
from calypso.local.program import Program
from calypso.settings import REPOSITORY, Settings, metrics

ADMIN = "admin"
FERNET_KEY, SECRET_KEY, JWT_SECRET = "airflow_fernet_key", "airflow_secret_key", "airflow_jwt_secret"
SECRETS = (FERNET_KEY, SECRET_KEY, JWT_SECRET)
COMPONENTS = {
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
    "api-server": ["api-server"],
}
# Tasks are forked from the scheduler, or from a worker of Celery's: what that has imported, a task has for nothing.
LOCAL_SETTINGS = '''"""What the process that forks tasks imports once, so that no task waits for it."""

import sys
from functools import partial

from airflow.configuration import conf

FORKS = {"LocalExecutor": ["scheduler"], "CeleryExecutor": ["celery"]}

if sys.argv[1:2] == FORKS.get(conf.get("core", "executor")):
    import paramiko
    import polars  # starts no thread before it is used: a forked task may use it
    import psycopg2

    from calypso import contracts, countries, guard, history, inbox, ledger, loading, receipts, registry
    from expectations import judge, rules, seizures, trial

    for read_once in (
        registry.administrations, registry.operations, contracts.contracts, countries.spellings, countries.retired,
        rules.rule_book, seizures.cell_checks, seizures.row_checks, receipts.wording, receipts.page.template,
        trial.rehearse, *(partial(guard.prepare, office) for office in registry.administrations().values()),
    ):
        read_once()
'''


# What a component has in its environment beside what all have. What runs tasks has all that tasks need. With the key
# of tokens (jwt) anybody can be claimed: workers get theirs ready made, and the triggerer asks itself.
TASKS = frozenset({"database", "fernet", "hub", "loader", "transformer", "analyst", "queue", "alerts"})
NEEDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "scheduler": frozenset({"database", "fernet", "jwt", "queue"}),  # and in the quick start what tasks need
        "dag-processor": frozenset({"database", "fernet"}),
        "triggerer": frozenset({"database", "fernet", "hub"}),
        "api-server": frozenset({"database", "fernet", "jwt", "sessions", "transformer"}),  # the board reads the marts
        "celery": TASKS | {"sessions"},  # a worker shows its logs to whoever has a token signed with that key
    }
)
ALL = TASKS | {"jwt", "sessions"}


def needs(settings: Settings, component: str | None) -> frozenset[str]:
    """Return what a component of Airflow's needs; all, where it is none of them. Tasks run beside the scheduler."""
    found = NEEDS.get(component or "", ALL)
    return found | TASKS if component == "scheduler" and not settings.queue else found


def environment(settings: Settings, component: str | None = None) -> dict[str, str]:
    """Return the whole environment of a component of Airflow's, or one that has everything: of commands and of tasks.

    Of the caller's own it holds where metrics go. Passwords that lie in files of the home are read from there.
    """
    needed = needs(settings, component)
    optional = {
        "hub": {"AIRFLOW_CONN_SFTP_HUB": connection(settings)},
        "alerts": {"CALYPSO_ALERTS_WEBHOOK": settings.alerts_webhook} if settings.alerts_webhook else {},
    }
    return {
        "PATH": f"{sysconfig.get_path('scripts')}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(settings.home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY),
        **secrets.public(settings),
        **secrets.unkept(settings, needed & {"loader", "transformer", "analyst"}),
        **_telemetry(),
        **_airflow(settings),
        **_secret(settings, needed),
        **{name: value for need, known in optional.items() if need in needed for name, value in known.items()},
        **metrics(),
    }


def connection(settings: Settings) -> str:
    """Return the hub's SFTP connection as Airflow reads it: key only, the server's key pinned."""
    return json.dumps(
        {
            "conn_type": "sftp",
            "host": settings.sftp_host,
            "port": settings.sftp_port,
            "login": sftp.HUB,
            "extra": {
                "key_file": str(keys.private(settings.home, sftp.HUB)),
                "host_key": keys.host_key(settings.home),
                "no_host_key_check": "false",
            },
        }
    )


def _telemetry() -> dict[str, str]:
    return {
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "GX_ANALYTICS_ENABLED": "false",
    }


def _airflow(settings: Settings) -> dict[str, str]:
    home = settings.home
    folder = home / "airflow"
    options = {
        "CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "CORE__PLUGINS_FOLDER": str(REPOSITORY / "dags" / "plugins"),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "4",  # on two cores; the default would fork 32 workers
        # LocalExecutor queues whatever it is given, whatever the parallelism (apache/airflow#71914), and what is queued
        # runs in that order: only a small pool lets what has begun go before what has not. Two more than there are
        # workers, so that none waits for the scheduler.
        "CORE__DEFAULT_POOL_TASK_SLOT_COUNT": "6",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks the name server
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folder / "passwords.json"),
        "CORE__EXECUTION_API_SERVER_URL": f"{url(settings)}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(settings.airflow_port),
        "API__BASE_URL": settings.airflow_url,
        "DAG_PROCESSOR__REFRESH_INTERVAL": "20",  # a new or changed Dag file is seen within 20 s,
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "60",  # and a change of the registry within 60
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        # A killed scheduler is replaced at once, and what it had in hand is taken up within a minute.
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # A worker that misses the end of its task (the sockets close before the process does) looks again
        # after this long: with the default of 5 s, every other task seemed to last 5 s.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        "LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    }
    if settings.queue:
        # What a killed worker had fetched and not begun is asked for again after two minutes instead of ten, and as
        # long as before: half an hour.
        options["SCHEDULER__TASK_QUEUED_TIMEOUT"] = "120"
        options["SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL"] = "30"
        options["SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES"] = "15"
    return {"AIRFLOW_HOME": str(folder), **{f"AIRFLOW__{name}": value for name, value in options.items()}}


def _secret(settings: Settings, needed: Set[str]) -> dict[str, str]:
    """Return Airflow's own secrets, of those that are needed."""
    home = settings.home
    database = (
        f"postgresql+psycopg2://airflow:{secrets.secret(home, secrets.AIRFLOW_DATABASE)}"
        f"@{settings.warehouse_host}:{settings.warehouse_port}/airflow"
    )
    known = {
        "database": {"DATABASE__SQL_ALCHEMY_CONN": database},
        "fernet": {"CORE__FERNET_KEY": secrets.secret(home, FERNET_KEY)},
        "sessions": {"API__SECRET_KEY": secrets.secret(home, SECRET_KEY)},
        "jwt": {"API_AUTH__JWT_SECRET": secrets.secret(home, JWT_SECRET)},
    }
    if settings.queue and "queue" in needed:
        known["queue"] = {
            "CELERY__BROKER_URL": f"redis://:{secrets.secret(home, secrets.QUEUE)}@{settings.queue}/0",
            "CELERY__RESULT_BACKEND": f"db+{database}",
        }
    return {f"AIRFLOW__{name}": value for need in needed for name, value in known.get(need, {}).items()}


def url(settings: Settings) -> str:
    """Return where Airflow answers to the platform itself."""
    return f"http://{settings.airflow_host}:{settings.airflow_port}"


def programs(settings: Settings, group: str) -> list[Program]:
    """Return Airflow's components; none starts before its metadata database is there."""
    # Each stops its own children; a signal to all at once makes the scheduler wait for workers that are gone.
    options = {"autostart": "false", "stopasgroup": "false", "stopwaitsecs": "10"}
    return [
        Program(name, [program(), *command], group, options, environment(settings, name))
        for name, command in COMPONENTS.items()
    ]


def prepare(settings: Settings) -> None:
    """Write the file which Airflow reads besides its environment."""
    folder = settings.home / "airflow"
    (folder / "config").mkdir(parents=True, exist_ok=True)
    (folder / "config" / "airflow_local_settings.py").write_text(LOCAL_SETTINGS)


def admit(settings: Settings) -> None:
    """Write the file by which the quick start's one administrator logs in."""
    password = secrets.secret(settings.home, secrets.AIRFLOW_ADMIN)
    secrets.write(settings.home / "airflow" / "passwords.json", json.dumps({ADMIN: password}))


def migrate(settings: Settings, known: Mapping[str, str]) -> None:
    """Bring the metadata database to this version of Airflow, unless it is there."""
    stamp = settings.home / "airflow" / "migrated"
    installed = version("apache-airflow")
    if stamp.exists() and stamp.read_text() == installed:
        return
    log = settings.home / "logs" / "airflow-migration.log"
    with log.open("w") as out:
        done = subprocess.run([program(), "db", "migrate"], env=known, stdout=out, stderr=out, check=False)
    if done.returncode != 0:
        raise CannotServe(f"Airflow could not prepare its database; {log} says why.")
    stamp.write_text(installed)


def program() -> str:
    """Return the command `airflow` of this installation."""
    return str(Path(sys.executable).with_name("airflow"))
