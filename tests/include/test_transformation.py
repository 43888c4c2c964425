"""A build that fails says in its first line what did; the rest is dbt's own."""

from __future__ import annotations

import pytest

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
