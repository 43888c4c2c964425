"""Mail goes by the connection that Airflow knows, from its address, and what it says can be read as it lies there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler

from dags.post import mail

pytestmark = pytest.mark.enable_socket

VARIABLE, SENDER = "AIRFLOW_CONN_SMTP_DEFAULT", "&from_email=calypso@coordination.example"
TO = ["duty.officer@customs.example", "platform@coordination.example"]


class Caught(Handler):
    """Keeps what a server of mail was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.messages: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.messages.append(message)


def connection(port: int, more: str = "") -> str:
    """Return Airflow's connection to a server of mail here, as the operators' guide has it."""
    return f"smtp://127.0.0.1:{port}/?disable_ssl=true&disable_tls=true{more}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def caught(monkeypatch: pytest.MonkeyPatch) -> Iterator[Caught]:
    """What a server of mail is sent to which Airflow's connection leads."""
    keeper, port = Caught(), free_port()
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    monkeypatch.setenv(VARIABLE, connection(port, SENDER))
    controller.start()
    keeper.port = port
    try:
        yield keeper
    finally:
        controller.stop()


def test_a_mail_reaches_everyone_and_can_be_read(caught):
    mail("smtp_default", TO, "Calypso: une remise manque", "Un avis attend dans vos récépissés <ici>.")
    [message] = caught.messages
    assert message["From"] == "calypso@coordination.example"
    assert message["To"] == ", ".join(TO)
    assert message["Subject"] == "Calypso: une remise manque"
    [body] = [part for part in message.walk() if not part.is_multipart()]
    assert "Un avis attend dans vos r=C3=A9c=C3=A9piss=C3=A9s" in str(body.get_payload()).replace("=\n", "")
    assert "récépissés &lt;ici&gt;" in body.get_payload(decode=True).decode()


def test_a_server_that_is_away_is_an_error_of_the_network(monkeypatch):
    monkeypatch.setenv(VARIABLE, connection(free_port(), SENDER))
    with pytest.raises(OSError, match="smtp_default"):
        mail("smtp_default", TO, "Calypso: a trial", "Nothing has failed.")


def test_a_connection_without_a_sender_says_what_is_missing(caught, monkeypatch):
    monkeypatch.setenv(VARIABLE, connection(caught.port))
    with pytest.raises(OSError, match="from_email"):
        mail("smtp_default", TO, "Calypso: a trial", "Nothing has failed.")
    assert caught.messages == []
