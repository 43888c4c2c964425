"""The site leads only to what it holds, holds only what all may read, and is never seen half laid out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from urllib.parse import unquote, urlsplit

import pytest
from situations import situation
from typer.testing import CliRunner

from calypso import cli, settings
from calypso.registry import LANGUAGES, Operation, operations
from calypso.report.daily.making import FORMATS, make, name
from calypso.report.results.making import name as results_name
from calypso.settings import REPOSITORY, Settings
from calypso.site import catalogue, guides, laying, making, place, publishing
from calypso.site.frame import index_name
from calypso.site.home import Shown, home
from calypso.site.published import Edition, editions, results
from calypso.site.words import wording, words
from calypso.transformation import BuildFailed

CODE, DAY = "calypso-2024", date(2024, 11, 24)
ENDED = datetime(2024, 11, 26, 12, tzinfo=UTC)  # every day of 2024 is due by then
HOSTILE = "<script>alert(1)</script>"


class Page(HTMLParser):
    """What a page leads to and asks for, the names of its parts, and its language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.asks: list[str] = []
        self.names: list[str] = []
        self.tags: set[str] = set()
        self.language: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {key: value or "" for key, value in attrs}
        self.tags.add(tag)
        self.language = said.get("lang") if tag == "html" else self.language
        self.names += [said["id"]] if "id" in said else []
        if tag == "a":
            self.leads.append(said["href"])
        self.asks += [said[one] for one in ("src", "srcset", "data", "action", "poster") if one in said]
        self.asks += [said["href"]] if tag in ("link", "base") else []


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
    return place(known)


def page(site: Path, path: str) -> str:
    return (site / path).read_text(encoding="utf-8")


def shown(operation: Operation | None = None, days: dict[date, list[Edition]] | None = None) -> list[Shown]:
    return [Shown(operation or operations()[CODE], days or {}, {})]


def test_every_sentence_asks_for_the_same_in_each_language() -> None:
    for said, texts in words().texts.items():
        asked = {frozenset(one for _, one, _, _ in Formatter().parse(texts[each]) if one) for each in LANGUAGES}
        assert len(asked) == 1, said


def test_every_link_of_every_page_leads_to_a_file_that_is_there(everything: Path) -> None:
    root = everything.resolve()
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in root.rglob("*.html")}
    assert len(pages) > 4 + 4 * 3 + 8
    for path, found in pages.items():
        for link in found.leads:
            said = urlsplit(link)
            assert (said.scheme, said.netloc) == ("", ""), (path.name, link)
            target = (path.parent / unquote(said.path)).resolve() if said.path else path
            assert target.is_file(), (path.name, link)
            assert target.is_relative_to(root), (path.name, link)
            if said.fragment:
                assert said.fragment in pages[target].names, (path.name, link)


def test_no_page_asks_for_anything_or_runs_a_script(everything: Path) -> None:
    for path in everything.resolve().rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found = Page(text)
        assert all(one.startswith("data:image/png;") for one in found.asks), path.name
        assert not found.tags & {"script", "iframe", "object", "embed", "form", "link"}, path.name
        assert not re.search(r"@import|url\((?!#)", text), path.name
        assert len(found.names) == len(set(found.names)), path.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_home_page_leads_to_everything_in_the_readers_language(everything: Path, language: str) -> None:
    text, say = page(everything, index_name(language)), wording(language)
    found = Page(text)
    assert found.language == language
    assert {index_name(one) for one in LANGUAGES} <= set(found.leads)
    for number in (1, 2, 3):
        for kind in FORMATS:
            assert f"reports/{CODE}/2024-11-20/{number}/{name(language, kind)}" in found.leads
    assert {f"reports/{CODE}/results/{results_name(language, kind)}" for kind in FORMATS} <= set(found.leads)
    reports = [link for link in found.leads if link.startswith("reports/")]
    assert all(f".{language}." in link for link in reports)
    assert {f"reference/{language}/{one}" for one in ("seizures_specification.html", "rules.html")} <= set(found.leads)
    assert f"guides/{guides.in_language('administrations', language)[0]}" in found.leads
    assert "warehouse/index.html" in found.leads
    assert {f"guides/{guide}.html" for guide in ("analysts", "engineers", "operators", "receipts")} <= set(found.leads)
    assert say("simulated") in unescape(text)
    assert (f"({say('in_english')})" in text) == (language != "en")


