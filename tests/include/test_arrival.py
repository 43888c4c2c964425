"""The server's clock counts; the simulation's counts only for the files it names."""

from datetime import UTC, datetime
from pathlib import Path

from calypso import arrival


def test_without_a_simulation_the_servers_clock_counts(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    for clock in (None, tmp_path / "missing.csv"):
        told = arrival.of("brb", "a.csv", clock)
        assert before <= told.at <= datetime.now(UTC)
        assert not told.simulated


def test_the_simulations_clock_counts_for_the_files_it_names(tmp_path: Path) -> None:
    clock = tmp_path / "clock.csv"
    clock.write_text("administration,file_name,sha256,arrived_at\nbrb,a.csv,00,2024-11-05T22:10:00+00:00\n")
    told = arrival.of("brb", "a.csv", clock)
    assert told == arrival.Arrival(datetime(2024, 11, 5, 22, 10, tzinfo=UTC), simulated=True)
    assert not arrival.of("tto", "a.csv", clock).simulated
