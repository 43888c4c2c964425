"""The command line runs the quick start and reads the warehouse; each command is one function."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from calypso import asking, beforehand, reporting, standing, terminal
from calypso.local.machine import CannotServe
from calypso.refusal import refuse

app = typer.Typer(
    help="Calypso: the reporting warehouse of a joint customs operation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# A command imports what it needs inside itself: `calypso --help` must not wait for Airflow or pandas.


@app.command()
def up(
    alone: Annotated[
        bool, typer.Option("--alone", help="Without Airflow: to work on the models or the rules.")
    ] = False,
) -> None:
    """Start PostgreSQL, SFTP and Airflow on this machine, or see that they run."""
    from calypso import settings
    from calypso.local import airflow, secrets, site, stack

    with one_sentence():
        known = stack.up(settings.current(), terminal.say, alone=alone)
        if alone:
            return
        password = known.home / "secrets" / secrets.AIRFLOW_ADMIN
        terminal.say(f"Airflow: {airflow.url(known)}, user {airflow.ADMIN}, password in {password}")
        terminal.say(f"Site: {site.url(known)}")


@app.command()
def down() -> None:
    """Stop everything that `up` has started; the data stay."""
    from calypso import settings
    from calypso.local import stack

    with one_sentence():
        stack.down(settings.current())
        terminal.say("Calypso is down.")


@app.command()
def clean() -> None:
    """Stop everything and remove its data, keys and secrets."""
    from calypso import settings
    from calypso.local import stack

    with one_sentence():
        stack.clean(settings.current())
        terminal.say("Calypso is down and its home is removed.")


@app.command()
def status() -> None:
    """Say of each component whether it is up, its process and its address."""
    from calypso import settings
    from calypso.local import stack

    components = stack.status(settings.current())
    for component in components:
        state, pid = ("up", f"pid {component.pid}") if component.up else ("down", "")
        terminal.say(f"{component.name:<14} {state:<5} {pid:<12} {component.address}".rstrip())
    if not all(component.up for component in components):
        raise typer.Exit(1)


@app.command()
def onboard(
    code: Annotated[str, typer.Argument(help="An administration of the registry, such as brb.")],
    key: Annotated[
        typer.FileText | None, typer.Option(help="The public keys that it has sent, one a line; `-` reads them.")
    ] = None,
) -> None:
    """Open an administration's account, folders, reference files and reader's role; print what to hand over."""
    from calypso import settings
    from calypso.local import onboarding

    with one_sentence():
        given = onboarding.onboard(settings.current(), code, key.read() if key else None)
        terminal.say(f"account    {given.account}, by SFTP at {given.address}")
        terminal.say(f"host key   {given.host_key}")
        terminal.say(f"key        {given.key or 'its own, given before'}")
        terminal.say(f"reference  {given.reference}: specification, rules, codes and the template")
        terminal.say(f"warehouse  as {given.role}, password in secrets/{given.role}_password")


@app.command()
def retire(code: Annotated[str, typer.Argument(help="An administration whose account is to be closed.")]) -> None:
    """Close an administration's account and its reader's role; what it sent and was told stays."""
    from calypso import provision, settings
    from calypso.local import onboarding

    with one_sentence():
        onboarding.retire(settings.current(), code)
        terminal.say(
            f"{code} is retired: its keys and its role {provision.of_administration(code)} open nothing any more."
        )


@app.command()
def demo(
    operation: Annotated[str, typer.Argument(help="The operation to replay, such as calypso-2024.")] = "calypso-2024",
    running: Annotated[bool, typer.Option("--running", help="On what containers run, not on a quick start.")] = False,
) -> None:
    """Replay a simulated operation on the stack: files in over SFTP, the published results table out."""
    from calypso import settings
    from calypso.containers.running import join
    from calypso.local import demo as replay
    from calypso.local import stack

    with one_sentence():
        replay.run(settings.current(), operation, terminal.console(), join if running else stack.up)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def airflow(context: typer.Context) -> None:
    """Run a command of Airflow's own in the environment of this installation, such as `calypso airflow dags list`."""
    from calypso import settings
    from calypso.containers import component

    with one_sentence():
        component.become(settings.current(), ["airflow", *context.args])


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def within(context: typer.Context) -> None:
    """Run any command in that environment, such as what Kubernetes is to run as a task."""
    from calypso import settings
    from calypso.containers import component

    if not context.args:
        refuse("Say what to run: `calypso within python --version`.")
    with one_sentence():
        component.become(settings.current(), context.args)


@app.command()
def prepare(step: Annotated[Literal["secrets", "services"], typer.Argument(help="What to make ready.")]) -> None:
    """Make ready, in containers, the secrets and keys, or what the services need to find; what is there stays."""
    from calypso import settings
    from calypso.containers import starting

    with one_sentence():
        if step == "secrets":
            starting.make_secrets(settings.current())
        else:
            starting.initialise(settings.current(), terminal.say)


