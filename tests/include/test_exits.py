"""What a sender wrote leaves as text by every page, paper, sentence, log and pattern; each is found by walking."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from typing import Any

import exits
import outcomes
import pytest
import situations
import standings
from exits import REPOSITORY, calls_of, files, sources
from hostile_alphabet import ALL, ALPHABET

from calypso import legible, telling
from calypso.contracts import contracts
from calypso.finding import Finding
from calypso.judging import rules
from calypso.markup import templates
from calypso.registry import LANGUAGES
from calypso.report import charts, drawing
from calypso.report.daily import account, making, pictures
from calypso.report.page import page as page_of
from calypso.report.paper import paper
from calypso.report.results import account as results_account
from calypso.report.results import making as of_results
from calypso.report.results import pictures as results_pictures
from calypso.report.standing import making as of_standing
from calypso.telling import shown
from include import test_board, test_receipts

PLAIN = "plain"
HOSTILE = pytest.mark.parametrize("text", ALPHABET.values(), ids=ALPHABET)


class Page(HTMLParser):
    """The elements of a page with the names of their attributes and the targets of its links, and its text."""

    def __init__(self, made: str) -> None:
        super().__init__()
        self.parts: list[tuple[str, ...]] = []
        self.text = ""
        self.feed(made)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        led = [value or "" for name, value in attrs if name in ("href", "src", "action", "content", "style")]
        self.parts.append((tag, *sorted(name for name, _ in attrs), *led))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append((f"/{tag}",))

    def handle_comment(self, data: str) -> None:
        self.parts.append(("comment",))

    handle_decl = handle_pi = unknown_decl = handle_comment

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def write(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that puts a text wherever the made-up states of tests hold something of a sender."""

    def put(text: str) -> None:
        for module in (situations, standings, outcomes, test_board):
            monkeypatch.setattr(module, "HOSTILE", text)

    return put


def receipt(text: str) -> str:
    made = test_receipts.sample([test_receipts.finding(text, echo={f"x_{text}": text})])
    replaced = {**made["replaces"], "file_name": text}
    return test_receipts.html({**made, "file_name": text, "replaces": replaced})


def daily() -> str:
    told = account.account(situations.situation(), 1, None, "fr")
    return page_of(making.PAGE, making.NAME, told, of_the_day()).decode()


@cache
def of_the_day() -> Any:
    """Return the pictures of a day, which are tried by themselves below."""
    return situation("fr")[1]


def situation(language: str) -> tuple[Any, Any]:
    made = situations.situation()
    told = account.account(made, 1, None, language)
    return told, pictures.pictures(made, told)


def results() -> str:
    told = results_account.account(outcomes.results(), "es")
    return page_of(of_results.PAGE, of_results.NAME, told, of_the_whole()).decode()


@cache
def of_the_whole() -> Any:
    """Return the pictures of results."""
    made = outcomes.results()
    return results_pictures.pictures(made, results_account.account(made, "es"))


# Each template of a page: how a sender's text is put into it, or why none comes there.
OURS = "holds words of our own and of the registry alone"
PAGES: dict[str, Callable[[str], str] | str] = {
    "board/page.html.j2": lambda text: test_board.shown("nl"),
    "receipts/page.html.j2": receipt,
    "report/daily/page.html.j2": lambda text: daily(),
    "report/frame.html.j2": "is the frame of the three reports",
    "report/results/page.html.j2": lambda text: results(),
    "report/standing/page.html.j2": lambda text: of_standing.page(standings.standing()).decode(),
    **{f"reference/{name}.html.j2": OURS for name in ("codes", "page", "rules", "specification")},
    **{f"site/{name}.html.j2": OURS for name in ("frame", "guide", "home")},
}
TRIED = {name: made for name, made in PAGES.items() if not isinstance(made, str)}
# What goes into a link, a source or a style. None of it is a sender's: `javascript:` would be escaped, and run.
TARGETS = {
    *("other.code", "language", "board.operation.code", "one", "name", "told.language", "told.csv", "stem", "home"),
    *("here", "fingerprint", "codes_page(contract.dataset)", "field.codes", "rules_page", "code", "id"),
    *("specification_page(dataset)", "codes_page(dataset)", "index_name(one)", "files.html", "files.pdf", "link.href"),
}
SAFE = {
    *("drawn[chart.name].svg", "drawn.rules.svg", "drawn.days.svg", "drawn[name].svg", "drawn.directions.svg"),
    *("drawn.methods[methods.kind].svg", "drawn.routes[routes.map].svg", "drawn.where.svg"),
    *("drawn.trends[group.figure].svg", "drawn.flows[routes.direction].svg"),  # made by `drawing`, tried below
    *("look", "body", "' class=\"must\"'", "' aria-current=\"page\"'"),  # our style, our guides, our words
}


