"""A clock goes through an operation, half an hour at a time: every office is told exactly what it should be told."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from integration.test_dbt_models import empty_warehouse

from calypso import warehouse
from calypso.notices import Notice, give, giving, words
from calypso.registry import administrations, operations
from calypso.settings import Settings

pytestmark = pytest.mark.integration

# Clocks are set back on the third of November where they are; weekends are not reported.
OPERATION = operations()["calypso-2024"].model_copy(
    update={"starts_on": date(2024, 10, 28), "ends_on": date(2024, 11, 10), "rest_days": ("saturday", "sunday")}
)
WORKDAYS = [date(2024, 10, 28) + timedelta(days=past) for past in range(14) if past % 7 < 5]
LONG_AFTER = date(2024, 11, 18)  # the last cut-off is that of the tenth, and a week later nobody is told any more
STEP = timedelta(minutes=30)

Came = dict[tuple[str, date], datetime]


class Office:
    """What an office has been told, and what lies in its folder."""

    def __init__(self) -> None:
        self.told: list[tuple[str, datetime, tuple[date, ...]]] = []
        self.notice: tuple[date, ...] | None = None

    def carry(self, notice: Notice) -> None:
        self.told.append((notice.kind, notice.due_at, notice.days))
        self.notice = notice.days or None


@contextmanager
def clock(servers: Settings, monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[Any]:
    with empty_warehouse(servers, name) as made, warehouse.session(made.warehouse("loader")) as connection:
        for module in (giving, words):
            monkeypatch.setattr(module, "operations", lambda: {OPERATION.code: OPERATION})
        yield connection


def report(connection: Any, code: str, day: date, at: datetime, state: str | None = "accepted") -> None:
    with connection, connection.cursor() as cursor:
        name = f"{code}_{day}_seizures.csv" if state != "noted" else f"{code}_{day}_seizures_excused.csv"
        key = f"{code}-{day}-{state}-{at:%H%M%S}"
        cursor.execute(
            "insert into raw.submissions (submission_id, administration_code, operation_code, dataset, reporting_day, "
            "version, is_nil, file_name, sha256, size_bytes, modified_at, received_at, is_simulated) "
            "values (%s, %s, %s, 'seizures', %s, 1, false, %s, %s, 1, %s, %s, true)",
            [key, code, OPERATION.code, day, name, key, at, at],
        )
        for one in ("received", state):
            if one:
                cursor.execute("insert into raw.submission_states (submission_id, state) values (%s, %s)", [key, one])
        if state == "noted":
            cursor.execute(
                "insert into raw.deliveries_excused (submission_id, row_number, verdict, administration_code, dataset, "
                "reporting_day, version, reason, expires_on) "
                "values (%s, 2, 'accepted', %s, 'seizures', %s, 1, 'storm', %s)",
                [key, code, day, day + timedelta(days=3)],
            )


def test_every_office_is_told_exactly_what_it_should_be(servers: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(28)
    # Of each office and day: a file in time, late, or never; now and then one that is refused, or an excuse.
    came: Came = {}
    for code in administrations():
        for day in WORKDAYS:
            if (hours := draw.choice((8, 20, 27, 29.3, 31, 60, 100, None))) is not None:
                came[code, day] = datetime.combine(day, time(), UTC) + timedelta(hours=hours + 4, minutes=7)
    excused = {(code, day): moment_of(day, 20) for code, day in draw.sample([*_missing(came)], 12)}
    refused = {(code, day): moment_of(day, 23) for code, day in draw.sample([*_missing(came)], 12)}
    events = sorted(
        [(at, key, "accepted") for key, at in came.items()]
        + [(at, key, "noted") for key, at in excused.items()]
        + [(at, key, "rejected") for key, at in refused.items()]
    )
    offices: defaultdict[str, Office] = defaultdict(Office)
    expected: defaultdict[str, list[tuple[str, datetime, tuple[date, ...]]]] = defaultdict(list)
    with clock(servers, monkeypatch, "notices_clock") as connection:
        now = datetime(2024, 10, 27, tzinfo=UTC)
        while now.date() <= LONG_AFTER + timedelta(days=3):
            while events and events[0][0] <= now:
                at, (code, day), state = events.pop(0)
                report(connection, code, day, at, state)
            assert give(connection, now, {"folder": lambda notice: offices[notice.administration].carry(notice)}) == []
            for code, office in administrations().items():
                silent = [day for day in WORKDAYS if not _spoken(came, excused, code, day, now, office.zone)]
                if told := _told(silent, now, office.zone):
                    expected[code].append(told)
            now += STEP
        with connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from raw.notices where kind <> 'settled'")
            [[recorded]] = cursor.fetchall()
    found = {code: [one for one in office.told if one[0] != "settled"] for code, office in offices.items()}
    assert found == dict(expected)
    assert recorded == sum(map(len, found.values())) > 28 * 10
    # What is told is taken away again where all has come, and lies there to the end where not.
    for code, office in administrations().items():
        silent = [day for day in WORKDAYS if (code, day) not in came]
        assert bool(offices[code].notice) == bool(silent), code
        assert office.zone


def _missing(came: Came) -> Iterator[tuple[str, date]]:
    yield from ((code, day) for code in administrations() for day in WORKDAYS if (code, day) not in came)


def moment_of(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), UTC) + timedelta(minutes=11)


def _spoken(came: Came, excused: Came, code: str, day: date, now: datetime, zone: str) -> bool:
    """Tell, plainly, whether a day is reported or excused now."""
    if (code, day) in came and came[code, day] <= now:
        return True
    holds = now.astimezone(ZoneInfo(zone)).date() <= day + timedelta(days=3)
    return (code, day) in excused and excused[code, day] <= now and holds


def _told(silent: list[date], now: datetime, zone: str) -> tuple[str, datetime, tuple[date, ...]] | None:
    """Return what is to be told in the half hour before now: at four of the clock on its wall, and at six."""
    for hour, kind in ((4, "reminder"), (6, "missing")):
        local = now.astimezone(ZoneInfo(zone))
        at = datetime.combine(local.date(), time(hour), ZoneInfo(zone))
        if kind == "reminder":
            at = at.astimezone(UTC)
            six = datetime.combine(local.date(), time(6), ZoneInfo(zone)).astimezone(UTC)
            at = six - timedelta(hours=2)
        at = at.astimezone(UTC)
        if not now - STEP < at <= now or local.date() > LONG_AFTER:
            continue
        yesterday = local.date() - timedelta(days=1)
        days = tuple(day for day in silent if day <= yesterday)
        if days and (kind == "missing" or yesterday in days):
            return kind, at, days
    return None


def test_a_channel_that_fails_is_tried_again_and_holds_up_no_other(
    servers: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters: list[Notice] = []
    folder: list[Notice] = []

    def broken(notice: Notice) -> None:
        if len(letters) < 5:
            letters.append(notice)
            raise ConnectionError("no mail today")
        letters.append(notice)

    with clock(servers, monkeypatch, "notices_again") as connection:
        now = datetime(2024, 10, 29, 11, 30, tzinfo=UTC)  # each office has been told something in the last three hours
        channels = {"mail": broken, "folder": folder.append}
        failed = give(connection, now, channels)
        assert len(failed) == 5
        assert len(folder) == len({notice.administration for notice in folder}) == 28
        assert give(connection, now + timedelta(minutes=10), channels) == []
        assert len(folder) == 28
        assert len(letters) == 28 + 5