def test_every_guide_is_led_to() -> None:
    stems = {path.stem.partition(".")[0] for path in guides.DOCS.glob("*.md")}
    assert stems == set(making.WRITTEN)


def test_what_every_link_of_the_words_means_is_known(everything: Path) -> None:
    told = {one for group in words().groups.values() for one in group.links}
    assert told == set(making._links("fr", Path("there")))
    assert "warehouse" not in making._links("fr", None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_without_a_report_is_called_missing_and_the_last_edition_stands_first(
    everything: Path, language: str
) -> None:
    text, say = unescape(page(everything, index_name(language))), wording(language)
    assert say("days_published", days=say("of_all", some=2, all=21)) in text
    between = say("from_to", first=say.day(date(2024, 11, 21)), last=say.day(date(2024, 11, 23)))
    before = say("from_to", first=say.day(date(2024, 11, 4)), last=say.day(date(2024, 11, 19)))
    rows = re.findall(r'<tr class="is-silent"><th scope="row">(.*?)</th><td>(.*?)</td>', text)
    assert [day for day, _ in rows] == [between, before]
    assert all(say("missing") in told for _, told in rows)
    of_day = text.partition(f">{say.day(date(2024, 11, 20))}</a>")[2].partition("</tr>")[0]
    last, _, earlier = of_day.partition("<details>")
    assert say("edition", number=3) in last
    assert say("earlier", count=2) in earlier
    assert earlier.index(say("edition", number=2)) < earlier.index(say("edition", number=1))


def test_what_is_not_there_is_left_out(known: Settings, publish: Callable[..., Path]) -> None:
    folder = publish()
    (folder / name("fr", "html")).unlink()
    (folder / name("fr", "pdf")).unlink()
    publishing.publish(known, now=ENDED)
    assert not [link for link in Page(page(place(known), "index.fr.html")).leads if link.startswith("reports/")]
    assert [link for link in Page(page(place(known), "index.html")).leads if link.startswith("reports/")]
    assert not [link for link in Page(page(place(known), "index.html")).leads if "warehouse/" in link]


def test_no_report_is_missed_before_it_is_due_or_where_none_was_ever_made() -> None:
    say, real = wording("en"), replace_in(operations()[CODE], simulated=False)
    before = said(shown(real), datetime(2024, 11, 5, 9, tzinfo=UTC))
    assert say("to_come", day=say.day(date(2024, 11, 5), "full")) in before
    assert say("missing") not in before
    assert say("simulated") not in before
    running = said(shown(), datetime(2024, 11, 6, 11, tzinfo=UTC))
    assert say("from_to", first="Mon 4 Nov", last="Tue 5 Nov") in running
    assert say("simulated") in running
    long_ago = said(shown(), datetime(2025, 11, 6, tzinfo=UTC))
    assert say("nothing") in long_ago
    assert say("missing") not in long_ago
    resting = replace_in(operations()[CODE], rest_days=("monday",))
    assert "Mon 4 Nov" not in said(shown(resting), datetime(2024, 11, 6, 11, tzinfo=UTC))


def said(operations: list[Shown], now: datetime) -> str:
    """Return what the English home page says."""
    return unescape(home(operations, {}, "en", now).decode().partition("</style>")[2])


def replace_in(operation: Operation, **said: object) -> Operation:
    return operation.model_copy(update=said)


def test_an_operation_may_be_named_as_it_likes() -> None:
    named = replace_in(operations()[CODE], name=HOSTILE)
    for language in LANGUAGES:
        text = home(shown(named), {}, language, ENDED).decode()
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text


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
    laid = [path for path in place(known).resolve().rglob("*") if path.is_file()]
    assert not [path for path in laid if path.read_bytes() in (b"odd", b"mine", b"not for you")]
    assert {path.parts[-4] for path in laid if "situation" in path.name} == {CODE}


def test_nothing_of_an_administration_alone_lies_in_it(known: Settings, publish: Callable[..., Path]) -> None:
    publish()
    for place_of in ("sftp/brb/reference", "sftp/brb/receipts", "sftp/brb/inbox", "keys/signing", "secrets", "landing"):
        (known.home / place_of).mkdir(parents=True)
        (known.home / place_of / "rules.html").write_text("of one alone")
    publishing.publish(known, now=ENDED)
    laid = {path for path in place(known).resolve().rglob("*") if path.is_file()}
    assert {path.relative_to(place(known).resolve()).parts[0] for path in laid} == {
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
        assert (place(known) / path.relative_to(known.home)).read_bytes() == content


def test_where_files_cannot_be_linked_they_are_copied(
    known: Settings, publish: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    folder = publish()
    monkeypatch.setattr(Path, "hardlink_to", elsewhere)
    publishing.publish(known, now=ENDED)
    for path in folder.iterdir():
        laid = place(known) / path.relative_to(known.home)
        assert laid.read_bytes() == path.read_bytes()
        assert laid.stat().st_ino != path.stat().st_ino


def test_what_has_not_changed_is_not_laid_out_again(known: Settings, publish: Callable[..., Path]) -> None:
    assert publishing.publish(known, now=ENDED)
    was = place(known).readlink()
    assert not publishing.publish(known, now=ENDED)
    assert place(known).readlink() == was
    publish()
    assert publishing.publish(known, now=ENDED)
    assert place(known).readlink() != was
    assert (place(known).parent / was / "index.html").is_file()  # for who is just reading it


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


def test_dbts_page_is_kept_from_asking_for_anything() -> None:
    given = (
        '<!doctype html><html lang="en-US"><head><meta charset="utf-8"><title>dbt Docs</title>'
        '<link rel="canonical" href="/overview/"/><link rel="shortcut icon" href="x.ico"/>'
        '<script>a="<link >"; b=\'<use xlink:href="{{ icon }}">\'</script>'
    )
    made = catalogue._alone(given)
    head, _, script = made.partition("<script>")
    assert "<link" not in head
    assert script == 'a="<link >"; b=\'<use ng-href="{{ icon }}">\'</script>'
    policy = re.search(r'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)
    assert policy
    said = dict(one.strip().split(" ", 1) for one in policy[1].split(";"))
    assert said["default-src"] == "'none'"
    assert not [
        source for sources in said.values() for source in sources.split() if ":" in source and source != "data:"
    ]
    assert "connect-src" not in said
    with pytest.raises(BuildFailed, match="another form"):
        catalogue._alone("<html><head><script>")


def test_a_guide_leads_to_nothing_outside_the_repository(tmp_path: Path) -> None:
    docs = tmp_path / "tree" / "docs"
    docs.mkdir(parents=True)
    (tmp_path / "secret.md").write_text("# secret")
    for link in ("../../secret.md", "nothing.md", "/etc/passwd", "%2e%2e/%2e%2e/secret.md"):
        (docs / "guide.md").write_text(f"# Guide\n\n[there]({link})\n")
        with pytest.raises(ValueError, match=r"guide\.md leads to"):
            guides.guides(docs)
    (docs / "guide.md").write_text("# <b>Guide</b>\n\n<script>alert(1)</script> [x](javascript:alert)\n")
    made = guides.guides(docs)["guide.html"].decode()
    assert "<script>" not in made
    assert 'href="javascript' not in made
    assert "<h1>&lt;b&gt;Guide&lt;/b&gt;</h1>" in made


@pytest.mark.parametrize("path", sorted(guides.DOCS.glob("*.md")), ids=lambda path: path.name)
def test_a_guide_says_all_that_its_text_says(path: Path) -> None:
    made = guides.guides()[guides.guide_name(path.stem)].decode()
    assert Page(made).language == guides.language_of(path.stem)
    words_of = re.sub(r'<[^>]*? alt="([^"]+)"[^>]*>|<[^>]+>', r" \1 ", made.partition("</style>")[2])
    told = set(re.findall(r"\w{4,}", unescape(words_of)))
    text = re.sub(r"\]\([^)]*\)|```\w*|<!--.*?-->", " ", path.read_text(encoding="utf-8"))
    assert set(re.findall(r"\w{4,}", text)) <= told
    assert str(REPOSITORY) not in made
