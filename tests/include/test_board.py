"""The board speaks the reader's language, shows what a sender wrote as text, and has a sign for every status."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from calypso.board.page import language_of, page, words
from calypso.board.state import Board, Delivery, Line, Receipt, Running
from calypso.registry import LANGUAGES, administrations, operations
from calypso.verdict import FINAL_STATES

NOW = datetime(2024, 11, 6, 12, tzinfo=UTC)
HOSTILE = "brb_2024-11-05_<script>alert(1)</script>\u202e.csv"


def shown(language: str = "en", **running: object) -> str:
    statuses = list(words().statuses)
    days = [Delivery(date(2024, 11, 4 + n), status, "late", 1, HOSTILE) for n, status in enumerate(statuses)]
    known = {"build_no": 7, "cut_at": NOW, "known": 1234, "unanswered": 2, "waiting": 1, "simulated": True}
    known["oldest_unanswered"] = NOW - timedelta(minutes=5)
    made = Board(
        operation=operations()["calypso-2024"],
        grid=[Line("brb", days, 0.5), Line("cuw", days, 1.0)],
        quarantine={"brb": 3},
        rules={"S017": 3},
        receipts=[Receipt(NOW, "brb", HOSTILE, "partly_accepted", 3, 1)],
        running=Running(**{**known, **running}),  # type: ignore[arg-type]
    )
    return page(made, language, list(operations().values()), NOW)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr-HT,fr;q=0.9,en;q=0.8", "fr"),
        ("de-DE,de;q=0.9,nl-SX;q=0.8,en;q=0.7", "nl"),
        ("es-419", "es"),
        ("pt-BR", "en"),
        ("", "en"),
        (";;;,=,", "en"),
    ],
)
def test_the_language_is_the_first_of_ours_that_the_browser_asks_for(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_in_one_language(language: str) -> None:
    made = shown(language)
    assert f'<html lang="{language}">' in made
    for texts in (words().texts["deliveries"], words().texts["simulated"], words().statuses["missing"].word):
        assert texts[language].replace("'", "&#39;") in made
    assert administrations()["cuw"].names[language].replace("'", "&#39;") in made
    assert "{" not in made.partition("</style>")[2]


def test_what_a_sender_wrote_is_text() -> None:
    made = shown()
    assert "<script" not in made
    assert "\u202e" not in made
    assert "&lt;script&gt;" in made


def test_every_status_has_a_sign_of_its_own() -> None:
    signs = [status.sign for status in words().statuses.values()]
    assert len(set(signs)) == len(signs)
    assert set(words().states) == set(FINAL_STATES)


@pytest.mark.parametrize(("declared", "come", "said"), [(True, False, 1), (False, True, 1), (False, False, 0)])
def test_simulated_data_are_called_so(declared: bool, come: bool, said: int) -> None:
    operation = operations()["calypso-2024"].model_copy(update={"simulated": declared})
    running = Running(None, None, 0, 0, None, 0, simulated=come)
    assert page(Board(operation, [], {}, {}, [], running), "en", [], NOW).count('class="simulated"') == said


def test_before_the_first_build_the_page_says_so() -> None:
    none = Running(None, None, 0, 0, None, 0, simulated=False)
    empty = Board(operations()["calypso-2024"], [], {}, {}, [], none)
    made = page(empty, "nl", [], NOW)
    assert words().texts["no_build"].nl in made
    assert words().texts["no_receipt"].nl in made
