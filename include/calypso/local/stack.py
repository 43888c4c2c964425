"""The stack is everything the quick start runs, brought up, looked at, taken down and removed as one."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from calypso import registry
from calypso.local import (
    accounts,
    airflow,
    airflow_api,
    durations,
    machine,
    postgres,
    preparing,
    secrets,
    sftp,
    site,
    supervision,
)
from calypso.local.machine import CannotServe
from calypso.local.program import Program
from calypso.settings import Settings, set_by_name, stack_environment, with_ports
from calypso.site import publishing

SERVERS = ("postgres", "sftp", "site")  # which start at once; Airflow waits for its database
HEALTHY_WITHIN = 180  # seconds, on a slow machine that is also asked for other things

Say = Callable[[str], None]


@dataclass(frozen=True)
class Component:
    """One line of the status."""

    name: str
    up: bool
    pid: int | None
    address: str


def up(
    settings: Settings,
    say: Say = print,
    meanwhile: Callable[[Settings], None] | None = None,
    *,
    alone: bool = False,
) -> Settings:
    """Bring the stack up, or see that it is; return the settings in force.

    `meanwhile` is called when SFTP and the warehouse are there, while Airflow is still starting. `alone`, they are
    brought up and nothing of Airflow: for whoever works on the models or the rules.
    """
    began = time.monotonic()
    home = settings.home.absolute()
    machine.check_place(home)
    if sentence := machine.chosen_outside(home):
        say(sentence)
    machine.prepare_home(home)
    machine.link_home(home)
    with machine.private(), machine.alone(home):
        starting = not supervision.is_running(home)
        if not starting:
            _same_ports(settings)
        else:
            machine.check_memory()
            if not alone and not meanwhile:  # or whoever calls has told already
                say(durations.expected(home, "up"))
            supervision.stop(home)  # what a killed process manager has left would hold the ports
            settings = _on_free_ports(settings, say)
        known = _on_loopback(secrets.complete(settings))
        sftp.create_trees(home, registry.administrations())
        preparing.references(home)
        publishing.publish(known)
        accounts.give_trees(home)
        accounts.close(home, known.site)
        if starting:
            _start(known, say)
        supervision.ensure(home, SERVERS)
        postgres.wait(postgres.administrator(known))
        _open(known, say, meanwhile, alone)
        if starting and not alone:
            durations.keep(home, "up", time.monotonic() - began)
    say(f"Calypso is up after {time.monotonic() - began:.0f} s")
    return known


def down(settings: Settings) -> None:
    """Stop everything this home has started; its data stay."""
    supervision.stop(settings.home.absolute())


def clean(settings: Settings) -> None:
    """Stop everything and remove the home, which must be marked as ours."""
    home = settings.home.absolute()
    if not home.exists():
        return
    if not (home / machine.MARKER).exists():
        raise CannotServe(f"{home} was not made by Calypso and is left as it is: remove it yourself if it is yours.")
    down(settings)
    shutil.rmtree(home)
    machine.unlink_home(home)


def status(settings: Settings) -> list[Component]:
    """Return each component: whether it is up, its process and where it answers."""
    home = settings.home.absolute()
    addresses = {
        "postgres": f"127.0.0.1:{settings.warehouse_port}/{settings.warehouse_database}",
        "sftp": f"sftp://127.0.0.1:{settings.sftp_port}",
        "site": site.url(settings),
        "api-server": airflow.url(settings),
    }
    known = supervision.processes(home)
    components = []
    for name in (*SERVERS, *airflow.COMPONENTS):
        process = known.get(name)
        running = process is not None and process["statename"] == "RUNNING"
        pid = process["pid"] if process and running else None
        components.append(Component(name, running, pid, addresses.get(name, "")))
    return components


def _on_loopback(settings: Settings) -> Settings:
    """Let files settle at once: what comes over loopback does not stall."""
    return dataclasses.replace(
        settings, settle_seconds=min(settings.settle_seconds, 0.5), watch_seconds=min(settings.watch_seconds, 1)
    )


def _on_free_ports(settings: Settings, say: Say) -> Settings:
    """Move what would listen on a port that another program has, unless the caller has set that port by name."""
    wanted = machine.ports(settings)
    free = machine.free_ports(wanted, set_by_name(wanted))
    for setting, port in free.items():
        if port != wanted[setting]:
            say(f"Port {wanted[setting]} is taken by another program: {port} is used instead ({setting})")
    return with_ports(settings, free)


def _start(settings: Settings, say: Say) -> None:
    """Start the process manager, and with it PostgreSQL, SFTP and the site's web server."""
    home = settings.home
    say("Setting up PostgreSQL")
    postgres.initialise(home)
    airflow.prepare(settings)
    airflow.admit(settings)
    (home / "run").mkdir(mode=0o700, exist_ok=True)
    supervision.start(home, _programs(settings))


