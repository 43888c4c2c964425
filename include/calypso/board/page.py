"""The page of the board is one HTML file in the reader's language; it asks for nothing else and runs no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.declarations import Declared, load
from calypso.markup import LOCALES, templates
from calypso.registry import LANGUAGES, Operation, Texts, administrations

if TYPE_CHECKING:
    from calypso.board.state import Board

ROOM = Path(__file__).parent


class Status(Declared):
    """How a status is shown: its sign, for those who do not see colours, and its word."""

    sign: str
    word: Texts


class Words(Declared):
    """The words of the board."""

    texts: Mapping[str, Texts]
    statuses: Mapping[str, Status]
    states: Mapping[str, Texts]


@cache
def words() -> Words:
    """Return the words, read once."""
    return load(ROOM / "texts.yml", Words)


def language_of(accepted: str) -> str:
    """Return the first of our languages that a browser's `Accept-Language` names; English where it names none.

    Browsers name languages in the order in which their reader prefers them.
    """
    wanted = (part.split(";")[0].strip().lower().partition("-")[0] for part in accepted.split(","))
    return next((one for one in wanted if one in LANGUAGES), "en")


def page(board: Board, language: str, others: Sequence[Operation], now: datetime) -> str:
    """Return the page of a board in one language, with links to the boards of other operations."""
    from babel.dates import format_date, format_datetime, format_timedelta
    from babel.numbers import format_decimal, format_percent

    locale = LOCALES[language]
    return (
        templates(ROOM)
        .get_template("page.html.j2")
        .render(
            board=board,
            others=others,
            language=language,
            languages=LANGUAGES,
            text={name: texts[language] for name, texts in words().texts.items()},
            statuses=words().statuses,
            states=words().states,
            names={code: office.names[language] for code, office in administrations().items()},
            moment=partial(format_datetime, format="medium", tzinfo=UTC, locale=locale),
            day=partial(format_date, format="EEE d MMM", locale=locale),
            number=partial(format_decimal, locale=locale),
            share=partial(format_percent, locale=locale),
            ago=lambda then: format_timedelta(then - now, add_direction=True, locale=locale),
        )
    )
