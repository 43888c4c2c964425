"""The site holds only what all may read, and is never seen half laid out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sites import CODE, DAY, ENDED, HOSTILE
from typer.testing import CliRunner

from calypso import cli, settings
from calypso.registry import LANGUAGES
from calypso.report.daily.making import FORMATS, name
from calypso.settings import Settings
from calypso.site import catalogue, laying, publishing
from calypso.site.frame import index_name
from calypso.site.published import editions, results
from calypso.transformation import BuildFailed


def test_what_is_no_published_report_is_passed_over(known: Settings, publish: Callable[..., Path]) -> None:
    reports, secret = known.home / "reports", known.home / "secret"
    real = publish()
    secret.mkdir()
    (secret / name("en", "html")).write_text("not for you")
    of_operation = reports / CODE
    for odd in ("2024-11-4", "20241105", "yesterday", "..evil", HOSTILE.replace("/", "")):
        (of_operation / odd / "1").mkdir(parents=True)
        (of_operation / odd / "1" / name("en", "html")).write_text("odd")
    for odd in ("0", "01", "-1", "²", "1.5", "one"):
        (of_operation / "2024-11-05" / odd).mkdir(parents=True)
        (of_operation / "2024-11-05" / odd / name("en", "html")).write_text("odd")
    (of_operation / "2024-11-06").mkdir()
    (of_operation / "2024-11-06" / "1").symlink_to(secret)
    (of_operation / "2024-11-07" / "1" / name("en", "html")).mkdir(parents=True)
    (of_operation / "2024-11-08").mkdir()
    (of_operation / "2024-11-08" / "1").write_text("a file")
    (real / name("en", "html")).unlink()
    (real / name("en", "html")).symlink_to(secret / name("en", "html"))
    (real / "notes.txt").write_text("mine")
    (reports / "calypso-1999" / "2024-11-24" / "1").mkdir(parents=True)
    (reports / ".kept").mkdir()
    found = editions(reports, CODE)
    assert list(found) == [DAY]
    assert ("en", "html") not in found[DAY][0].files
    assert len(found[DAY][0].files) == len(LANGUAGES) * len(FORMATS) - 1
    assert results(reports, CODE) == {}
    publishing.publish(known, now=ENDED)
    laid = [path for path in known.site.resolve().rglob("*") if path.is_file()]
    assert not [path for path in laid if path.read_bytes() in (b"odd", b"mine", b"not for you")]
    assert {path.parts[-4] for path in laid if "situation" in path.name} == {CODE}


def test_nothing_of_an_administration_alone_lies_in_it(known: Settings, publish: Callable[..., Path]) -> None:
    publish()
    for place_of in ("sftp/brb/reference", "sftp/brb/receipts", "sftp/brb/inbox", "keys/signing", "secrets", "landing"):
        (known.home / place_of).mkdir(parents=True)
        (known.home / place_of / "rules.html").write_text("of one alone")
    publishing.publish(known, now=ENDED)
    laid = {path for path in known.site.resolve().rglob("*") if path.is_file()}
    assert {path.relative_to(known.site.resolve()).parts[0] for path in laid} == {
        *("guides", "reference", "reports"),
        *map(index_name, LANGUAGES),
    }
    assert not [path for path in laid if b"of one alone" in path.read_bytes()]
    assert not [path for path in laid if path.suffix in (".xlsx", ".sig", ".key") or path.name.startswith(".")]


def test_published_editions_stay_as_they_are(known: Settings, publish: Callable[..., Path]) -> None:
    folder = publish()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}
    publishing.publish(known, now=ENDED)
    publish(date(2024, 11, 23))
    publishing.publish(known, now=ENDED)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()} == before
    for path, (content, _) in before.items():
        assert (known.site / path.relative_to(known.home)).read_bytes() == content


def test_where_files_cannot_be_linked_they_are_copied(
    known: Settings, publish: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    folder = publish()
    monkeypatch.setattr(Path, "hardlink_to", elsewhere)
    publishing.publish(known, now=ENDED)
    for path in folder.iterdir():
        laid = known.site / path.relative_to(known.home)
        assert laid.read_bytes() == path.read_bytes()
        assert laid.stat().st_ino != path.stat().st_ino


def test_what_has_not_changed_is_not_laid_out_again(known: Settings, publish: Callable[..., Path]) -> None:
    assert publishing.publish(known, now=ENDED)
    was = known.site.readlink()
    assert not publishing.publish(known, now=ENDED)
    assert known.site.readlink() == was
    publish()
    assert publishing.publish(known, now=ENDED)
    assert known.site.readlink() != was
    assert (known.site.parent / was / "index.html").is_file()  # for who is just reading it


def test_killed_while_it_lays_out_it_shows_the_site_before_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, fill = tmp_path / "site", laying._fill

    def killed(room: Path, contents: laying.Contents) -> None:
        fill(room, {"index.html": contents["index.html"]})
        raise KeyboardInterrupt

    assert laying.lay(site, {"index.html": b"one", "more/one.html": b"1"})
    monkeypatch.setattr(laying, "_fill", killed)
    with pytest.raises(KeyboardInterrupt):
        laying.lay(site, {"index.html": b"two", "more/two.html": b"2"})
    assert (site / "index.html").read_bytes() == b"one"
    assert (site / "more" / "one.html").read_bytes() == b"1"
    monkeypatch.setattr(laying, "_fill", fill)
    assert laying.lay(site, {"index.html": b"two", "more/two.html": b"2"})
    assert (site / "more" / "two.html").read_bytes() == b"2"
    assert not (site / "more" / "one.html").exists()
    for word in (b"three", b"four", b"five"):
        laying.lay(site, {"index.html": word})
    assert len([room for room in (tmp_path / ".site").iterdir() if room.is_dir()]) == 2


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_not_ours_is_left_alone(tmp_path: Path, known: Settings, kind: str) -> None:
    mine, site = tmp_path / "mine", tmp_path / "site"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    if kind == "folder":
        site = mine
    elif kind == "file":
        site = mine / "thesis.txt"
    else:
        site.symlink_to(mine)
    with pytest.raises(laying.NotOurs, match="name a folder that is not there yet"):
        laying.lay(site, {"index.html": b""})
    answer = CliRunner().invoke(cli.app, ["site", str(site)])
    assert (answer.exit_code, "was not made by Calypso" in answer.stderr) == (1, True)
    assert (mine / "thesis.txt").read_text() == "mine"


def test_the_command_needs_no_warehouse(
    tmp_path: Path, known: Settings, publish: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish()
    monkeypatch.setattr(settings, "current", lambda: known)
    monkeypatch.setattr(catalogue, "renew", broken)
    answer = CliRunner().invoke(cli.app, ["site", str(tmp_path / "public")])
    assert (answer.exit_code, answer.stdout.strip()) == (0, str(tmp_path / "public"))
    assert answer.stderr.strip() == "The warehouse's documentation is left out: dbt said no"
    assert (tmp_path / "public" / "index.nl.html").is_file()


def broken(*_: object) -> bool:
    raise BuildFailed("dbt said no\nand more")