@app.command()
def matches(
    operation: Annotated[str | None, typer.Option(help="An operation, such as calypso-2024; else all.")] = None,
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Simulate and load another variation, by this seed, and measure that; may be repeated."),
    ] = None,
) -> None:
    """Say how well cases are matched that tell one event: by the pairs planted in simulated operations.

    Without a seed the operations are measured as they were replayed. Ends with 1 where an aim is missed.
    """
    from calypso import settings
    from calypso.local import matches as pairs

    with one_sentence():
        known, chosen = settings.current(), pairs.chosen(operation)
        measured = [pairs.of_seed(known, one, number) for one in chosen for number in seed or ()]
        measured = measured or [pairs.published(known, one) for one in chosen]
    whole = pairs.together(measured)
    headings = ("operation", "cases", "pairs", "found", "right", "near misses taken", "precision", "recall")
    terminal.table(headings, pairs.lines([*measured, whole] if len(measured) > 1 else measured))
    for what, some in (("wrong", whole.found - whole.planted), ("missed", whole.planted - whole.found)):
        for pair in sorted(sorted(pair) for pair in some):
            terminal.say(f"{what}: {' and '.join(f'{administration} {ref}' for administration, ref in pair)}")
    if not whole.holds:
        raise typer.Exit(1)


@app.command()
def read(
    files: Annotated[list[str], typer.Argument(help="Files; `-` reads paths from standard input, one a line.")],
    administration: Annotated[str | None, typer.Option(help="Whose declared dialect to use, such as brb.")] = None,
    any_table: Annotated[bool, typer.Option("--any", help="Read any table, not only a submission.")] = False,
) -> None:
    """Print what is read of CSV or XLSX files, one line of JSON each; ends with 1 if any was refused.

    {"header": [...] or null, "rows": [{"row": number as a spreadsheet shows it, "cells": [...]}], "findings": [...]}

    Every cell is a text: a text exactly as it stands (spaces and line breaks kept), the empty text for an empty
    cell, a workbook's numbers in plain notation (0.1, 1200), dates as 2024-11-05, with a time as
    2024-11-05T14:30:00, times as 14:30:00, truths as TRUE and FALSE, errors as #REF!, a percentage as its number.
    Blank rows, and columns at the end that are empty throughout, are left out.
    """
    from calypso.transcript import paths, transcribe

    refused = False
    for path in paths(files, sys.stdin):
        transcript = transcribe(path, administration, any_table)
        refused = refused or transcript.header is None
        sys.stdout.buffer.write(transcript.json().encode() + b"\n")
        sys.stdout.buffer.flush()
    raise typer.Exit(int(refused))


@app.command()
def verify_receipt(
    paths: Annotated[list[Path], typer.Argument(help="Receipts (.json), or a folder that holds them all.")],
    allowed_signers: Annotated[
        Path | None, typer.Option(help="Who may sign; otherwise the file in the folder reference beside them.")
    ] = None,
) -> None:
    """Check that receipts are signed, unchanged, and that none is missing: with their folder alone."""
    from calypso.receipts import verification

    try:
        report = verification.verify(paths, allowed_signers)
    except verification.NothingToVerify as reason:
        refuse(str(reason))
    for line in verification.summary(report):
        terminal.say(line, err=bool(report.problems))
    if report.problems:
        raise typer.Exit(1)


@app.command()
def rotate_signing_key() -> None:
    """Make a new key that signs receipts from now on; what older keys have signed stays valid."""
    from calypso import settings
    from calypso.receipts import signing

    known = settings.current()
    try:
        signs = signing.rotate(known.signing_keys)
    except signing.NoSigningKey as reason:
        refuse(f"No new key signs: {reason}.")
    terminal.say(f"Receipts are now signed with {signs.key_id} in {known.signing_keys}.")


@app.command()
def site(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to lay it out; else in the home.", show_default=False)
    ] = None,
) -> None:
    """Lay out the site, which any web server serves: reports, reference, guides, the warehouse's documentation."""
    import psycopg2

    from calypso import settings
    from calypso.site import catalogue, publishing
    from calypso.site.laying import NotOurs
    from calypso.transformation import BuildFailed

    known = settings.current()
    try:
        catalogue.renew(known)
    except (psycopg2.OperationalError, BuildFailed) as reason:
        lacking = "as it was kept" if catalogue.kept(known) else "left out"
        terminal.say(f"The warehouse's documentation is {lacking}: {str(reason).splitlines()[0]}", err=True)
    try:
        publishing.publish(known, folder)
    except NotOurs as reason:
        refuse(str(reason))
    except OSError as error:
        refuse(f"{error.filename or folder} cannot be written: {error.strerror}.")
    terminal.say(str(folder or known.site))


for command in (
    *(beforehand.check, beforehand.template, beforehand.reference),
    *(asking.sql, asking.export, asking.catalogue),
    *(reporting.report, reporting.results, standing.standing),
):
    app.command()(command)


@contextmanager
def one_sentence() -> Iterator[None]:
    """Print what a person can act on as its one sentence; what is a defect keeps its trace."""
    try:
        yield
    except CannotServe as reason:
        *lines, last = str(reason).splitlines() or [""]
        for line in lines:
            terminal.say(line, err=True)
        refuse(last)


def main() -> None:
    """Run a command; of a defect print its trace so that nothing in it reaches the terminal as it stands."""
    try:
        app()
    except Exception as error:
        terminal.say_defect(error)
        sys.exit(1)