def _programs(settings: Settings) -> list[Program]:
    """Return every program, each with the variables that it needs: PostgreSQL and the two other servers no secret."""
    home = settings.home
    # INT is PostgreSQL's fast shutdown; only the postmaster may have it, which stops its own.
    stopping = {"stopsignal": "INT", "stopasgroup": "false", "stopwaitsecs": "30"}
    known = {**supervision.BARE, "HOME": str(home), **secrets.public(settings)}
    python = [sys.executable, "-P", "-m"]
    return [
        Program(
            "postgres",
            postgres.command(home, settings.warehouse_port),
            "database",
            stopping,
            supervision.BARE,
            accounts.identifier(accounts.POSTGRES),
            "/",
        ),
        Program("sftp", [*python, "calypso.local.sftp", *accounts.named(accounts.SFTP)], "services", {}, known),
        Program("site", [*python, "calypso.local.site", *accounts.named(accounts.SITE)], "services", {}, known),
        *airflow.programs(settings, "services"),
    ]


def _open(settings: Settings, say: Say, meanwhile: Callable[[Settings], None] | None, alone: bool) -> None:
    """Prepare both databases at the same time, start Airflow on its own, and wait until all is healthy."""
    with ThreadPoolExecutor() as together:
        prepared = together.submit(_prepare_warehouse, settings, meanwhile)
        secrets.write_stack_file(settings)  # in which tasks find what their environment does not hold
        if not alone:
            _start_airflow(settings, say)
        if not alone:
            _healthy(settings)
        prepared.result()
    supervision.wait(settings.home, SERVERS)


def _prepare_warehouse(settings: Settings, meanwhile: Callable[[Settings], None] | None) -> None:
    preparing.warehouse(settings)
    if meanwhile:
        meanwhile(settings)


def _start_airflow(settings: Settings, say: Say) -> None:
    preparing.metadata(settings)
    airflow.migrate(settings, airflow.environment(settings))
    if supervision.ensure(settings.home, airflow.COMPONENTS):
        say(f"Starting Airflow at {airflow.url(settings)}")


def _healthy(settings: Settings) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN
    with airflow_api.Client(settings) as client:
        while True:
            health = client.health(_started(settings))
            sick = sorted(name for name, state in health.items() if state != "healthy")
            if health and not sick and all(component.up for component in status(settings)):
                return
            if time.monotonic() > deadline:
                logs = settings.home / "logs"
                raise CannotServe(
                    f"Airflow is not healthy after {HEALTHY_WITHIN} s ({', '.join(sick) or 'no answer'}): "
                    f"see the logs in {logs}, then `make down` and `make up`."
                )
            time.sleep(0.25)


def _started(settings: Settings) -> dict[str, float]:
    """Return when each component was started, by the name Airflow's health gives it."""
    known = supervision.processes(settings.home)
    return {name.replace("-", "_"): process["start"] for name, process in known.items()}


def _same_ports(settings: Settings) -> None:
    """Refuse to look for a running stack where it is not."""
    home = settings.home.absolute()
    known = stack_environment(home)
    for setting, port in machine.ports(settings).items():
        if known.get(setting, str(port)) != str(port):
            raise CannotServe(f"Calypso is up with {setting} {known[setting]}, not {port}: run `make down` first.")
