"""Durations are how long the last runs of a command took in this home: whoever waits is told what to expect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

KEPT = 3  # runs of each command
# On two cores, where no run has ended yet.
FIRST: Mapping[str, float] = MappingProxyType({"up": 60, "demo": 180})
_MINUTE = 60


def expected(home: Path, command: str) -> str:
    """Return the sentence that says how long a command will take."""
    if took := _read(home).get(command):
        runs = "the last run" if len(took) == 1 else f"the last {len(took)} runs"
        return f"This takes about {_rounded(max(took))}: {runs} here took {', '.join(f'{one:.0f} s' for one in took)}"
    return f"This takes about {_rounded(FIRST[command])} on two cores"


def keep(home: Path, command: str, seconds: float) -> None:
    """Note how long a command has taken."""
    took = _read(home)
    took[command] = [*took.get(command, []), round(seconds, 1)][-KEPT:]
    path = _path(home)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(took), encoding="utf-8")
    part.replace(path)


def _read(home: Path) -> dict[str, Sequence[float]]:
    path = _path(home)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _path(home: Path) -> Path:
    return home / "durations.json"


def _rounded(seconds: float) -> str:
    if seconds < 1.5 * _MINUTE:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    return f"{seconds / _MINUTE:.0f} minutes"
