"""A large plain file is read fast and exactly as row by row; what is not plain is left to the slow way."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time

import pytest
from corpus import damage, mutations, variants
from hypothesis import given, settings
from hypothesis import strategies as st

from calypso import columnar, plain, reading
from calypso.contracts import Contract
from calypso.reading import Reading
from calypso.registry import LANGUAGES, Administration, administrations
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
        '"x\r\ny"',
        '"a\\"b"',
        ' "s"',
        "a\\",
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


# The corpus's own header as a dataset, so that its files are read to their ends and not refused for their names.
CORPUS = Contract.model_validate(
    {
        "dataset": "seizures",
        "version": 1,
        "table": "corpus",
        "codes": {},
        "fields": {
            name: {
                "type": kind,
                "group": "row",
                "required": "always" if name == "reference" else "never",
                "label": dict.fromkeys(LANGUAGES, label),
                "help": dict.fromkeys(LANGUAGES, label),
            }
            for (name, kind), label in zip(
                {
                    "reference": "text",
                    "type": "country",
                    "date": "date",
                    "quantite": "decimal",
                    "unite": "integer",
                    "remarques": "text",
                }.items(),
                variants.HEADER,
                strict=True,
            )
        },
    }
)


def both(submit: Callable[..., Submission], content: bytes, office: Administration) -> tuple[Reading | None, Reading]:
    """Read a file fast, if it can be, and row by row."""
    submission = submit(f"{office.code}_2024-11-05_seizures.csv", content, office.code)
    assert submission.name is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "LARGE", 0)
        patch.setattr(plain, "BLOCK", 200)
        fast = reading._read_fast(submission, submission.name, io.BytesIO(content), office)
    return fast, reading.read(submission, content, office)


def assert_alike(fast: Reading, slow: Reading) -> None:
    assert (fast.columns, list(fast.findings), fast.refused) == (slow.columns, list(slow.findings), slow.refused)
    assert list(map(_plainly, fast.rows)) == list(map(_plainly, slow.rows))


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_file_read_fast_is_read_as_row_by_row(submit: Callable[..., Submission], data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(["brb", "sur", "cub"]))
    office = administrations()[code]
    end = data.draw(st.sampled_from(["\n", "\r\n"]))
    above = data.draw(st.sampled_from(["", "Title", '5" title', '"Quoted"', "sep=,", end]))
    text = above + (end if above else "") + office.delimiter.join(HEADER) + end
    for _ in range(data.draw(st.integers(0, 30))):
        text += office.delimiter.join(data.draw(st.lists(CELLS, min_size=8, max_size=8))) + end
        text += data.draw(ODDITIES)
    text = text[: len(text) - data.draw(st.integers(0, 3))]  # cut off, or no more than the last line break
    encoding = data.draw(st.sampled_from([office.encoding, "utf-8", "cp1252"]))
    fast, slow = both(submit, text.encode(encoding, "replace"), office)
    if fast is not None:
        assert_alike(fast, slow)


def _plainly(row: columnar.Row) -> tuple[int, list[object]]:
    """Return a row with nothing for an empty text: neither way tells them apart."""
    return row.number, [one or None for one in row.cells]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", variants.DELIMITERS.values(), ids=variants.DELIMITERS)
def test_the_corpus_is_read_fast_as_row_by_row_or_left_to_it(
    submit: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch, delimiter: str, encoding: str
) -> None:
    """Whatever the reader refuses or tells, honest or damaged, must not be read otherwise for its size."""
    monkeypatch.setattr(reading, "contract_for", lambda name: CORPUS)
    office = administrations()["brb"].model_copy(update={"delimiter": delimiter, "encoding": encoding})
    files = [*variants.well_formed(), *damage.damaged(), *map(mutations.mutated, range(400))]
    outcomes = Counter[str]()
    for content in {one for file in files for one in _versions(file.content, encoding)}:
        fast, slow = both(submit, content, office)
        outcomes["refused" if slow.refused else "fast" if fast else "slow"] += 1
        if fast is not None:
            assert_alike(fast, slow)
    assert all(outcomes[way] for way in ("refused", "fast", "slow")), outcomes


def _versions(content: bytes, encoding: str) -> Iterator[bytes]:
    """Yield a file of the corpus as it is, recoded, and with nothing in quotes, for these are read slowly anyway."""
    if content.startswith(b"PK"):
        return
    for version in (content, content.replace(b'"', b"")):
        yield version
        yield version.decode("utf-8", "replace").encode(encoding, "replace")


LINES = "".join(f"BB-{number},seizure,2024-11-05,import,gold,5,kg,a\n" for number in range(500))


@pytest.mark.parametrize("last", ["Total,,,,,2500,,\n", "Total,,,,,2500,,\nTotaux,,,,,1,,\n", "Totaal kg,,,,,2500,,"])
def test_totals_below_a_large_file_are_told(submit: Callable[..., Submission], last: str) -> None:
    fast, slow = both(submit, f"{','.join(HEADER)}\n{LINES}{last}".encode(), administrations()["brb"])
    assert fast is None
    assert len(slow.rows) == 500
    assert {finding.rule for finding in slow.findings} == {"F027"}


def test_more_rows_than_are_read_are_left_to_the_slow_way(
    submit: Callable[..., Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "MAX_ROWS", 500)
    assert both(submit, f"{','.join(HEADER)}\n{LINES}".encode(), administrations()["brb"])[0] is None


def test_a_plain_file_is_read_fast(submit: Callable[..., Submission]) -> None:
    rows = "".join(f"BB-{number},seizure,2024-11-05,import,gold,5,kg,é\n" for number in range(500))
    fast, slow = both(submit, (",".join(HEADER) + "\n" + rows).encode(), administrations()["brb"])
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
    back = columnar.cell(columnar.word(cell))  # type: ignore[arg-type]
    assert (type(back), back) == (type(cell), cell)


@pytest.mark.slow
def test_polars_works_in_a_forked_child() -> None:
    """Tasks are forked from a scheduler that has imported everything: no thread may have been started there."""
    program = (
        "import os, polars, expectations.judge\n"
        "if not os.fork():\n"
        "    os._exit(polars.Series(range(300_000)).unique().len() // 100_000)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 3