def test_every_template_of_a_page_is_tried_or_holds_nothing_of_a_sender() -> None:
    assert {f"include/calypso/{name}" for name in PAGES} == set(files("*.j2"))


@pytest.mark.parametrize("folder", sorted(exits.rooms_of(files("*.j2"))), ids=str)
def test_every_room_of_templates_escapes(folder: Any) -> None:
    room = templates(folder)
    assert room.autoescape is True
    made = room.from_string('<a title="{{ x }}">{{ x }}{{ x | upper }}</a>').render(x="\"'<&>\x1b\u202e\x9b")
    assert made == '<a title="&#34;&#39;&lt;&amp;&gt;   ">' + 2 * "&#34;&#39;&lt;&amp;&gt;   " + "</a>"


def test_templates_are_opened_by_one_function() -> None:
    made = {path for path, *_ in calls_of("Environment", "Template", "from_string", "NativeEnvironment")}
    assert made == {"include/calypso/markup.py"}


def test_a_template_leaves_unescaped_and_puts_into_links_nothing_of_a_sender() -> None:
    for path in files("*.j2"):
        text = (REPOSITORY / path).read_text(encoding="utf-8")
        assert "<script" not in text, path
        assert not re.search(r"autoescape|\bcallblock\b|\s[\w-]+={{|{%\s*filter", text), path
        assert set(re.findall(r"{{\s*((?:(?!}}).)+?)\s*\|\s*safe\b", text)) <= SAFE, path
        assert len(re.findall(r"\|\s*safe\b", text)) == len(re.findall(r"\|\s*safe(?: if [^}]+)? }}", text)), path
        for value in re.findall(r'\b(?:href|src|srcset|action|style|content|xlink:href|on\w+)="([^"]*)"', text):
            assert set(re.findall(r"{{\s*(.+?)\s*}}", value)) <= TARGETS, (path, value)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_a_page_is_the_same_page_whatever_a_sender_writes(name: str, write: Callable[[str], None]) -> None:
    def page(text: str) -> tuple[Page, str]:
        write(text)
        made = TRIED[name](text)
        return Page(made), made

    usual, _ = page(PLAIN)
    assert PLAIN in usual.text
    for called, text in ALPHABET.items():
        found, made = page(text)
        assert found.parts == usual.parts, called
        assert all(letter in "\n\t" or legible.is_seen(letter) for letter in made), called
        assert _bare(shown(text)) in _bare(found.text), called  # and it says what was written


def _bare(text: str) -> str:
    return "".join(text.split())


PAPERS: dict[str, Callable[[], bytes] | str] = {
    "daily/paper.typ": lambda: _daily_paper(),
    "results/paper.typ": lambda: of_results.make(outcomes.results(), ["nl"])["nl", "pdf"],
    "look.typ": "begins both papers",
}


def _daily_paper() -> bytes:
    told, drawn = situation("nl")
    return paper(making.PAPER, told, vars(drawn))


def test_every_paper_is_tried_and_runs_no_text() -> None:
    assert {f"include/calypso/report/{name}" for name in PAPERS} == set(files("*.typ"))
    for path in files("*.typ"):
        code = (REPOSITORY / path).read_text(encoding="utf-8")
        assert not re.search(r"\b(?:eval|read|plugin|link|csv|yaml|toml|xml|cbor)\(|#(?:include|import)\b", code), path
        assert set(re.findall(r"\b(?:json|bytes|image)\(.*?\)", code)) <= {
            *("json(bytes(sys.inputs.told)", "json(bytes(sys.inputs.pictures)", "image(bytes(one.svg)"),
        }, path  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, made in PAPERS.items() if not isinstance(made, str)])
def test_a_paper_sets_what_a_sender_writes_as_text(name: str, write: Callable[[str], None]) -> None:
    made = PAPERS[name]
    assert not isinstance(made, str)
    for called in (
        "typst",
        "lines",
        "wide formula",
        "look-alikes",
        "escape",
        "bidi",
        "private",
        "markdown link",
        "svg",
        "long",
    ):
        write(ALPHABET[called])
        assert b"/URI" not in made(), called  # Typst would end with an error where it ran or looked for a label


@HOSTILE
def test_a_chart_draws_a_text_as_text(text: str) -> None:
    usual, found = (
        charts.by_method("a", [(one, 3, 1, one), ("b", 2, 1, one)], one) for one in (PLAIN, text[:300])
    )  # fmt: skip
    pages = Page(usual.svg), Page(found.svg)
    assert [part[0] for part in pages[1].parts] == [part[0] for part in pages[0].parts]
    assert all(letter in "\n\t" or legible.is_seen(letter) for letter in found.svg)
    assert {part[:2] for part in pages[1].parts} == {part[:2] for part in pages[0].parts}
    assert _bare(legible.spaced(text[:300])) in _bare(pages[1].text)


