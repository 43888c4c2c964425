"""Every page of the site leads only to what the site holds, and asks nobody for anything."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from string import Formatter
from urllib.parse import unquote, urlsplit

import pytest
from sites import Page

from calypso.registry import LANGUAGES
from calypso.settings import REPOSITORY
from calypso.site import catalogue, guides, making
from calypso.site.words import words
from calypso.transformation import BuildFailed


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


def test_every_guide_is_led_to() -> None:
    stems = {path.stem.partition(".")[0] for path in guides.DOCS.glob("*.md")}
    assert stems == set(making.WRITTEN)


def test_what_every_link_of_the_words_means_is_known(everything: Path) -> None:
    told = {one for group in words().groups.values() for one in group.links}
    assert told == set(making._links("fr", Path("there")))
    assert "warehouse" not in making._links("fr", None)


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
