"""dbt is given what it needs and no more; a build that fails says in its first line what did, the rest is dbt's own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

import pytest

from calypso import settings, transformation
from calypso.transformation import BuildFailed, _reason

BROKEN = """07:34:50  Finished running 27 incremental models in 0 hours 0 minutes and 9.17 seconds (9.17s).
07:34:50
07:34:50  Completed with 1 error, 0 partial successes, and 0 warnings:
07:34:50
07:34:50  Database Error in model stg_raw__seizure_rows (models/staging/raw/stg_raw__seizure_rows.sql)
  relation "raw.seizure_rows" does not exist
  LINE 10:     select * from "warehouse"."raw"."seizure_rows"
07:34:50
07:34:50  Done. PASS=9 WARN=0 ERROR=1 SKIP=90 NO-OP=0 TOTAL=100
"""
FAILED = """07:34:50  Failure in test assert_items_are_measured (tests/assert_items_are_measured.sql)
07:34:50    Got 3 results, configured to fail if != 0
07:34:50
07:34:50  Done. PASS=9 WARN=0 ERROR=1 SKIP=90 NO-OP=0 TOTAL=100
"""


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            BROKEN,
            "Database Error in model stg_raw__seizure_rows (models/staging/raw/stg_raw__seizure_rows.sql) "
            'relation "raw.seizure_rows" does not exist',
        ),
        (
            FAILED,
            "Failure in test assert_items_are_measured (tests/assert_items_are_measured.sql) "
            "Got 3 results, configured to fail if != 0",
        ),
        ("killed by signal 9", "killed by signal 9"),
        ("", "dbt said nothing"),
    ],
)
def test_what_failed_is_one_line(said: str, reason: str) -> None:
    assert _reason(said.splitlines()) == reason


def test_the_catalogue_shows_that_line(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    from typer.testing import CliRunner

    from calypso import cli, transformation

    def fails(*_: object) -> None:
        raise BuildFailed("\n".join(["what failed", *FAILED.splitlines()]))

    monkeypatch.setattr(transformation, "catalogue", fails)
    answer = CliRunner().invoke(cli.app, ["catalogue", str(tmp_path)])
    assert answer.exit_code == 1
    assert answer.stderr.strip() == "what failed"


def test_dbt_has_the_transformers_password_and_no_other_secret(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    given: list[Mapping[str, str]] = []

    def command(_: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        given.append(environment)
        return subprocess.CompletedProcess([], 0, "", "")

    passwords = {name: f"password of {name}" for name in ("loader", "transformer", "analyst")}
    for name, password in passwords.items():
        monkeypatch.setenv(f"CALYPSO_{name.upper()}_PASSWORD", password)
    monkeypatch.setenv("CALYPSO_ALERTS_WEBHOOK", "https://alerts.example/secret")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "key")
    monkeypatch.setattr(transformation, "command", command)
    known = settings.read({"CALYPSO_HOME": str(tmp_path), "CALYPSO_TRANSFORMER_PASSWORD": "sesame"})
    transformation.run(known, "build")
    [environment] = given
    assert {name for name, value in environment.items() if value == "sesame"} == {"CALYPSO_TRANSFORMER_PASSWORD"}
    assert not {*passwords.values(), "https://alerts.example/secret", "key"} & set(environment.values())
    assert environment["PATH"]