def test_a_chart_takes_no_expression_from_what_it_draws() -> None:
    """Rows are the only way in, and their fields are ours: no tooltip, link or picture is made of a text."""
    for path in _drawing():
        for name, call in exits.calls(path):
            assert not {one.arg for one in call.keywords} & {"href", "tooltip", "url", "expr"}, (path, name)
            assert name.rsplit(".", 1)[-1] not in ("mark_image", "transform_calculate", "transform_lookup", "expr"), (
                path
            )
            if name.endswith(("transform_filter", "condition")):
                places = [part for part in ast.walk(call.args[0]) if isinstance(part, ast.FormattedValue)]
                assert {ast.unparse(one.value) for one in places} <= {"side", "kind"}, (path, ast.unparse(call))
    assert {path for path, *_ in calls_of("vegalite_to_svg")} == {"include/calypso/report/drawing.py"}
    assert drawing._drawn.cache_info().maxsize == 64


def _drawing() -> list[str]:
    return [path for path in sources() if path.startswith("include/calypso/report/") and "altair" in _names(path)]


def _names(path: str) -> set[str]:
    return {one.name for node in ast.walk(sources()[path]) if isinstance(node, ast.Import) for one in node.names}


def test_every_sentence_takes_plain_values_and_gives_them_back_once() -> None:
    formatter = string.Formatter()
    found = 0
    for where, text in exits.texts():
        if where.endswith((":pattern", ":regex")):
            continue
        for _, field, spec, conversion in formatter.parse(text):
            assert field is None or (field.isidentifier() and not spec and not conversion), (where, text)
        fields = {field for _, field, _, _ in formatter.parse(text) if field}
        for value in ALL.values():
            said = text.format_map(dict.fromkeys(fields, value))
            assert not fields or value in said, where
            found += 1
    assert found > 1000


def test_no_sentence_is_formatted_twice() -> None:
    """What was filled in already is never a pattern again: neither a call's answer nor a text put together."""
    for path, name, call in calls_of(".format", ".format_map"):
        receiver = call.func.value  # type: ignore[attr-defined]
        if isinstance(receiver, ast.Call):
            assert ast.unparse(receiver.func) in ("SQL", "Markup"), (path, name)
        assert not isinstance(receiver, ast.JoinedStr | ast.BinOp), (path, name)
    for path, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
                assert not (isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)), (
                    path,
                    node.lineno,
                )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_says_what_was_written_on_one_line(language: str) -> None:
    contract = contracts()["seizures"]
    for rule in rules().rules.values():
        for text in ALL.values():
            finding = Finding(rule.code, 2, "A", "quantity", text, text, text, {f"x_{text}": text})
            told = telling.tell(finding, rule.severity, rule.sentence, language, contract)
            assert all(map(legible.is_seen, told["message"])), (rule.code, text)
            assert len(told["message"]) < 3 * telling.LONGEST_VALUE
            if "{given}" in rule.sentence[language]:
                assert shown(text) in told["message"]


LOGGED = ("log.debug", "log.info", "log.warning", "log.error", "log.exception", "log.critical")


def test_a_log_is_given_texts_as_values() -> None:
    """The first of a line is a text of ours: a sender's percent sign would make the logging fail."""
    found = list(calls_of(*LOGGED, "logging.info", "logging.warning", "logging.error", "warnings.warn"))
    for path, name, call in found:
        assert isinstance(call.args[0], ast.Constant), (path, name, ast.unparse(call))
    assert len(found) > 8


def test_no_shell_is_ever_started() -> None:
    for path, name, call in calls_of(
        "run", "Popen", "call", "check_call", "check_output", "system", "popen", "execvpe"
    ):
        assert name.split(".")[-1] not in ("system", "popen", "getoutput"), path
        assert not any(one.arg == "shell" for one in call.keywords), (path, name)


# Where a file gets its name on a server or in a folder: none of these names is a sender's.
NAMED_BY = {
    "include/calypso/review_questions.py": 1,  # of a submission's id
    "include/calypso/notices/posting.py": 1,  # a name of ours
    "include/calypso/receipts/delivering.py": 2,  # of a submission's id; names of ours
    "include/calypso/report/standing/posting.py": 2,  # of an operation's code
}


def test_files_are_put_under_names_of_ours() -> None:
    found: dict[str, int] = {}
    for path, name, _ in calls_of("put"):
        if name == "put":
            found[path] = found.get(path, 0) + 1
    assert found == NAMED_BY


