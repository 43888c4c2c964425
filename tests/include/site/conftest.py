"""An installation with reports that nobody has made, and a site of everything there can be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sites import CODE, DAY, ENDED
from situations import situation

from calypso import settings
from calypso.report.daily.making import make, name
from calypso.report.results.making import name as results_name
from calypso.settings import Settings
from calypso.site import publishing


@pytest.fixture(scope="module")
def report() -> dict[tuple[str, str], bytes]:
    return dict(make(situation(), 1, None))


@pytest.fixture
def known(tmp_path: Path) -> Settings:
    return settings.read({"CALYPSO_HOME": str(tmp_path / "home"), "CALYPSO_WAREHOUSE_PORT": "1"})


@pytest.fixture
def publish(known: Settings, report: dict[tuple[str, str], bytes]) -> Callable[..., Path]:
    """Return a function that puts an edition where it is published."""

    def put(day: date = DAY, number: int = 1, code: str = CODE) -> Path:
        folder = known.home / "reports" / code / day.isoformat() / str(number)
        folder.mkdir(parents=True)
        for (language, kind), content in report.items():
            (folder / name(language, kind)).write_bytes(content)
        return folder

    return put


@pytest.fixture
def everything(known: Settings, publish: Callable[..., Path], report: dict[tuple[str, str], bytes]) -> Path:
    """A site with days of one edition and of several, results, and a page of the warehouse."""
    publish()
    for number in (1, 2, 3):
        publish(date(2024, 11, 20), number)
    folder = known.home / "reports" / CODE / "results"
    folder.mkdir()
    for (language, kind), content in report.items():
        (folder / results_name(language, kind)).write_bytes(content.replace(b"situation.", b"results."))
    (known.home / "catalogue").mkdir()
    (known.home / "catalogue" / "index.html").write_text('<!doctype html><html lang="en"><meta charset="utf-8">')
    assert publishing.publish(known, now=ENDED)
    return known.site
