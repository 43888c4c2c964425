"""The guide for administrations says the same in four languages, and says nothing that the platform does not do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calypso import judging
from calypso.contracts import contracts
from calypso.reference import documents
from calypso.registry import LANGUAGES, administrations
from calypso.settings import REPOSITORY
from calypso.submission import UNFINISHED, parse_name

OFFICES = {"en": "brb", "fr": "mtq", "es": "dom", "nl": "cuw"}
OUTLINE = re.compile(r"^(#+ |\||- |\d\. )", re.MULTILINE)


def path(language: str) -> Path:
    return REPOSITORY / "docs" / ("administrations.md" if language == "en" else f"administrations.{language}.md")


def text(language: str) -> str:
    return path(language).read_text(encoding="utf-8")


def named(language: str) -> list[str]:
    """Return what the guide gives word for word, the code of its administration apart."""
    return sorted(re.sub(rf"\b{OFFICES[language]}\b|\b{OFFICES[language]}_", "abc_", said) for said in spans(language))


def spans(language: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_parts_and_names(language: str) -> None:
    assert OUTLINE.findall(text(language)) == OUTLINE.findall(text("en"))
    assert named(language) == named("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_file_names_are_those_of_its_administration(language: str) -> None:
    names = [said for said in spans(language) if said.startswith(f"{OFFICES[language]}_")]
    assert {"", "_nil", "_v2", "_test", "_excused", "_ack", "_totals"} == {
        name.removeprefix(f"{OFFICES[language]}_2024-11-05_seizures").split(".")[0] for name in names
    }
    plain = [name for name in names if re.search(r"seizures(_nil|_v2)?\.", name)]
    assert all(parse_name(name) for name in plain)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_names_is_there(language: str) -> None:
    made = documents(administrations()[OFFICES[language]], judging.rules())
    told = {said for said in spans(language) if said in made}
    assert told == {name for name in made if not name.endswith(".json")}
    assert set(UNFINISHED) <= set(spans(language))
    codes = contracts()["seizures"].codes
    assert {"oz", "oz_t"} <= set(codes["unit"]) & set(spans(language))
    assert {"correct", "cancel"} <= set(codes["action"]) & set(spans(language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_leads_to_the_other_languages(language: str) -> None:
    links = re.findall(r"\]\((administrations[^)]+)\)", text(language))
    assert links == [path(other).name for other in LANGUAGES if other != language]