# Patterns that know more letters than ASCII, and why they may.
WIDE: dict[tuple[str, str], str] = {
    ("include/calypso/table.py", r"[\s\d.,:/+%-]*\d[\s\d.,:/+%-]*"): "tells a number from a heading: any script's",
    ("include/calypso/spreadsheet.py", r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]"): "any space before a formula",
    ("include/calypso/contacts.py", r"^[^@\s,;<>\x00-\x1f\x7f]+@[^@\s,;<>\x00-\x1f\x7f]+$"): "forbids any space",
    ("include/calypso/report/results/lessons.py", r"^…\s?:\s"): "a sentence of ours, in French with its space",
    ("include/calypso/report/drawing.py", r'\bid="([^"]+)"'): "a drawing's tags, which are ours",
    ("include/calypso/report/drawing.py", r'(\bid="|url\(#|href="#)([^")]+)'): "a drawing's tags, which are ours",
    ("include/calypso/report/drawing.py", r'\b(?:width|height)="([0-9]+)"'): "a drawing's tags, which are ours",
    ("include/calypso/transformation.py", r"\bError( in \w+ \w+|$)|^Failure in \w+ \w+"): "what dbt prints",
    ("include/calypso/transformation.py", r"^\d\d:\d\d:\d\d +"): "what dbt prints",
    ("include/calypso/contracts/__init__.py", r"^(?:0[1-9]|[1-9]\d)(?:\d\d)?$"): "a contract of ours",
    ("include/calypso/registry/__init__.py", r"^[a-z]+-\d{4}$"): "a registry of ours",
    ("expectations/rules.py", r"^[FS]\d{3}$"): "a rule book of ours",
    ("expectations/seizures.py", "person"): "finds persons' names however they are written: what it takes is kept back",
    ("expectations/seizures.py", "related"): "the reference of another's case: any letter but a space",
}
ESCAPES = re.compile(r"\\[dwsDWSbB]|\(\?i")


def patterns() -> Iterable[tuple[str, str, bool]]:
    """Yield every text of the sources that is a pattern with a class or without case: whether it is ASCII alone."""
    for path, tree in sources().items():
        if path.startswith(("include/calypso/simulation", "include/calypso/local", "include/calypso/containers")):
            continue  # these read what they wrote themselves
        flagged = {
            id(part)
            for name, call in exits.calls(path)
            if name.startswith("re.") and any("ASCII" in ast.unparse(one) for one in [*call.args, *call.keywords])
            for part in ast.walk(call)
        }
        named = {
            ast.unparse(one)
            for name, call in exits.calls(path)
            if name.startswith("re.") and "re.ASCII" in ast.unparse(call)
            for one in call.args
        }
        for node in ast.walk(tree):
            if named and isinstance(node, ast.Assign) and f"{ast.unparse(node.targets[0])}[order]" in named:
                flagged |= {id(part) for part in ast.walk(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ESCAPES.search(node.value):
                yield path, node.value, id(node) in flagged


def test_a_pattern_that_reads_a_sender_knows_ascii_alone() -> None:
    wide = set()
    for path, pattern, ascii_alone in patterns():
        if not ascii_alone and not _is_prose(pattern):
            known = [key for key in WIDE if key[0] == path and (key[1] == pattern or _is_meant(key[1], pattern))]
            assert known, (path, pattern)
            wide.update(known)
    assert wide == set(WIDE)  # nothing is excused that is no longer there


def _is_prose(text: str) -> bool:
    return "\n" in text or text.startswith((r"Return", r"A "))


def _is_meant(key: str, pattern: str) -> bool:
    from expectations import seizures

    if key == "person":
        return pattern in (seizures.PERSON, seizures.MAYBE_PERSON)
    return key == "related" and pattern == r"):\S+$"


def test_a_pattern_without_case_knows_ascii_alone() -> None:
    for path, name, call in calls_of("re.compile", "re.match", "re.fullmatch", "re.search", "re.sub", "re.findall"):
        said = ast.unparse(call)
        assert "IGNORECASE" not in said or "ASCII" in said, (path, name)


# Where a letter's kind is asked of Unicode, and why it may be.
KINDS = {
    (
        "include/calypso/contracts/__init__.py",
        "isalnum",
    ): "a letter that only looks like one of a code stays what it is",
    ("include/calypso/sheet/encoding.py", "isalpha"): "tells whether a letter fits among letters, in any script",
    ("include/calypso/site/published.py", "isdigit"): "after isascii",
    ("include/calypso/report/wording.py", "isupper"): "a unit of ours",
    ("include/calypso/sheet/encoding.py", "isupper"): "tells whether a letter fits among letters, in any script",
    ("include/calypso/sheet/encoding.py", "islower"): "tells whether a letter fits among letters, in any script",
}


def test_the_kind_of_a_letter_is_asked_where_it_may_be_any() -> None:
    asked = (".isdigit", ".isdecimal", ".isnumeric", ".isalpha", ".isalnum", ".isupper", ".islower", ".casefold")
    found = {(path, name.rsplit(".", 1)[-1]) for path, name, _ in calls_of(*asked) if "/simulation/" not in path}
    assert found == set(KINDS)
