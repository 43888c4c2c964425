"""Post is how a notice or an alert leaves the platform: by mail, through the connection that Airflow knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calypso.contacts import Contacts
    from calypso.notices import Channel, Notice


def mail(connection: str, to: Iterable[str], subject: str, text: str) -> None:
    """Send one paragraph, from the address that the connection names; raises OSError where it cannot be sent now.

    The subject is one line, and cut where it is longer than a header may be: what follows a break in it would be
    another header.
    """
    from email.charset import QP, add_charset
    from html import escape

    from airflow.providers.smtp.hooks.smtp import SmtpHook
    from airflow.sdk.exceptions import AirflowException

    from calypso.legible import spaced
    from calypso.telling import shown

    add_charset("utf-8", QP, QP, "utf-8")  # Python's own choice, base64, nobody can read in a log
    try:
        with SmtpHook(connection) as hook:
            hook.send_email_smtp(to=list(to), subject=shown(subject), html_content=f"<p>{escape(spaced(text))}</p>")
    except (AirflowException, OSError) as error:
        raise ConnectionError(f"mail cannot be sent by the connection {connection}: {error}") from error


def notices_by(connection: str, contacts: Contacts) -> Channel:
    """Return a channel that writes to the addresses of an office; one without any hears of it in its folder."""
    from calypso.notices import letter

    def carry(notice: Notice) -> None:
        to = contacts.administrations.get(notice.administration, ())
        if to and notice.days:
            mail(connection, to, *letter(notice))

    return carry
