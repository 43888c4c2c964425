"""The clock steps back, or ran ahead for a while: what counts is what came last, and an engineer is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from corpus import offices
from corpus.cases import GOLD
from integration.line import TABLES_ALONE, Line
from integration.test_dbt_models import empty_warehouse
from integration.test_notices import OPERATION, STEP, Office, clock, report

from calypso import alerts, arrival, building, history, judging, ledger, notices, registry, warehouse
from calypso.holdings import holdings
from calypso.local import postgres
from calypso.settings import Settings
from calypso.submission import submitted

pytestmark = pytest.mark.integration

CODE, OTHER = "brb", "vct"
ZONE = ZoneInfo(registry.administrations()[CODE].zone)
DAY = date(2025, 11, 25)
NOON = datetime(2025, 11, 26, 16, tzinfo=UTC)  # of the day after, in Bridgetown
HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)
# How far the clock is from noon at the first file of a day, and at its correction; each a day after the one before.
COURSES = {
    "an hour back": (timedelta(), -HOUR),
    "a day back": (timedelta(), -A_DAY),
    "a year ahead": (365 * A_DAY, timedelta()),
    "as ever": (timedelta(), HOUR),
}


class Server:
    """A line whose files arrive by a clock that is set."""

    def __init__(self, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
        self.line, self.at = line, NOON
        standing = type("Standing", (datetime,), {"now": lambda zone=None: self.at})
        monkeypatch.setattr(arrival, "datetime", standing)

    def send(self, day: date, quantity: str, code: str = CODE) -> dict[str, Any]:
        """Let a file of one case arrive, and return its receipt."""
        office = registry.administrations()[code]
        row = {**GOLD, "case_ref": f"BB-{day}", "event_date": f"{day:%d/%m/%Y}", "quantity": quantity}
        content = offices.written(office, offices.cells(office, [offices.said(office, row)]), "csv")
        (self.line.trees / code / "inbox" / f"{code}_{day}_seizures.csv").write_bytes(content)
        self.line.ingest([code])
        [(body,)] = self.line.rows(
            f"select body from raw.receipts where administration_code = '{code}' order by number desc limit 1"
        )
        return json.loads(body)


@pytest.fixture
def server(new_line: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with new_line("clock", None) as line:
        yield Server(line, monkeypatch)


def test_the_correction_counts_everywhere(server: Server) -> None:
    loader = server.line.settings.warehouse("loader")
    archive = history.Warehouse(loader)
    for number, (course, (ahead, back)) in enumerate(COURSES.items()):
        day = DAY + number * A_DAY
        server.at = NOON + number * A_DAY + ahead
        first = server.send(day, "2.5")
        server.at = NOON + number * A_DAY + back
        second = server.send(day, "4")
        assert second["state"] == "accepted", course
        assert (second["replaces"] or {}).get("submission_id") == first["submission_id"], course
        assert second["received_at"].startswith(f"{server.at.astimezone(ZONE):%Y-%m-%dT%H:%M}"), "what the clock said"
        files = {one.submission_id: one for one in archive.files([CODE]) if one.day == day}
        assert history.standing(files.values()) == {second["submission_id"]}, course
        assert files[first["submission_id"]].before(files[second["submission_id"]]), course
        with warehouse.transaction(loader) as connection:
            [held] = holdings(connection, None, CODE, "seizures", "calypso-2025", day).goods
            in_turn = [one.submission_id for one in ledger.submissions(connection, list(files))]
        assert in_turn == [first["submission_id"], second["submission_id"]], course
        assert held.quantity == 4 * (number + 1), course
        # A file about the day that has begun is none of the future, however far back the clock is.
        assert server.send(day + A_DAY, "1", OTHER)["state"] == "accepted", course
    building.build(server.line.settings, without=TABLES_ALONE)
    assert server.line.rows(
        "select d.reporting_day, d.status, d.files_received, i.quantity_kg::float from marts.fct_deliveries as d "
        "join marts.fct_items as i using (operation_code, administration_code, reporting_day) "
        f"where administration_code = '{CODE}' order by 1"
    ) == [(DAY + number * A_DAY, "accepted", 2, 4.0) for number in range(len(COURSES))]


def test_files_of_a_version_before_keep_the_order_of_their_clock(server: Server, servers: Settings) -> None:
    """They get their order when the warehouse is prepared. A replay stands where its original does."""
    for hours, quantity in ((0, "1"), (2, "2")):
        server.at = NOON + timedelta(hours=hours)
        server.send(DAY, quantity)
    loader = server.line.settings.warehouse("loader")
    name = server.line.settings.warehouse_database
    with warehouse.transaction(postgres.administrator(servers, name)) as connection:
        connection.cursor().execute("alter table raw.submissions drop column ordered_at cascade")
    warehouse.prepare(postgres.administrator(servers, name), judging.rules())
    assert server.line.rows("select received_at - ordered_at from raw.submissions") == [(timedelta(),)] * 2
    with warehouse.transaction(loader) as connection:
        [_, last] = ledger.submissions(
            connection, [file.submission_id for file in history.Warehouse(loader).files([CODE])]
        )
        again = submitted(CODE, last.file_name, b"again", last.received_at - timedelta(days=1))
        ledger.record_replay(connection, again, last.submission_id, "today")
        [replay] = ledger.submissions(connection, [again.submission_id])
    assert replay.ordered_at == last.ordered_at


def test_an_engineer_is_told_once_of_each_step(servers: Settings) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with empty_warehouse(servers, "clock_alerts") as made, warehouse.session(made.warehouse("loader")) as connection:
        _arrive(connection, "first", now)
        assert alerts.raise_clock(connection, now) == 0
        assert alerts.raise_clock(connection, now - timedelta(seconds=1)) == 0
        assert alerts.raise_clock(connection, now - timedelta(hours=1)) == 1
        _arrive(connection, "second", now - timedelta(hours=1))
        assert alerts.raise_clock(connection, now - timedelta(minutes=30)) == 0, "this step is told of"
        # A short step, over before anybody looks, has put a file behind the one before it.
        _arrive(connection, "third", now + timedelta(hours=1))
        _arrive(connection, "fourth", now + timedelta(minutes=59, seconds=50))
        assert alerts.raise_clock(connection, now + timedelta(hours=2)) == 1
        assert alerts.raise_clock(connection, now + timedelta(hours=2)) == 0
        # Of a signing key from the future, and of a build.
        assert alerts.raise_clock(connection, now + timedelta(hours=2), [now + timedelta(days=2)]) == 1
        with connection, connection.cursor() as cursor:
            cursor.execute("insert into raw.builds values (1, %s)", [now + timedelta(days=3)])
        assert alerts.raise_clock(connection, now + timedelta(hours=2)) == 1
        sent: list[alerts.Message] = []
        alerts.send(connection, now, [sent.append])
        assert [message.cause for message in sent] == [alerts.CLOCK]
        assert "2026-03-01 12:00:00 UTC" in sent[0].text


def test_alerts_that_were_sent_by_a_clock_ahead_keep_no_other_quiet(servers: Settings) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    with empty_warehouse(servers, "quiet") as made, warehouse.session(made.warehouse("loader")) as connection:
        sent: list[alerts.Message] = []
        for at in (now + timedelta(days=365), now):
            alerts.raise_alert(connection, alerts.Alert("build", "build_warehouse", "a test failed"))
            alerts.send(connection, at, [sent.append])
        assert len(sent) == 2
        # A file that was recorded by it, and that nobody has answered, is told of at once.
        report(connection, CODE, OPERATION.starts_on, now, state=None)
        assert alerts.raise_stuck(connection, datetime.now(UTC) - timedelta(days=2)) == 1


def test_notices_of_a_clock_ahead_silence_nobody(servers: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that all is missing at the end; back in time, each office is told of what is missing by then."""
    with clock(servers, monkeypatch, "notices_ahead") as connection:
        brb = Office()

        def carry(notice: notices.Notice) -> None:
            if notice.administration == CODE:
                brb.carry(notice)

        def tell(at: datetime) -> int:
            assert notices.give(connection, at, {"folder": carry}) == []
            return len(brb.told)

        morning = datetime(2024, 10, 29, 22, 30, tzinfo=UTC)
        ahead = morning + timedelta(days=12)
        while not tell(ahead):
            ahead += STEP
        day = [morning + number * STEP for number in range(48)]
        assert max(map(tell, day)) > 1, "within a day it is told what is missing then"
        assert all(notice[1] <= day[-1] for notice in brb.told[1:])


def _arrive(connection: Any, key: str, at: datetime) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.submissions (submission_id, administration_code, is_nil, file_name, sha256, size_bytes, "
            "modified_at, received_at, is_simulated) values (%s, %s, false, %s, %s, 1, %s, %s, false)",
            [key, CODE, key, key, at, at],
        )
