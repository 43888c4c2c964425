"""The guides are what is written in docs/, as pages that look like the reports and lead to each other."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from calypso.registry import LANGUAGES
from calypso.settings import REPOSITORY
from calypso.site.frame import framed, index_name

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

DOCS = REPOSITORY / "docs"
SOURCES = "sources"  # beside the guides: files of the repository that they lead to
MANY = 4  # chapters from which on a guide begins with a list of them


def guides(docs: Path = DOCS) -> dict[str, bytes]:
    """Return every guide of a folder and what it leads to, by its name in the site's folder of guides.

    Raises ValueError where a link leads to nothing, or out of the repository.
    """
    made: dict[str, bytes] = {}
    for path in sorted(docs.glob("*.md")):
        tokens = _parser().parse(path.read_text(encoding="utf-8"))
        for source in _lead(tokens, path):
            made[_source_name(source)] = source.read_bytes()
        made[guide_name(path.stem)] = _page(path.stem, tokens)
    return made


def guide_name(stem: str) -> str:
    """Return the name of a guide's page, by the name of its text without its ending."""
    return f"{stem}.html"


def language_of(stem: str) -> str:
    """Return the language in which a guide is written: the end of its name, or else English."""
    last = stem.rpartition(".")[2]
    return last if last in LANGUAGES else "en"


def in_language(guide: str, language: str, docs: Path = DOCS) -> tuple[str, str]:
    """Return the name of a guide's page in a language, or else in English, and which language it has."""
    stem = f"{guide}.{language}"
    return (guide_name(stem), language) if (docs / f"{stem}.md").exists() else (guide_name(guide), "en")


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.anchors import anchors_plugin

    return MarkdownIt("commonmark", {"html": False}).enable("table").use(anchors_plugin, max_level=4)


def _page(stem: str, tokens: Sequence[Token]) -> bytes:
    """Return a guide as a page; its first heading is the page's title."""
    parser, language = _parser(), language_of(stem)
    chapters = [
        (opening.attrGet("id"), _text(inline))
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag == "h2"
    ]
    body = parser.renderer.render(tokens[3:], parser.options, {})
    return framed(
        "guide.html.j2",
        language,
        home=f"../{index_name(language)}",
        title=_text(tokens[1]),
        chapters=chapters if len(chapters) >= MANY else [],
        body=body.replace("<pre>", '<pre tabindex="0">'),  # what is wider than a phone is scrolled, by keyboard too
    )


def _text(inline: Token) -> str:
    """Return what a line says, without its marks."""
    return "".join(one.content for one in inline.children or [])


def _lead(tokens: Sequence[Token], path: Path) -> Iterator[Path]:
    """Let links lead to where the site has what they mean, and pictures be part of the page; yield files to bring."""
    for token in (child for one in tokens for child in one.children or []):
        if token.type == "image":
            token.attrSet("src", _picture(_target(str(token.attrGet("src")), path)))
        elif token.type == "link_open" and not urlsplit(str(token.attrGet("href"))).netloc:
            href = urlsplit(str(token.attrGet("href")))
            if href.path:
                target = _target(href.path, path)
                guide = target.parent == path.parent and target.suffix == ".md"
                token.attrSet(
                    "href", href._replace(path=guide_name(target.stem) if guide else _source_name(target)).geturl()
                )
                if not guide:
                    yield target


def _target(link: str, path: Path) -> Path:
    """Return the file that a link of a guide means."""
    target = (path.parent / unquote(link)).resolve()
    if not target.is_file() or not target.is_relative_to(path.parents[1].resolve()):
        raise ValueError(f"{path.name} leads to {link}, which is no file of the repository.")
    return target


def _source_name(target: Path) -> str:
    """Return under which name a file of the repository lies beside the guides: as a text, where it is no JSON."""
    name = target.name.lstrip(".")
    return f"{SOURCES}/{name}" if target.suffix == ".json" else f"{SOURCES}/{name}.txt"


def _picture(target: Path) -> str:
    kind = mimetypes.guess_type(target.name)[0]
    return f"data:{kind};base64,{base64.b64encode(target.read_bytes()).decode()}"
