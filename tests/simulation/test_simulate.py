"""A simulation is the same for the same seed, quick, marked as simulated everywhere, and of all administrations."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calypso.arrival import read_clock
from calypso.deadlines import deadline
from calypso.registry import Operation, administrations, participants
from calypso.simulation import seed_of, simulate
from calypso.simulation.editions import routes
from calypso.simulation.offices import offices
from calypso.simulation.truth import make
from calypso.submission import parse_name

pytestmark = pytest.mark.slow

SECONDS = 20  # 2 on an idle machine


def digest(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_soon(made, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "localtime", lambda *args: time.struct_time((1999, 1, 1, 0, 0, 0, 4, 1, 0)))
    (tmp_path / "SIMULATED.txt").write_text("SIMULATED")
    (tmp_path / "files" / "brb").mkdir(parents=True)
    (tmp_path / "files" / "brb" / "of_another_seed.csv").touch()
    started = time.monotonic()
    simulate(made.simulation.operation, tmp_path)
    assert time.monotonic() - started < SECONDS
    assert digest(tmp_path) == digest(made.folder)


def test_another_seed_gives_another_operation(made):
    operation, seed = made.simulation.operation, seed_of(made.simulation.operation)
    assert made.simulation.seed == made.truth["seed"] == seed
    habits = offices(operation, seed + 1)
    assert habits != made.simulation.offices
    assert make(operation, habits, seed + 1).cases != made.simulation.truth.cases


def test_every_participant_sends_and_all_but_the_smallest_report_cases(made):
    codes = set(participants(made.simulation.operation))
    assert {path.name for path in (made.folder / "files").iterdir()} == codes
    assert codes == set(routes().administrations)
    assert len({case["administration"] for case in made.truth["cases"]}) >= len(codes) - 3


def test_there_are_as_many_files_as_an_operation_brings(made):
    count = len(made.simulation.files)
    assert 560 <= count <= 650
    on_disk = [path for path in (made.folder / "files").rglob("*") if path.is_file()]
    assert len(on_disk) == count == sum(made.truth["submissions"]["expected"].values())
    for file in made.simulation.files:
        assert (made.folder / "files" / file.administration / file.file_name).read_bytes() == file.content


def test_everything_says_that_it_is_simulated(made):
    assert made.truth["simulated"] is True
    assert (made.folder / "SIMULATED.txt").read_text().startswith("SIMULATED")
    for file in made.simulation.files:
        if file.wreck not in ("empty", "truncated_workbook"):
            assert says_simulated(file.content), file.file_name


def says_simulated(content: bytes) -> bool:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return b"SIMULATED" in book.read("docProps/core.xml")
    text = content.decode("utf-16" if content.startswith(b"\xff\xfe") else "latin-1").upper()
    return "SIMULATED" in text


def test_the_clock_knows_every_file_to_the_minute(made):
    clock = read_clock(made.folder / "clock.csv")
    assert clock == {(f.administration, f.file_name): f.arrived_at for f in made.simulation.files}
    assert all(at.tzinfo is UTC and at.second == 0 for at in clock.values())
    assert [file.arrived_at for file in made.simulation.files] == sorted(clock.values())


def test_most_files_are_in_time_some_are_late_and_none_comes_before_its_day_ends(made):
    operation: Operation = made.simulation.operation
    late = Counter()
    for file in made.simulation.files:
        zone = administrations()[file.administration].zone
        due = deadline(file.day, operation.cut_off, zone)
        late[file.arrived_at > due] += file.version < 2
        assert file.arrived_at > datetime.combine(file.day, datetime.min.time(), UTC)
    assert 0.03 < late[True] / late.total() < 0.15


def test_versions_arrive_in_order_but_for_a_few(made):
    arrivals: dict[tuple, list] = {}
    for file in made.simulation.files:
        if file.state != "duplicate" and parse_name(file.file_name):
            arrivals.setdefault((file.administration, file.day), []).append((file.arrived_at, file.version))
    turned = [said for said in arrivals.values() if [v for _, v in sorted(said)] != sorted(v for _, v in said)]
    assert len(turned) == 3
    assert max(len(said) for said in arrivals.values()) >= 3


def test_a_nil_file_may_be_followed_by_data(made):
    nil = {(f.administration, f.day) for f in made.simulation.files if f.state == "nil"}
    data = {(f.administration, f.day) for f in made.simulation.files if f.state in ("accepted", "partly_accepted")}
    assert len(nil & data) >= 3
    assert not made.simulation.truth.silent & (nil | data)


def test_a_duplicate_has_the_bytes_and_the_name_of_an_earlier_file_in_other_letters(made):
    originals = {
        (f.administration, parse_name(f.file_name), f.sha256): f for f in made.simulation.files if f.state == "accepted"
    }
    duplicates = [file for file in made.simulation.files if file.state == "duplicate"]
    assert len(duplicates) == 8
    for file in duplicates:
        original = originals[file.administration, parse_name(file.file_name), file.sha256]
        assert original.file_name != file.file_name
        assert original.arrived_at < file.arrived_at


def test_the_clock_of_an_unknown_form_is_not_read(tmp_path):
    (tmp_path / "clock.csv").write_text("administration,file_name\nbrb,x.csv\n")
    with pytest.raises(KeyError):
        read_clock(tmp_path / "clock.csv")
