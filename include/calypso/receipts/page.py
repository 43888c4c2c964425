"""The page of a receipt is what a person reads: one HTML file that asks for nothing else, on paper or on a phone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Template

from calypso.markup import LOCALES, templates
from calypso.receipts.chain import Issued
from calypso.receipts.signing import NAMESPACE, PRINCIPAL
from calypso.receipts.words import ROOM, words


def page(receipt: dict[str, Any], issued: Issued) -> bytes:
    """Return a receipt as an HTML page in its own language."""
    locale = LOCALES[receipt["language"]]
    return (
        template()
        .render(
            receipt=receipt,
            text=words(receipt["language"]),
            stem=issued.stem,
            moment=partial(_moment, locale=locale),
            day=partial(_day, locale=locale),
            number=partial(format_decimal, locale=locale),
            verify=_command(receipt, issued),
        )
        .encode()
    )


def template() -> Template:
    """Return the template of the page, which is compiled once."""
    return templates(ROOM).get_template("page.html.j2")


def _moment(said: str, locale: str) -> str:
    moment = datetime.fromisoformat(said)
    return str(format_datetime(moment, "long", tzinfo=moment.tzinfo, locale=locale))


def _day(said: str, locale: str) -> str:
    return str(format_date(date.fromisoformat(said), "long", locale=locale))


def _command(receipt: dict[str, Any], issued: Issued) -> str:
    """Return how to verify this receipt with OpenSSH alone, as of the moment at which it was answered."""
    answered = datetime.fromisoformat(receipt["answered_at"]).astimezone(UTC)
    return (
        f"ssh-keygen -Y verify -f ../reference/allowed_signers -I {PRINCIPAL} -n {NAMESPACE} "
        f"-Overify-time={answered:%Y%m%d%H%M%SZ} -s {issued.stem}.json.sig < {issued.stem}.json"
    )
