"""A file as large as they come is read, judged and loaded in a few times what PostgreSQL takes to copy its bytes."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from integration import million
from integration.line import Line

from calypso import landing, ledger, loading, warehouse
from calypso.settings import Settings
from calypso.submission import Submission, identify, parse_name

TIMES = 8  # the time of a bare COPY of the same bytes, in the same run
MEGABYTES = 1000
NAME = "brb_2024-11-05_seizures_v{version}.csv"
TURNS = 3  # of which the median counts


def work(settings: Settings, submission: Submission, answers: Any) -> None:
    """Judge and load one submission in a process of its own, as a task does, and tell seconds and memory."""
    from expectations import judge, seizures  # the scheduler has imported them before a task begins
    from expectations.rules import rule_book

    seizures.cell_checks(), seizures.row_checks(), rule_book()
    begun = time.monotonic()
    failed = judge.validate([submission], settings.landing)
    judged = time.monotonic()
    loading.load(settings, [submission.submission_id])
    loaded = time.monotonic()
    answers.put((failed, judged - begun, loaded - judged, peak()))


def peak() -> int:
    """Return the most memory this process has had, in megabytes (getrusage would count its parent's, too)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 // 10**6


def bare_copy(administrator: str, path: Path) -> float:
    """Return the seconds that a COPY of the file into a table of texts takes."""
    with psycopg2.connect(administrator) as connection, connection.cursor() as cursor:
        with path.open("rb") as file:
            names = file.readline().decode().strip().split(",")
            cursor.execute(f"create table raw.bare ({', '.join(f'{name} text' for name in names)})")
            connection.commit()
            file.seek(0)
            begun = time.monotonic()
            cursor.copy_expert("copy raw.bare from stdin with (format csv, header)", file, size=1 << 20)
            connection.commit()
        seconds = time.monotonic() - begun
        cursor.execute("drop table raw.bare")
    return seconds


def receive(made: Line, path: Path, name: str) -> Submission:
    """Put a file into the landing store and the ledger under a name, as the pull does."""
    sha256, size = landing.keep(made.settings.landing, lambda draft: draft.write(path.read_bytes()))
    at = datetime(2024, 11, 26, 12, tzinfo=UTC)
    submission = Submission(
        identify("brb", name, sha256), "brb", name, parse_name(name), "calypso-2024", sha256, size, at, at, True
    )
    with warehouse.transaction(made.settings.warehouse("loader")) as connection:
        ledger.record(connection, submission)
    return submission


@pytest.mark.measured
def test_a_large_file_costs_a_few_times_its_copy(
    new_line: Callable[..., Any],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    rows = 1_000_000 if request.config.getoption("--million") else 400_000
    path = tmp_path / "large.csv"
    truth = million.write(path, rows)
    with new_line("million", None) as made:
        turns, bare = [], [bare_copy(made.administrator, path)]
        for version in range(1, TURNS + 1):
            submission = receive(made, path, NAME.format(version=version))
            failed, *turn = in_a_process_of_its_own(made.settings, submission)
            assert failed == {}
            turns.append(turn)
            bare.append(bare_copy(made.administrator, path))
            if version == 1:
                _is_true(made, submission.submission_id, rows, truth)
        judging, loaded, megabytes = zip(*turns, strict=True)
        # One turn alone says little, where a server tidies up after other tests.
        times = [
            (judged + load) * 2 / (before + after)
            for judged, load, before, after in zip(judging, loaded, bare[:-1], bare[1:], strict=True)
        ]
        figures = {
            "rows": rows,
            "bytes": submission.size,
            "bare_copy": [round(one, 2) for one in bare],
            "read_and_judged": [round(one, 2) for one in judging],
            "loaded": [round(one, 2) for one in loaded],
            "times": [round(one, 2) for one in times],
            "peak_megabytes": max(megabytes),
        }
        print(figures)
        record_property("figures", figures)
    assert statistics.median(times) <= TIMES, figures
    assert max(megabytes) < MEGABYTES, figures


def in_a_process_of_its_own(settings: Settings, submission: Submission) -> Any:
    """Return what `work` answers."""
    spawned = multiprocessing.get_context("spawn")
    answers = spawned.SimpleQueue()
    child = spawned.Process(target=work, args=(settings, submission, answers))
    child.start()
    answered = answers.get()
    child.join()
    return answered


def _is_true(made: Line, submission_id: str, rows: int, truth: dict[str, list[int]]) -> None:
    """Every broken cell is found in its row, and every total is that of the rows."""
    found: dict[str, list[int]] = {rule: [] for rule in truth}
    for rule, row in made.rows("select rule_code, row_number from raw.findings order by row_number"):
        found.setdefault(rule, []).append(row)
    assert {rule: found[rule] for rule in truth} == truth
    # Besides, only what follows from the cells broken: rows of a case that disagree, a day after the discovery.
    assert set(found) - set(truth) == {"S028", "S036", "S039"}
    [[read, accepted, quarantined]] = made.rows(
        "select rows_read, rows_accepted, rows_quarantined from raw.submission_states where rows_read is not null"
    )
    assert (read, read) == (rows, accepted + quarantined)
    held = "select distinct row_number from raw.findings where severity = 'critical'"
    assert made.rows(f"select count(*) from ({held}) as rows") == [(quarantined,)]
    wrong = f"select count(*) from raw.seizure_rows where (verdict = 'quarantined') <> (row_number in ({held}))"
    assert made.rows(wrong) == [(0,)]
    assert made.rows("select count(*), count(distinct row_number), min(row_number) from raw.seizure_rows") == [
        (rows, rows, 2)
    ]
    second = made.rows("select case_ref, discovered_date, item_no from raw.seizure_rows where row_number = 3")
    assert second == [("BB-1000000", date(2024, 11, 5), 2)]
