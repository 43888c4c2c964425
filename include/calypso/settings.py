"""Settings are what differs from one installation to the next; this module alone reads the environment."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HOME = REPOSITORY / ".calypso"  # or a link to where the state lies
# Where this clone's state lies if servers' accounts cannot enter the clone: among the system's variable data.
OUTSIDE = Path("/var/lib/calypso", f"{REPOSITORY.name}-{hashlib.sha256(os.fsencode(REPOSITORY)).hexdigest()[:8]}")
STACK_FILE = "stack.env"  # written by the embedded quick start into its home: KEY=value lines


@dataclass(frozen=True)
class Settings:
    """Everything an installation may set; each field is the variable CALYPSO_<FIELD>, see .env.example."""

    home: Path  # state of the quick start: databases, SFTP trees, logs, generated secrets
    landing: Path  # the landing store: bytes by SHA-256, never altered
    landing_bucket: str | None  # the object store behind it, where machines share no folder
    signing_keys: Path  # the folder of the keys that sign receipts; the newest signs
    warehouse_host: str
    warehouse_port: int
    warehouse_database: str
    loader_password: str = field(repr=False)
    transformer_password: str = field(repr=False)
    analyst_password: str = field(repr=False)
    sftp_host: str
    sftp_port: int
    airflow_host: str  # where tasks find Airflow's API server
    airflow_port: int
    airflow_url: str  # where people find it, who may come through a gate
    site: Path  # where the site is laid out, for any web server
    site_port: int
    queue: str | None  # host:port of the queue between scheduler and workers; unset, tasks run beside the scheduler
    settle_seconds: float  # a file is complete when its size and time stand still this long
    disk_warning_percent: float  # free space below which engineers get an alert
    disk_least_percent: float  # free space below which no file is taken in
    watch_seconds: float  # from one look into the inboxes to the next; a file is told of when two find it the same
    contacts: Path | None  # the file of addresses to which mail goes; unset, nobody is written to
    alerts_webhook: str | None  # where alerts are posted as {"text": ...}; unset, they go by mail alone
    lineage: Path | None  # the file that says where OpenLineage events go, in its own format; unset, none are made
    simulated_clock: Path | None  # arrival times of a simulated operation; unset, the server's clock counts

    def warehouse(self, role: str) -> str:
        """Return the libpq connection string of `role`: loader, transformer or analyst."""
        password: str = getattr(self, f"{role}_password")
        return (
            f"host={self.warehouse_host} port={self.warehouse_port} dbname={self.warehouse_database} "
            f"user=calypso_{role} password={password} application_name=calypso"
        )


def read(environment: Mapping[str, str]) -> Settings:
    """Build settings from CALYPSO_* variables, the running quick start's file standing behind them."""
    home = Path(environment.get("CALYPSO_HOME") or default_home()).absolute()
    known = _opened({**stack_environment(home), **environment})
    airflow_port = int(known.get("CALYPSO_AIRFLOW_PORT", "8080"))
    contacts = known.get("CALYPSO_CONTACTS", "")
    lineage = known.get("CALYPSO_LINEAGE", "")
    clock = known.get("CALYPSO_SIMULATED_CLOCK", "")
    return Settings(
        home=home,
        landing_bucket=known.get("CALYPSO_LANDING_BUCKET") or None,
        landing=Path(known.get("CALYPSO_LANDING", str(home / "landing"))),
        signing_keys=Path(known.get("CALYPSO_SIGNING_KEYS", str(home / "keys" / "signing"))),
        warehouse_host=known.get("CALYPSO_WAREHOUSE_HOST", "127.0.0.1"),
        warehouse_port=int(known.get("CALYPSO_WAREHOUSE_PORT", "54329")),
        warehouse_database=known.get("CALYPSO_WAREHOUSE_DATABASE", "calypso"),
        loader_password=known.get("CALYPSO_LOADER_PASSWORD") or _kept(home, "loader_password"),
        transformer_password=known.get("CALYPSO_TRANSFORMER_PASSWORD") or _kept(home, "transformer_password"),
        analyst_password=known.get("CALYPSO_ANALYST_PASSWORD") or _kept(home, "analyst_password"),
        sftp_host=known.get("CALYPSO_SFTP_HOST", "127.0.0.1"),
        sftp_port=int(known.get("CALYPSO_SFTP_PORT", "2222")),
        airflow_host=known.get("CALYPSO_AIRFLOW_HOST", "127.0.0.1"),
        airflow_port=airflow_port,
        airflow_url=known.get("CALYPSO_AIRFLOW_URL") or on_loopback(airflow_port),
        site=Path(known.get("CALYPSO_SITE", str(home / "site"))),
        site_port=int(known.get("CALYPSO_SITE_PORT", "8081")),
        queue=known.get("CALYPSO_QUEUE") or None,
        settle_seconds=float(known.get("CALYPSO_SETTLE_SECONDS", "10")),
        disk_warning_percent=float(known.get("CALYPSO_DISK_WARNING_PERCENT", "20")),
        disk_least_percent=float(known.get("CALYPSO_DISK_LEAST_PERCENT", "5")),
        watch_seconds=float(known.get("CALYPSO_WATCH_SECONDS", "5")),
        contacts=Path(contacts) if contacts else None,
        alerts_webhook=known.get("CALYPSO_ALERTS_WEBHOOK") or None,
        lineage=Path(lineage) if lineage else None,
        simulated_clock=Path(clock) if clock else None,
    )


