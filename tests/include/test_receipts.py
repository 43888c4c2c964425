"""A receipt says the same in every form and language, and nothing a sender wrote can run or break out in any."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from calypso import receipts, telling
from calypso.contracts import contracts
from calypso.finding import Finding
from calypso.receipts import delivering
from calypso.receipts.chain import Issued, encode
from calypso.receipts.page import page
from calypso.receipts.words import wording, words
from calypso.receipts.workbook import workbook
from calypso.registry import LANGUAGES, Texts, administrations
from calypso.telling import shown
from calypso.verdict import FINAL_STATES

ROOM = Path(receipts.__file__).parent
SCHEMA = json.loads((ROOM / "receipt.schema.json").read_text(encoding="utf-8"))
CONTRACT = contracts()["seizures"]
SENTENCES = {
    "S012": Texts(**{lang: f"{lang} {{field}}: {{given}} ({{expected}})" for lang in LANGUAGES}),
    "F006": Texts(**dict.fromkeys(LANGUAGES, "{expected}")),
}
HOSTILE = [
    "=HYPERLINK(\"http://example.org\",\"x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1",
    "<script>alert(1)</script>", "<r><t>raw</t></r>", "{{ receipt }}", "{given.__class__}", "012345678901234567890",
    "a\nb", "\x00\x01\x1f", "\ufffe\uffff", "_x0041_", "\u202egnp.exe", "https://example.org", "a" * 40_000, " x ",
]  # fmt: skip


def finding(value: str | None, language: str = "fr", echo: dict[str, str] | None = None) -> dict:
    found = Finding("S012", 7, "H", "quantity", value, "1250,5", value, echo or {})
    told = telling.tell(found, "critical", SENTENCES["S012"], language, CONTRACT)
    return {**told, "acknowledged": False}


def sample(findings: list[dict], language: str = "fr") -> dict:
    code = next(office.code for office in administrations().values() if office.language == language)
    return {
        "receipt": 2,
        "number": 2,
        "previous_sha256": "a" * 64,
        "key_id": "SHA256:abc",
        "simulated": True,
        "submission_id": f"{code}-2024-11-05-0123456789ab",
        "operation": "calypso-2024",
        "administration": {"code": code, "name": administrations()[code].name},
        "language": language,
        "file_name": f"{code}_2024-11-05_seizures_v2.csv",
        "sha256": "b" * 64,
        "size_bytes": 1234567,
        "dataset": "seizures",
        "reporting_day": "2024-11-05",
        "version": 2,
        "received_at": "2024-11-06T05:12:40-04:00",
        "answered_at": "2024-11-06T05:20:00-04:00",
        "state": "partly_accepted" if findings else "accepted",
        "state_text": wording().states["partly_accepted" if findings else "accepted"][language],
        "duplicate_of": None,
        "replaces": {
            "submission_id": f"{code}-2024-11-05-aaaaaaaaaaaa",
            "file_name": f"{code}_2024-11-05_seizures.csv",
            "version": 1,
            "received_at": "2024-11-06T01:02:03-04:00",
        },
        "expected": ["2024-11-04", "2024-11-06"],
        "expected_left_out": 0,
        "rows": {"read": 12, "accepted": 12 - len(findings[:12]), "quarantined": len(findings[:12])},
        "rule_pack": "1-abcdef01",
        "findings": findings,
        "findings_left_out": 0,
        "totals": [{"rule": "S012", "severity": "critical", "count": len(findings)}] if findings else [],
    }


def html(receipt: dict) -> str:
    return page(receipt, Issued("stem", encode(receipt), "")).decode()


def cells(receipt: dict) -> list[list[list[openpyxl.cell.Cell]]]:
    content = workbook(receipt)
    assert content is not None
    return [list(sheet.iter_rows()) for sheet in openpyxl.load_workbook(io.BytesIO(content))]


def test_the_schema_is_sound_and_describes_every_member() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    receipt = sample([finding("1,250.5", echo={"x_dossier": "7"})])
    assert list(Draft202012Validator(SCHEMA).iter_errors(receipt)) == []
    assert set(receipt) == set(SCHEMA["properties"]) == set(SCHEMA["required"])
    assert set(receipt["findings"][0]) == set(SCHEMA["$defs"]["finding"]["properties"])


def test_every_final_state_has_its_words_and_stands_in_the_schema() -> None:
    assert set(wording().states) == set(FINAL_STATES) == set(SCHEMA["properties"]["state"]["enum"])


def test_every_word_is_used_and_takes_the_same_in_each_language() -> None:
    used = "".join(path.read_text(encoding="utf-8") for path in ROOM.iterdir() if path.suffix in (".j2", ".py"))
    for name, texts in {**wording().texts, **wording().states}.items():
        places = [re.findall(r"{\w*}", texts[language]) for language in LANGUAGES]
        assert places == [places[0]] * len(LANGUAGES), name
        known = name.startswith("heading_") or name in wording().states or name in ("critical", "warning")
        assert known or f"text.{name}" in used or f'["{name}"]' in used, f"{name} is said nowhere"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_one_language_alone(language: str) -> None:
    said = html(sample([finding("1,250.5", language)], language))
    assert f'<html lang="{language}">' in said
    for name, texts in wording().texts.items():
        for other in LANGUAGES:
            text = texts[other]
            if len(text) > 12 and "{" not in text and text not in words(language).values():
                assert text.replace("'", "&#39;") not in said, (name, other)


@pytest.mark.parametrize("findings", [[], [finding("1,250.5", echo={"x_dossier": "7"})]])
def test_the_page_asks_for_nothing_and_can_be_heard(findings: list[dict]) -> None:
    tags: list[tuple[str, dict]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, dict(attrs)))

    said = html(sample(findings))
    Reader().feed(said)
    names = {tag for tag, _ in tags}
    assert names.isdisjoint({"script", "img", "iframe", "object", "embed", "form", "base", "svg", "audio", "video"})
    assert [attributes for tag, attributes in tags if tag == "link"] == []
    assert "url(" not in said
    assert "@import" not in said
    assert {attributes["href"] for tag, attributes in tags if tag == "a"} <= {"stem.xlsx", "stem.json"}
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["aria-labelledby"] for _, a in tags if "aria-labelledby" in a} <= set(ids)
    assert [tag for tag, _ in tags].count("h1") == 1


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("ink", "ground"),
    [("#1b1f24", "#f3f5f8"), ("#505a66", "#f3f5f8"), ("#6b4000", "#fff8ec"), ("#9a1f18", "#fff"), ("#0b4f9e", "#fff")],
)
def test_every_colour_of_text_can_be_read(ink: str, ground: str) -> None:
    css = (ROOM / "page.css").read_text(encoding="utf-8")
    assert ink in css
    assert ground in css
    light, dark = sorted((luminance(ground), luminance(ink)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("value", HOSTILE)
def test_what_a_sender_wrote_stays_text_in_every_form(value: str) -> None:
    hostile = finding(value, echo={f"x_{value[:50]}": value})
    receipt = sample([hostile])
    receipt["file_name"] = value[:200]
    said = html(receipt)
    assert "<script" not in said
    assert "<r>" not in said
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", said)
    findings, _totals = cells(receipt)
    assert {cell.data_type for row in findings for cell in row if cell.value is not None} <= {"s", "inlineStr"}
    assert all(cell.hyperlink is None for row in findings for cell in row)
    assert all(cell.style is not None and cell.quotePrefix for cell in findings[1] if cell.value is not None)
    given = findings[1][5].value
    if value.isprintable() and len(value) <= telling.LONGEST_VALUE and "_x00" not in value:
        assert given.lstrip() == value.lstrip()
    assert len(json.dumps(hostile)) < 10_000
    assert "\n" not in hostile["message"]


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_can_be_answered(value: str) -> None:
    receipt = sample([finding(value, echo={"x_a": value})])
    assert json.loads(encode(receipt)) == receipt
    html(receipt)
    content = workbook(receipt)
    assert content is not None
    openpyxl.load_workbook(io.BytesIO(content))


def test_the_workbook_has_the_key_first_and_the_totals_second() -> None:
    receipt = sample([finding("1,250.5", echo={"x_dossier": "0001"}), finding(None, echo={"x_autre": "b"})])
    findings, totals = cells(receipt)
    assert [cell.value for cell in findings[0]] == [
        "Référence du cas", "Message", "Ligne", "Colonne", "Champ", "Valeur reçue", "Attendu", "Règle", "Gravité",
        "x_dossier", "x_autre",
    ]  # fmt: skip
    assert [cell.value for cell in findings[1]][2:10] == [
        "7", "H", "Quantité", "1,250.5", "1250,5", "S012", "à corriger", "0001",
    ]  # fmt: skip
    assert [cell.value for cell in totals[1]][:3] == ["S012", "à corriger", "2"]
    content = workbook(receipt)
    assert content is not None
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Constats", "Totaux par règle"]
    assert all(sheet.freeze_panes for sheet in book)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_titles_of_sheets_can_be_such(language: str) -> None:
    for name in ("sheet_findings", "sheet_totals"):
        assert re.fullmatch(r"[^\[\]:*?/\\']{1,31}", words(language)[name])


def test_without_findings_there_is_no_workbook() -> None:
    receipt = sample([])
    assert workbook(receipt) is None
    names = [name for name, _ in delivering.forms(Issued("stem", encode(receipt), "signature"))]
    assert names == ["stem.html", "stem.json.sig", "stem.json"]


def test_every_form_is_the_same_each_time_it_is_made() -> None:
    issued = Issued("stem", encode(sample([finding("1,250.5")])), "signature")
    forms = dict(delivering.forms(issued))
    assert dict(delivering.forms(issued)) == forms
    assert list(forms)[-1] == "stem.json"
    with zipfile.ZipFile(io.BytesIO(forms["stem.xlsx"])) as archive:
        core = archive.read("docProps/core.xml").decode()
    assert f"{datetime(2024, 11, 6, 9, 20, tzinfo=UTC):%Y-%m-%dT%H:%M:%SZ}" in core


def test_missing_columns_are_told_by_their_labels() -> None:
    missing = Finding("F006", 1, given="-", expected="case_ref, unit")
    told = telling.tell(missing, "critical", SENTENCES["F006"], "fr", CONTRACT)
    assert told["message"] == "Référence du cas (case_ref), Unité (unit)"
    assert told["expected"] == "case_ref, unit"


def test_codes_that_fit_are_told_by_their_labels() -> None:
    wrong = Finding("S018", 2, field="unit", given="kg", expected="piece, kg")
    told = telling.tell(wrong, "critical", SENTENCES["F006"], "fr", CONTRACT)
    assert (told["message"], told["expected"]) == ("Pièce (piece), Kilogramme (kg)", "piece, kg")


def test_long_values_are_cut_where_they_are_shown_and_less_so_where_they_are_data() -> None:
    told = finding("9" * 5000)
    assert told["given"] == "9" * 1000 + "…"
    assert "9" * 120 + "…" in told["message"]
    assert "9" * 121 not in told["message"]
    assert shown("a\r\n\tb\u202e") == "a   b "
