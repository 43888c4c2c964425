"""A large plain file is read fast and exactly as row by row; what is not plain is left to the slow way."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calypso import plain, reading, table
from calypso.reading import Reading
from calypso.registry import administrations
from calypso.submission import Submission

HEADER = ["case_ref", "case_type", "event_date", "direction", "category", "quantity", "unit", "x_own"]
CELLS = st.sampled_from(
    [
        "",
        "",
        "BB-1",
        "gold",
        " ",
        "\u00a0",
        "é",
        "œ",
        "#",
        "5",
        "a b",
        "\x1c",
        '"a""b"',
        '"x\ny"',
        '""',
        "\u2028",
        "\x85",
        "=1",
    ]
)
ODDITIES = st.sampled_from(
    [
        "",
        "",
        "",
        "\n",
        "\n\n",
        " \n",
        '"q"\n',
        '"a\nb",,,,,,,\n',
        '5" x,,"a""b",,,,,\n',
        '"a\rb";;;;;"c;d";;\n',
        '"",,,,,,,"\n\n"\n',
        '"',
        "a\rb",
        "short\n",
        ",,,,,,,,,\n",
        ",,,,,,,\n",
        "\r\n",
    ]
)


def both(submit: Callable[..., Submission], content: bytes, code: str) -> tuple[Reading | None, Reading]:
    """Read a file fast, if it can be, and row by row."""
    office = administrations()[code]
    submission = submit(f"{code}_2024-11-05_seizures.csv", content, code)
    assert submission.name is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "LARGE", 0)
        patch.setattr(plain, "BLOCK", 200)
        fast = reading._read_fast(submission, submission.name, io.BytesIO(content), office)
    return fast, reading.read(submission, content, office)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_read_fast_is_read_as_row_by_row(submit: Callable[..., Submission], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(["brb", "sur", "cub"]))
    office = administrations()[code]
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = data.draw(st.sampled_from(["", "Title" + end, end])) + office.delimiter.join(HEADER) + end
    for _ in range(data.draw(st.integers(0, 30))):
        text += office.delimiter.join(data.draw(st.lists(CELLS, min_size=8, max_size=8))) + end
        text += data.draw(ODDITIES)
    text = text[: len(text) - data.draw(st.integers(0, 3))]  # cut off, or no more than the last line break
    encoding = data.draw(st.sampled_from([office.encoding, "utf-8", "cp1252"]))
    fast, slow = both(submit, text.encode(encoding, "replace"), code)
    if fast is not None:
        assert (fast.columns, list(fast.findings), fast.refused) == (slow.columns, list(slow.findings), slow.refused)
        assert list(map(_plainly, fast.rows)) == list(map(_plainly, slow.rows))


def _plainly(row: table.Row) -> tuple[int, list[object]]:
    """Return a row with nothing for an empty text: neither way tells them apart."""
    return row.number, [one or None for one in row.cells]


def test_a_plain_file_is_read_fast(submit: Callable[..., Submission]) -> None:
    rows = "".join(f"BB-{number},seizure,2024-11-05,import,gold,5,kg,é\n" for number in range(500))
    fast, slow = both(submit, (",".join(HEADER) + "\n" + rows).encode(), "brb")
    assert fast is not None
    assert len(fast.rows) == 500
    assert list(fast.rows) == list(slow.rows)
    assert fast.rows[499].number == 501


def test_space_is_what_strip_takes_away() -> None:
    assert set(plain.SPACE) == {chr(code) for code in range(0x110000) if chr(code).isspace()}


@pytest.mark.parametrize(
    "cell",
    [None, "", "a", "\0a", 1, True, 1.5, 1e-7, date(2024, 11, 5), datetime(2024, 11, 5), time(7, 30, 0, 5)],
)
def test_a_word_stands_for_one_cell_of_one_type(cell: object) -> None:
    back = table.cell(table.word(cell))  # type: ignore[arg-type]
    assert (type(back), back) == (type(cell), cell)


def test_polars_works_in_a_forked_child() -> None:
    """Tasks are forked from a scheduler that has imported everything: no thread may have been started there."""
    program = (
        "import os, polars, expectations.judge\n"
        "if not os.fork():\n"
        "    os._exit(polars.Series(range(300_000)).unique().len() // 100_000)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 3
