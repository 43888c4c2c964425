"""A build costs by what is new, not by what is there: measured on an operation, and on one ten times larger.

It takes minutes, and a machine of its own: `pytest tests/integration/test_growth.py --growth`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from string import ascii_lowercase

import pycountry
import pytest
from integration import raw
from integration.test_dbt_models import empty_warehouse, read
from replay.rows import rows
from replay.submission import Row, Submission

from calypso import building, warehouse
from calypso.registry import administrations, operations
from calypso.settings import Settings

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3600)]

OPERATION = operations()["calypso-2024"]
DAYS = [OPERATION.starts_on + timedelta(days=past) for past in range(21)]
ONE_BY_ONE = 3  # last days of the operation, each built by itself
CODES = ["".join(letters) for letters in product("q", ascii_lowercase, ascii_lowercase)]  # of invented administrations
COUNTRIES = [country.alpha_3.lower() for country in pycountry.countries]


def offices(times: int) -> list[str]:
    """Return the codes of so many times the administrations that there are, most of them invented."""
    return [*administrations(), *CODES[: (times - 1) * len(administrations())]]


def files(codes: Sequence[str], day: int) -> Iterator[Submission]:
    """Yield one file of each administration about a day of the operation; some rows are about the day before."""
    draw = random.Random(day)
    for code in codes:
        cases = [f"{code}-{day}-{number}" for number in range(3)] + [f"{code}-{day - 1}-0"]
        came = datetime.combine(DAYS[day] + timedelta(days=1), OPERATION.cut_off).astimezone()
        yield Submission(
            submission_id=f"{code}-{day}",
            operation=OPERATION.code,
            administration=code,
            dataset="seizures",
            day=DAYS[day],
            version=1,
            file_name=f"{code}_{DAYS[day]}_seizures.csv",
            sha256=f"{code}-{day}",
            received_at=came,
            recorded_at=came,
            final_state="partly_accepted",
            rows=tuple(told_apart(draw, row) for row in rows(draw, DAYS[day], cases)),
        )


def told_apart(draw: random.Random, row: Row) -> Row:
    """Let what is invented differ as in an operation: told much alike, as it is, every case would match every other."""
    number = draw.randrange(10**9)
    return {
        **row,
        "conveyance": f"MV {number}",
        "consignment_ref": f"C-{number}",
        **({"serial_number": f"S-{number}"} if "serial_number" in row else {}),
        "place": f"Quay {number}",
        "unlocode": None,
        "related_case": None,
        **{f"{role}_country": draw.choice(COUNTRIES) for role in ("departure", "transit", "destination", "origin")},
    }


def load(settings: Settings, codes: Sequence[str], days: Sequence[int]) -> None:
    with warehouse.transaction(settings.warehouse("loader")) as connection, connection.cursor() as cursor:
        new = [one for day in days for one in files(codes, day)]
        raw.record(cursor, new)
        raw.load(cursor, new)


def take_part(settings: Settings, codes: Sequence[str]) -> None:
    """Publish the operation with these administrations; each invented one has a country to itself."""
    territories = [COUNTRIES[place % len(COUNTRIES)] for place in range(len(codes))]
    with warehouse.transaction(settings.warehouse("loader")) as connection, connection.cursor() as cursor:
        cursor.execute(
            "insert into raw.administrations "
            "select invented.code, published_at, name_en, name_fr, name_es, name_nl, "
            "language, time_zone, currencies, array[invented.territory] "
            "from raw.administrations cross join unnest(%s, %s) as invented (code, territory) "
            "where administrations.code = 'brb' and invented.code not in (select code from raw.administrations)",
            [list(codes), territories],
        )
        raw.publish(cursor, OPERATION.model_copy(update={"participants": tuple(codes)}))


def seconds(settings: Settings, *arguments: str) -> float:
    """Return the seconds of one build, its cut and its tests included."""
    begun = time.monotonic()
    building.build(settings, *arguments)
    return time.monotonic() - begun


def measured(servers: Settings, times: int) -> dict[str, float]:
    """Return the least seconds of builds of an operation so many times as large: anew, of one day, and of nothing."""
    codes = offices(times)
    with empty_warehouse(servers, f"growth_{times}") as made:
        take_part(made, codes)
        load(made, codes, range(len(DAYS) - ONE_BY_ONE))
        building.build(made)
        anew = min(seconds(made, "--full-refresh") for _ in range(2))
        nothing, one_day = [], []
        for day in range(len(DAYS) - ONE_BY_ONE, len(DAYS)):
            nothing.append(seconds(made))
            load(made, codes, [day])
            one_day.append(seconds(made))
        [[known]] = read(made, "select count(*) from marts.fct_days_history")
        assert known == len(codes) * len(DAYS)
    return {"anew": anew, "one_day": min(one_day), "nothing": min(nothing)}


def test_a_build_costs_by_what_is_new(
    servers: Settings, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    if not request.config.getoption("--growth"):
        pytest.skip("takes minutes: say --growth")
    with empty_warehouse(servers, "growth_0") as made:
        building.build(made)
        empty = min(seconds(made) for _ in range(3))
    once, ten_times = measured(servers, 1), measured(servers, 10)
    figures = {"empty": empty, "once": once, "ten_times": ten_times}
    print(figures)
    record_property("figures", figures)
    assert once["one_day"] <= 2 * empty, figures
    assert ten_times["anew"] < 10 * once["anew"], figures
    assert ten_times["one_day"] < 10 * once["one_day"], figures
