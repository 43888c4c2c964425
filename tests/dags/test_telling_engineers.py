"""Alerts, notices and mails are texts of ours: what a sender wrote adds no header, link, mention or line to them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any

import exits
import httpx
import pytest
from hostile_alphabet import ALL
from markdown_it import MarkdownIt

from calypso import alerts, legible, review_questions, settings
from calypso.alerts import Alert, Message
from calypso.contacts import Contacts
from calypso.deciding import Doubt
from calypso.measures import NAMES
from calypso.notices.giving import Notice
from calypso.registry import administrations, operations
from calypso.replaying import Change
from calypso.telling import shown
from dags import alerting, post

HOSTILE = pytest.mark.parametrize("text", ALL.values(), ids=ALL)
LINK = "http://127.0.0.1:8080/dags/ingest__brb/runs/1/tasks/pull?map_index=-1&try=2"
NOW = datetime(2024, 11, 6, 12, tzinfo=UTC)
# What carries something out of the platform, and what is tried of it here.
CARRIERS = {
    ("dags/alerting.py", "httpx.post"): "the webhook, below",
    ("dags/post.py", "hook.send_email_smtp"): "mails, below",
    ("dags/alerting.py", "mail"): "alerts by mail, below",
    ("dags/post.py", "mail"): "notices by mail: texts of ours alone, tests/integration/test_notices.py",
    (
        "include/calypso/lineage/__init__.py",
        "client.emit",
    ): "events with a file's name, tests/integration/test_lineage.py",
    ("dags/watch_platform.py", "stats.gauge"): "measures, below",
}


def test_everything_that_carries_a_text_away_is_tried() -> None:
    found = exits.calls_of(
        *("post", "put_record", "send_email_smtp", "send_email", "sendmail", "mail", "emit", "gauge", "incr", "timing"),
        *("urlopen", "send_message", "send_text", "notify"),
    )
    assert {(path, name) for path, name, _ in found if "/local/" not in path and "/standing/" not in path} == set(
        CARRIERS
    )


def is_inert(line: str) -> bool:
    """Tell whether a line is one, seen in full, and neither Markdown nor a chat finds anything in it but text."""
    inline = MarkdownIt("gfm-like", {"linkify": False}).parseInline(line)[0].children or []
    kinds = {token.type for token in inline}
    bare = line.replace(LINK, "")
    marks = ("<", "[", "]", "`", "|", "@", "://", "www.")
    emphasis = {"text", "text_special", "entity", "em_open", "em_close", "strong_open", "strong_close"}  # of _ alone
    return (
        legible.is_harmless(line.replace("\u00a0", " "))
        and kinds <= emphasis
        and not any(mark in bare for mark in marks)
    )


@HOSTILE
def test_an_alert_is_one_line_whose_only_link_is_ours(text: str) -> None:
    message = alerts.message(text, [text] * 9, text, LINK, 9)
    assert is_inert(message.text)
    assert is_inert(message.cause)
    assert message.text.endswith(f" {LINK}")
    assert len(message.text) < 2700
    json.dumps(message.text, ensure_ascii=False).encode()


class Taken:
    """Stands for a connection to the warehouse, and keeps what it is given."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def __enter__(self) -> Taken:
        return self

    def __exit__(self, *_: object) -> None: ...

    def cursor(self) -> Taken:
        return self

    def execute(self, _: str, row: list[str]) -> None:
        self.rows.append(row)


@HOSTILE
def test_an_alert_can_be_noted_whatever_failed(text: str) -> None:
    """PostgreSQL takes no NUL and no half of a letter: the alert of such a failure would be lost."""
    taken = Taken()
    alerts.raise_alert(taken, Alert(text, text, f"{text}\0", LINK))  # type: ignore[arg-type]
    [row] = taken.rows
    for value in row:
        assert "\0" not in value
        value.encode()
    assert row[3] == LINK


@pytest.mark.enable_socket
def test_a_mail_has_the_headers_that_it_is_given(caught_mails: Callable[[], list[Any]]) -> None:
    for text in ALL.values():
        post.mail("smtp_default", ["a@example.org"], text, text)
    for text, message in zip(ALL.values(), caught_mails(), strict=True):
        assert message["To"] == "a@example.org"
        assert not message["Bcc"]
        assert not message["Cc"]
        subject = str(make_header(decode_header(message["Subject"])))
        assert "".join(subject.split()) == "".join(shown(text).split())
        [body] = [part for part in message.walk() if not part.is_multipart()]
        assert body.get_payload(decode=True).decode().count("<") == 2  # <p> and </p>