def default_home() -> Path:
    """Return where this clone keeps its state: in itself, or outside where root's servers could not enter it.

    PostgreSQL never runs as root, so as root it needs a folder that another account can reach. Where `up` has once
    chosen one outside, the clone links to it, and it stays so whatever becomes of the permissions.
    """
    if HOME.is_symlink():
        return HOME.resolve()
    if os.geteuid() != 0 or private_folder(HOME) is None:
        return HOME
    return OUTSIDE


def private_folder(path: Path) -> Path | None:
    """Return the outermost folder above `path` that other accounts may not enter."""
    parents = (folder for folder in reversed(path.parents) if folder.exists())
    return next((folder for folder in parents if not folder.stat().st_mode & stat.S_IXOTH), None)


def set_by_name(names: Collection[str]) -> set[str]:
    """Return which of the variables `names` the environment of this process sets."""
    return {name for name in names if os.environ.get(name)}


def with_ports(settings: Settings, ports: Mapping[str, int]) -> Settings:
    """Return settings with other ports, by variable; where people find Airflow follows unless it was set."""
    moved = {variable.removeprefix("CALYPSO_").lower(): port for variable, port in ports.items()}
    found = replace(settings, **moved)  # type: ignore[arg-type]  # the names are those of ports
    if settings.airflow_url == on_loopback(settings.airflow_port):
        found = replace(found, airflow_url=on_loopback(found.airflow_port))
    return found


def on_loopback(port: int) -> str:
    """Return the address at which people on this machine find what listens on `port`."""
    return f"http://127.0.0.1:{port}"


def stack_environment(home: Path) -> dict[str, str]:
    """Return what the quick start in `home` has written for the command line.

    Nothing if it never ran, or where this account may not read it, as those of the servers may not.
    """
    try:
        lines = (home / STACK_FILE).read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return {}
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _kept(home: Path, secret: str) -> str:
    """Return a secret that was generated in `home`; nothing where there is none, or none for this account to read."""
    try:
        return (home / "secrets" / secret).read_text(encoding="utf-8")
    except OSError:
        return ""


def _opened(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with each `<NAME>_FILE` of ours read: `<NAME>` is what the file holds."""
    found = dict(environment)
    for name, path in environment.items():
        if name.startswith("CALYPSO_") and name.endswith("_FILE") and path:
            found[name.removesuffix("_FILE")] = Path(path).read_text(encoding="utf-8").strip()
    return found


def given(secret: str) -> str | None:
    """Return a secret that the environment gives, as `CALYPSO_<SECRET>` or in the file `CALYPSO_<SECRET>_FILE`."""
    return _opened(os.environ).get(f"CALYPSO_{secret.upper()}") or None


def metrics() -> dict[str, str]:
    """Return where metrics go, in Airflow's own settings: they alone pass from the caller to the quick start."""
    return {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW__METRICS__")}


def airflow_own() -> dict[str, str]:
    """Return all that the caller sets of Airflow itself; in containers it goes before what we set."""
    return {name: value for name, value in os.environ.items() if name.startswith("AIRFLOW_")}


@cache
def current() -> Settings:
    """Return this process's settings, read once."""
    return read(os.environ)
