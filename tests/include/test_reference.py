"""The reference holds every field, code and rule in every language, and is renewed when one of them changes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from calypso import cli, judging, reference
from calypso.contracts import contracts
from calypso.countries import names_in
from calypso.reference import documents, fingerprint, publish, publish_languages
from calypso.reference.examples import rows_of
from calypso.reference.pages import RULES_PAGE, codes_page, specification_page
from calypso.registry import LANGUAGES, administrations, operations
from calypso.settings import REPOSITORY

CONTRACT = contracts()["seizures"]
PAGES = (specification_page("seizures"), codes_page("seizures"), RULES_PAGE)
OFFICES = {"en": "brb", "fr": "mtq", "es": "dom", "nl": "cuw"}

# The Table Schema specification, version 2, as far as it says what a descriptor must be.
TABLE_SCHEMA = {
    "type": "object",
    "required": ["fields"],
    "properties": {
        "fieldsMatch": {"enum": ["exact", "equal", "subset", "superset", "partial"]},
        "missingValues": {"type": "array", "items": {"type": "string"}},
        "title": {"type": "string", "minLength": 1},
        "fields": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "type", "title", "description"],
                "properties": {
                    "name": {"type": "string"},
                    "type": {"enum": ["string", "number", "integer", "date", "time"]},
                    "title": {"type": "string", "minLength": 1},
                    "description": {"type": "string", "minLength": 1},
                    "constraints": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {
                            "required": {"type": "boolean"},
                            "enum": {"type": "array", "minItems": 1, "uniqueItems": True},
                            "pattern": {"type": "string"},
                            "maxLength": {"type": "integer", "minimum": 1},
                        },
                    },
                },
                "allOf": [
                    {  # a decimal mark is a property of numbers alone, as length and pattern are of texts
                        "if": {"properties": {"type": {"const": "number"}}},
                        "then": {"properties": {"constraints": {"not": {"required": ["maxLength"]}}}},
                        "else": {"not": {"required": ["decimalChar"]}},
                    }
                ],
            },
        },
    },
}


class Page(HTMLParser):
    """What a test looks at of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.language = self.stamp = self.text = ""
        self.headers: list[dict[str, str | None]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if tag == "a" else []
        self.loaded += [value or "" for name, value in attrs if name in ("src", "srcset", "action", "data")]
        self.loaded += [tag] if tag in ("script", "link", "iframe", "object", "img") else []
        self.language = told.get("lang") or self.language
        self.headers += [told] if tag == "th" else []
        if told.get("name") == "calypso-fingerprint":
            self.stamp = told["content"] or ""

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reference")
    assert publish_languages(made, judging.rules())
    return made


@pytest.fixture(scope="module", params=LANGUAGES)
def pages(request: pytest.FixtureRequest, folder: Path) -> tuple[str, dict[str, Page]]:
    language = request.param
    return language, {name: Page((folder / language / name).read_text(encoding="utf-8")) for name in PAGES}


def test_every_field_is_specified(pages: tuple[str, dict[str, Page]]) -> None:
    language, found = pages
    page = found[specification_page("seizures")]
    for name, field in CONTRACT.fields.items():
        assert f"field-{name}" in page.ids
        assert field.label[language] in page.text
        assert field.help[language] in page.text


def test_every_code_is_listed(pages: tuple[str, dict[str, Page]]) -> None:
    language, found = pages
    page = found[codes_page("seizures")]
    for name, entries in CONTRACT.codes.items():
        for code, entry in entries.items():
            assert f"code-{name}-{code}" in page.ids
            assert entry.label is None or entry.label[language] in page.text
    assert all(f"code-country-{code}" in page.ids for code in names_in(language))


def test_every_rule_is_told_with_an_example(pages: tuple[str, dict[str, Page]]) -> None:
    language, found = pages
    page = found[RULES_PAGE]
    for code, rule in judging.rules().rules.items():
        assert f"rule-{code}" in page.ids
        opening = re.split(r"{\w+}", rule.sentence[language])[0]
        assert opening in page.text
        for example in (rule.right, rule.wrong):
            for row in rows_of(example, language, code.startswith("F")):
                assert all(name in page.text and value in page.text for name, value in row)


def test_a_page_is_whole_by_itself_and_says_its_language(pages: tuple[str, dict[str, Page]]) -> None:
    language, found = pages
    for name, page in found.items():
        assert page.language == language
        assert page.loaded == []
        assert all(header.get("scope") in ("col", "row") for header in page.headers)
        assert len(page.ids) == len(set(page.ids))
        for link in page.links:
            target, _, anchor = link.partition("#")
            assert (target or name) in found, link
            assert not anchor or anchor in found[target or name].ids, link


def test_what_a_contract_or_a_rule_says_cannot_become_markup() -> None:
    book = judging.rules()
    rule = book.rules["S001"].model_copy(  # type: ignore[attr-defined]
        update={"wrong": ({"case_ref": "<script>alert(1)</script>"},)}
    )
    hostile = book.model_copy(update={"rules": {"S001": rule}})  # type: ignore[attr-defined]
    made = documents(administrations()["brb"], hostile)[RULES_PAGE].decode()
    assert "<script" not in made
    assert "&lt;script&gt;" in made


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_schema_is_one_and_says_what_the_contract_says(language: str) -> None:
    office = administrations()[OFFICES[language]]
    schema = json.loads(documents(office, judging.rules())["seizures.schema.json"])
    jsonschema.validate(schema, TABLE_SCHEMA)
    assert [field["name"] for field in schema["fields"]] == list(CONTRACT.fields)
    assert [field["title"] for field in schema["fields"]] == [
        field.label[language] for field in CONTRACT.fields.values()
    ]
    for told in schema["fields"]:
        field = CONTRACT.fields[told["name"]]
        assert told.get("constraints", {}).get("enum") == (list(CONTRACT.codes[field.codes]) if field.codes else None)
        if field.type == "decimal":
            assert told.get("decimalChar", ".") == office.decimal_mark
    assert [f["name"] for f in schema["fields"] if f.get("constraints", {}).get("required")] == ["case_ref"]


def test_an_administration_gets_everything_in_its_language_with_one_fingerprint(tmp_path: Path) -> None:
    for language, code in OFFICES.items():
        office, place = administrations()[code], tmp_path / code
        assert publish(place, office, judging.rules())
        stamp = fingerprint(judging.rules(), office)
        names = {*PAGES, "seizures_template_short.xlsx", "seizures_template_long.xlsx", "seizures.schema.json"}
        assert {path.name for path in place.iterdir()} == {*names, reference.STAMP}
        for name in PAGES:
            page = Page((place / name).read_text(encoding="utf-8"))
            assert (page.stamp, page.language) == (stamp, language)
        assert json.loads((place / "seizures.schema.json").read_text())["calypso:fingerprint"] == stamp
        agreed = Page((place / PAGES[0]).read_text(encoding="utf-8")).text
        assert office.names[language] in agreed
        assert office.encoding in agreed


def test_it_is_made_again_only_where_something_changed(tmp_path: Path) -> None:
    office, book = administrations()["brb"], judging.rules()
    assert publish(tmp_path, office, book)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert not publish(tmp_path, office, book)
    rule = book.rules["S001"].model_copy(update={"severity": "warning"})  # type: ignore[attr-defined]
    changed = book.model_copy(update={"rules": {**book.rules, "S001": rule}})  # type: ignore[attr-defined]
    assert fingerprint(changed, office) != fingerprint(book, office)
    assert publish(tmp_path, office, changed)
    assert publish(tmp_path, office, book)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_what_has_been_removed_comes_back_and_what_is_no_longer_made_goes(tmp_path: Path) -> None:
    office, book = administrations()["brb"], judging.rules()
    publish(tmp_path, office, book)
    (tmp_path / RULES_PAGE).unlink()
    assert publish(tmp_path, office, book)
    (tmp_path / "old.html").touch()
    (tmp_path / "calendar.html").touch()  # not ours
    (tmp_path / reference.STAMP).write_text(f"before\n{RULES_PAGE}\nold.html\n../outside.html\n")
    (tmp_path.parent / "outside.html").touch()
    assert publish(tmp_path, office, book)
    assert not (tmp_path / "old.html").exists()
    assert (tmp_path / "calendar.html").exists()
    assert (tmp_path.parent / "outside.html").exists()


def test_a_change_of_the_registry_reaches_the_one_it_is_about() -> None:
    office, book = administrations()["brb"], judging.rules()
    moved = office.model_copy(update={"date_order": "month-day-year"})
    assert fingerprint(book, moved) != fingerprint(book, office)


def test_an_administration_that_waits_for_its_first_operation_has_its_reference() -> None:
    waiting = administrations()["brb"].model_copy(update={"code": "xyz"})
    day = max(operation.starts_on for operation in operations().values()) + timedelta(days=1)
    pages = [content for name, content in documents(waiting, judging.rules()).items() if name.endswith(".html")]
    assert any(f"xyz_{day}_seizures".encode() in page for page in pages)


def test_generated_pages_are_not_kept_in_the_repository() -> None:
    kept = {path.name for path in REPOSITORY.rglob("*.html") if not {".venv", ".calypso"} & set(path.parts)}
    assert kept.isdisjoint(PAGES)


def test_the_command_writes_all_languages_or_one_administration(tmp_path: Path) -> None:
    answer = CliRunner().invoke(cli.app, ["reference", str(tmp_path / "all")])
    assert answer.exit_code == 0
    assert {path.name for path in (tmp_path / "all").iterdir()} == set(LANGUAGES)
    answer = CliRunner().invoke(cli.app, ["reference", str(tmp_path / "one"), "--administration", "mtq"])
    assert answer.exit_code == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir() if path.name != reference.STAMP} == (
        documents(administrations()["mtq"], judging.rules())
    )