@pytest.fixture
def caught_mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    """What a server of mail was sent, as it came over the wire."""
    import socket

    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Message as Handler

    class Keeper(Handler):
        def __init__(self) -> None:
            super().__init__()
            self.kept: list[Any] = []

        def handle_message(self, message: Any) -> None:
            self.kept.append(message)

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keeper = Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=port)
    address = f"smtp://127.0.0.1:{port}/?disable_ssl=true&disable_tls=true&from_email=calypso@example.org"
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", address)
    controller.start()
    try:
        yield lambda: keeper.kept
    finally:
        controller.stop()


@HOSTILE
def test_a_webhook_is_given_one_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200)

    client = httpx.Client(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(httpx, "post", client.post)
    now = replace(settings.read({}), alerts_webhook="http://chat.example/hook", contacts=None)
    [carry] = alerting.channels(now)
    carry(alerts.message("build", [text], text, LINK))
    [request] = requests
    said = json.loads(request.content)
    assert set(said) == {"text"}
    assert is_inert(said["text"])


@HOSTILE
def test_a_log_shows_an_alert_as_it_stands(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by pytest's own log: its report of a lone surrogate does not pass between the processes of a run.
    logged: list[str] = []
    monkeypatch.setattr(alerting.log, "error", lambda message, *values: logged.append(message % values))
    [carry] = alerting.channels(replace(settings.read({}), alerts_webhook=None, contacts=None))
    carry(Message("build", text))
    assert logged == [text]


def test_a_failure_is_told_at_once_where_nothing_can_be_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg2

    from calypso import warehouse

    told: list[Message] = []

    def down(_: str) -> None:
        raise psycopg2.OperationalError("down")

    monkeypatch.setattr(warehouse, "session", down)
    monkeypatch.setattr(alerting, "channels", lambda now: [told.append])
    instance = type("Instance", (), {"dag_id": "ingest__brb", "task_id": "answer", "log_url": LINK})()
    for text in ALL.values():
        alerting.on_failure({"ti": instance, "exception": ValueError(text)})
    assert len(told) == len(ALL)
    assert all(is_inert(one.text) and one.text.endswith(LINK) for one in told)


@pytest.mark.parametrize("address", ["a@b\nBcc: x@y", "a@b,c@d", "a@b c", "a\x00@b", "<a@b>", "a;b@c", "a@b\x1b"])
def test_an_address_holds_no_other(address: str) -> None:
    with pytest.raises(ValueError, match="engineers"):
        Contacts(engineers=(address,))


def test_a_measure_has_a_name_of_ours() -> None:
    """StatsD ends a name at a colon, a bar or a line: names are made of the registry and of these alone."""
    for name in (*NAMES, *administrations()):
        assert name.replace("_", "").isalnum()
        assert name.isascii()


def test_a_notice_says_nothing_that_a_sender_wrote() -> None:
    fields = {"operation", "administration", "dataset", "kind", "due_at", "days"}
    assert set(Notice.__dataclass_fields__) == fields
    assert operations()


@HOSTILE
def test_a_question_is_a_file_of_lines_of_ours(text: str) -> None:
    put: dict[str, bytes] = {}

    class Folder:
        def open(self, path: str, mode: str) -> Any:
            class File:
                def __enter__(self) -> Any:
                    return self

                def __exit__(self, *_: object) -> None: ...

                def set_pipelined(self, _: bool) -> None: ...

                def write(self, content: bytes) -> None:
                    put[path] = content

            return File()

        def posix_rename(self, before: str, after: str) -> None:
            put[after] = put.pop(before)

    doubt = Doubt("brb-2024-11-05-0123456789ab", 1, "S020", 2, "quantity", text, text, text, "brb", text)
    review_questions.ask(Folder(), doubt, text)  # type: ignore[arg-type]
    [(path, content)] = put.items()
    assert path == "/brb/receipts/question_brb-2024-11-05-0123456789ab_1.txt"
    said = content.decode("utf-8-sig")
    assert all(letter in "\n\t" or legible.is_seen(letter) for letter in said)
    assert legible.spaced(text)[:100] in said


@HOSTILE
def test_a_change_is_told_on_one_line(text: str) -> None:
    change = Change("brb-1", "brb", text, "accepted", "rejected", (1,), (2,))
    assert legible.is_harmless(str(change))
