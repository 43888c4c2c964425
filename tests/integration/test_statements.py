"""Whatever an administration says by file is understood, answered and counted as it was meant."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal

import pytest
from integration.line import TABLES_ALONE, Line

from calypso import building

pytestmark = pytest.mark.integration

HEADER = "action,case_ref,case_type,event_date,direction,category,quantity,unit"
ACCEPTED = """rule,row,case_ref,reason,expires
S020,,VC-1,weighed twice,2025-11-05
s020,3,,weighed twice,2025-11-05
S016,,VC-3,critical,2025-11-05
S999,,VC-3,unknown,2025-11-05
S020,,,of which case,2025-11-05
"""
LANGUAGES = {"dma": "reason,expires", "hti": "Motif;EXPIRE LE", "dom": "motivo,vence el", "abw": "Reden;Vervalt op"}


def gold(case_ref: str, day: int, kilograms: float = 2.5, action: str = "new") -> str:
    return f"{action},{case_ref},seizure,2024-11-{day:02},import,gold,{kilograms},kg"


def report(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


class Sender:
    """One administration that sends a file at a time and reads the receipt."""

    def __init__(self, line: Line, code: str) -> None:
        self.line, self.code = line, code
        self.folder = line.trees / code
        self.sent = 0

    def send(self, suffix: str, content: str) -> dict:
        """Send `<code>_2024-11-<suffix>` and return its receipt."""
        return self.send_together({suffix: content})[suffix]

    def send_together(self, files: dict[str, str]) -> dict[str, dict]:
        before = set(self.folder.glob("receipts/*.json"))
        for suffix, content in files.items():
            path = self.folder / "inbox" / f"{self.code}_2024-11-{suffix}"
            path.write_text(content)
            # Each drop in a second of its own: the same content in the same second is one drop.
            self.sent += 1
            os.utime(path, (1_732_000_000 + self.sent,) * 2)
        self.line.ingest([self.code])
        new = [json.loads(path.read_text()) for path in set(self.folder.glob("receipts/*.json")) - before]
        assert len(new) == len(files)
        return {receipt["file_name"].removeprefix(f"{self.code}_2024-11-"): receipt for receipt in new}

    def current(self) -> dict[str, float]:
        """Return the kilograms of each current item by its case."""
        building.build(self.line.settings, without=TABLES_ALONE)
        query = f"select case_ref, quantity from marts.fct_items where administration_code = '{self.code}'"
        return {case_ref: float(quantity) for case_ref, quantity in self.line.rows(query)}

    def raw(self, table: str, columns: str) -> list[tuple]:
        return self.line.rows(
            f"select {columns} from raw.{table} as t join raw.submissions as s using (submission_id) "
            f"where s.administration_code = '{self.code}' order by s.received_at, t.row_number",
            role="loader",
        )


@pytest.fixture(scope="module")
def line(new_line: Callable[..., Line]) -> Iterator[Line]:
    with ExitStack() as held:
        yield held.enter_context(new_line("statements", None))


def rules(receipt: dict) -> list[str]:
    return [finding["rule"] for finding in receipt["findings"]]


def test_a_nil_report_gives_way_to_data_and_does_not_come_back(line):
    sender = Sender(line, "brb")
    assert (nil := sender.send("05_seizures_nil.csv", ""))["state"] == "nil"
    assert nil["findings"] == []
    bare = sender.send("05_seizures.csv", report())
    assert (bare["state"], rules(bare)) == ("nil", ["F012"])
    data = sender.send("05_seizures_v2.csv", report(gold("BB-1", 5)))
    assert (data["state"], data["findings"]) == ("accepted", [])
    late = sender.send("05_seizures_nil.csv", HEADER)
    assert (late["state"], rules(late)) == ("nil", ["F034"])
    assert sender.send("05_seizures_nil.csv", "")["state"] == "duplicate"
    assert sender.current() == {"BB-1": 2.5}


def test_a_higher_version_replaces_the_day_whenever_it_comes(line):
    sender = Sender(line, "tto")
    assert sender.send("05_seizures.csv", report(gold("TT-1", 5), gold("TT-2", 5)))["findings"] == []
    assert sender.send("05_seizures_v3.csv", report(gold("TT-1", 5, 3)))["findings"] == []
    older = sender.send("05_seizures_v2.csv", report(gold("TT-9", 5)))
    assert (older["state"], rules(older)) == ("accepted", ["F030"])
    assert (older["findings"][0]["given"], older["findings"][0]["expected"]) == ("2", "3")
    assert sender.current() == {"TT-1": 3}


def test_other_content_under_a_used_name_stands_and_is_told(line):
    sender = Sender(line, "jam")
    sender.send("05_seizures.csv", report(gold("JM-1", 5)))
    again = sender.send("05_seizures.csv", report(gold("JM-1", 5, 4)))
    assert (again["state"], rules(again)) == ("accepted", ["F031"])
    assert again["findings"][0]["expected"] == "jam_2024-11-05_seizures_v2.csv"
    same = sender.send("05_seizures.csv", report(gold("JM-1", 5, 4)))
    assert (same["state"], same["findings"], same["rows"]["read"]) == ("duplicate", [], 0)
    assert sender.current() == {"JM-1": 4}


def test_items_of_an_earlier_day_are_corrected_and_cancelled(line):
    sender = Sender(line, "bhs")
    sender.send("05_seizures.csv", report(gold("BS-1", 5), gold("BS-2", 5), gold("BS-3", 5)))
    said = report(gold("BS-1", 5, 7, "correct"), "cancel,BS-2,,,,,,", gold("BS-4", 6, 1, "correct"), gold("BS-3", 5))
    later = sender.send("06_seizures.csv", said)
    assert later["state"] == "accepted"
    assert [(finding["rule"], finding["row"], finding["given"]) for finding in later["findings"]] == [
        ("S045", 4, "BS-4"),
        ("S046", 5, "BS-3"),
    ]
    assert sender.current() == {"BS-1": 7, "BS-3": 2.5, "BS-4": 1}


def test_files_of_one_pull_know_of_each_other(line):
    sender = Sender(line, "lca")
    receipts = sender.send_together(
        {
            "05_seizures.csv": report(gold("LC-1", 5)),
            "06_seizures.csv": report(gold("LC-1", 5, 3, "correct")),
        }
    )
    told = {name: rules(receipt) for name, receipt in receipts.items()}
    assert told == {"05_seizures.csv": [], "06_seizures.csv": []}


def test_a_test_is_judged_and_answered_and_never_loaded(line):
    sender = Sender(line, "grd")
    spoiled = report(gold("GD-1", 5), gold("GD-2", 5, -1))
    tried = sender.send("05_seizures_test.csv", spoiled)
    assert (tried["state"], rules(tried)) == ("tested", ["S016"])
    assert tried["rows"] == {"read": 2, "accepted": 1, "quarantined": 1}
    assert sender.send("05_seizures_v2_test.csv", "nonsense")["state"] == "tested"
    assert sender.send("05_seizures_nil_test.csv", "")["state"] == "tested"
    assert sender.send("05_seizures_test.csv", spoiled)["state"] == "duplicate"
    assert sender.raw("seizure_rows", "case_ref") == []
    real = sender.send("05_seizures.csv", report(gold("GD-1", 5)))
    assert (real["state"], real["findings"]) == ("accepted", [])
    assert sender.current() == {"GD-1": 2.5}


def test_an_excuse_is_noted_in_each_language_and_a_bad_one_is_refused(line):
    columns = "t.administration_code, t.dataset, t.reporting_day, reason, expires_on, verdict"
    for code, header in LANGUAGES.items():
        sender = Sender(line, code)
        mark = ";" if ";" in header else ","
        noted = sender.send("05_seizures_excused.csv", f"{header}\ncyclone{mark}2024-11-12\n")
        assert (noted["state"], noted["findings"]) == ("noted", []), code
        [row] = sender.raw("deliveries_excused", columns)
        assert row == (code, "seizures", date(2024, 11, 5), "cyclone", date(2024, 11, 12), "accepted")
    for content, expected in {
        "reason,expires\n,2024-11-12\n": [("F032", "reason")],
        "reason,expires\nstorm,soon\n": [("F032", "expires_on")],
        "reason,expires\nstorm,2024-11-04\n": [("F032", "expires_on")],
        "reason,expires\n": [("F032", "reason")],
        "reason,until\nstorm,2024-11-12\n": [("F006", None)],
    }.items():
        refused = Sender(line, "dma").send("06_seizures_excused.csv", content)
        assert refused["state"] == "rejected", content
        assert [(one["rule"], one["field"]) for one in refused["findings"]] == expected, content


def totals(*rows: str) -> str:
    return "\n".join(["category,quantity,unit,cases", *rows]) + "\n"


def test_totals_are_compared_with_what_stands_and_never_counted(line):
    sender = Sender(line, "atg")

    def send(files: dict[str, str]) -> dict[str, list[tuple]]:
        receipts = sender.send_together(files)
        states = {name: "noted" if "totals" in name else "accepted" for name in files}
        assert {name: receipt["state"] for name, receipt in receipts.items()} == states
        return {
            name: [(one["rule"], one["given"], one["expected"]) for one in receipt["findings"]]
            for name, receipt in receipts.items()
        }

    day = report(gold("AG-1", 5), gold("AG-2", 5), gold("AG-3", 5))
    sums, next_sums = "05_seizures_totals.csv", "06_seizures_totals.csv"
    # A day and its totals come together; what comes later is part of what stands from then on.
    assert send({sums: totals("gold,7.5,kg,", ",,,3"), "05_seizures.csv": day})[sums] == []
    later = report(gold("AG-1", 6, 7, "correct"), "cancel,AG-2,,,,,,", gold("AG-4", 6, 1))
    told = send({"06_seizures.csv": later, next_sums: totals("gold,7.5,kg,", ",,,3")})
    assert told[next_sums] == [("F035", "7.5", "10.5 kg")]
    assert send({next_sums: totals("gold,10.5,kg,", ",,,4")})[next_sums] == [("F035", "4", "3")]
    # Of an earlier day, it is what stood up to that day; a replaced day is gone.
    assert send({sums: totals("gold,10.5,kg,", ",,,3")})[sums] == [("F035", "10.5", "7.5 kg")]
    send({"05_seizures_v2.csv": report(gold("AG-1", 5))})
    assert send({sums: totals("gold,2.5,kg,", ",,,1")})[sums] == []
    assert sender.current() == {"AG-1": 7, "AG-4": 1}
    columns = "t.dataset, t.reporting_day, category, quantity, unit, cases, verdict"
    assert sender.raw("totals_stated", columns)[:2] == [
        ("seizures", date(2024, 11, 5), "gold", Decimal("7.5"), "kg", None, "accepted"),
        ("seizures", date(2024, 11, 5), None, None, None, 3, "accepted"),
    ]


def test_what_was_reported_before_bears_on_quantities_and_cases(line):
    sender = Sender(line, "kna")

    def told(suffix: str, *rows: str) -> list[tuple]:
        header = f"{HEADER},conveyance"
        content = "\n".join([header, *rows])
        return [(one["rule"], one["given"], one["expected"]) for one in sender.send(suffix, content)["findings"]]

    assert told("05_seizures.csv", *(f"{gold(f'KN-{n}', 5, n)},Blue Tern" for n in range(1, 6))) == []
    # A median of five items is enough; what was taken back, and a day that was replaced, is nothing to be like.
    assert told("06_seizures.csv", f"{gold('KN-6', 5, 900)},Blue Tern", f"{gold('KN-7', 5, 5)},Blue Tern") == [
        ("S058", "900", "3"),
        ("S057", "KN-7", "KN-5 (2024-11-05)"),
    ]
    assert told("07_seizures.csv", "cancel,KN-5,,,,,,,", f"{gold('KN-8', 5, 5)},Blue Tern") == [
        ("S057", "KN-8", "KN-7 (2024-11-06)")
    ]
    assert told("06_seizures_v2.csv", f"{gold('KN-6', 5, 0.9)},Blue Tern") == []
    assert told("07_seizures_v2.csv", "cancel,KN-5,,,,,,,", f"{gold('KN-8', 5, 5)},Blue Tern") == []


def test_an_accepted_warning_is_counted_and_not_repeated(line):
    sender = Sender(line, "vct")
    huge = gold("VC-1", 5, 20000), gold("VC-2", 5, 30000), gold("VC-3", 5, 40000)
    first = sender.send("05_seizures.csv", report(*huge))
    assert [finding["acknowledged"] for finding in first["findings"]] == [False] * 3
    noted = sender.send("05_seizures_ack.csv", ACCEPTED)
    assert noted["state"] == "noted"
    assert noted["rows"] == {"read": 5, "accepted": 2, "quarantined": 3}
    assert rules(noted) == ["F033", "F033", "F032"]
    again = sender.send("05_seizures_v2.csv", report(*huge))
    assert {finding["case_ref"]: finding["acknowledged"] for finding in again["findings"]} == {
        "VC-1": True,
        "VC-2": True,
        "VC-3": False,
    }
    assert again["totals"] == [{"rule": "S020", "severity": "warning", "count": 3}]
    text = next(sender.folder.glob("receipts/vct_2024-11-05_seizures_v2_*.html")).read_text("utf-8")
    assert ("VC-3" in text, "VC-1" in text, "VC-2" in text) == (True, False, False)
