"""A mutation is a file of the corpus spoiled by chance, the same for the same seed; run as a script it tries many.

    PYTHONPATH=tests .venv/bin/python -m corpus.mutations 10000

prints what became of them as tables and as submissions, how many rows were conserved, the slowest, and the seeds of
those that failed.
"""

from __future__ import annotations

import csv
import io
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random

from corpus import books, damage, golden, hundred, variants
from corpus.books import MADE_AT
from corpus.variants import Variant

from calypso.reading import Reading, read
from calypso.registry import administrations
from calypso.sheet import Unreadable
from calypso.sheet.limits import MAX_ROWS
from calypso.submission import submitted
from calypso.table import read_table
from calypso.verdict import FINAL_STATES, kept
from expectations import judge
from expectations.judge import Judged
from expectations.rules import rule_book

SECONDS = 10  # no file may take longer
TOGETHER = 500  # files judged in one pass
RECEIVED = datetime(2024, 11, 26, 12, tzinfo=UTC)
# Seeds that once failed: they are tried each time.
ONCE_FAILED: tuple[int, ...] = ()
TELLING = (b"\0", b'"', b"\\", b",", b";", b"\t", b"|", b"\r", b"\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9", b"\x81",
           b"9" * 400, b"<", b">", b"&", b"</row>", b"<row r='1'>", b"<c r='A1'>", b"NaN", b"-1", b"1e999",
           b"<!DOCTYPE x>", b"&a;", b"sep=;\n", b"Total", b"\xed\xa0\x80", b"_xD800_", b"x" * 40_000)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """A file under the name of a submission; `declared` is whose dialect it is read in as a table, if in any."""

    name: str
    content: bytes
    declared: str | None
    administration: str
    file_name: str


@cache
def corpus() -> tuple[Sequence[Mutation], ...]:
    """Return what is not spoiled yet: files of any table that are not large, the golden corpus, and the hundred."""
    made = [*variants.well_formed(), *books.well_formed(), *damage.damaged(), *books.damaged()]
    return (
        [_named(one) for one in made if len(one.content) < 100_000],
        [_sent(one.administration, one.file_name, one.content) for one in golden.small()],
        [_sent(one.administration, one.file_name, one.content) for one in hundred.hundred()],
    )


def _named(table: Variant) -> Mutation:
    code, ending = table.administration or "mtq", "xlsx" if table.content.startswith(b"PK") else "csv"
    return Mutation(table.name, table.content, table.administration, code, f"{code}_2024-11-05_seizures.{ending}")


def _sent(administration: str, file_name: str, content: bytes) -> Mutation:
    return Mutation(file_name, content, administration, administration, file_name)


def mutated(seed: int) -> Mutation:
    """Return a file of the corpus, spoiled: a workbook as an archive or within one of its parts."""
    rng = Random(seed)
    chosen = rng.choice(corpus()[seed % 3])
    content = chosen.content
    inside = content.startswith(b"PK") and rng.random() < 0.7
    content = _within(content, rng) if inside else spoiled(content, rng)
    return replace(chosen, name=f"{seed} {chosen.name}", content=content)


def spoiled(content: bytes, rng: Random) -> bytes:
    """Return content after a few accidents, often only one."""
    for _ in range(rng.choice((1, 1, 2, 6))):
        place = rng.randrange(len(content) + 1)
        end = min(len(content), place + rng.choice((1, 2, 8, 64, 512)))
        accident = rng.randrange(7)
        if accident == 0:
            content = content[:place] + rng.randbytes(1) + content[place + 1 :]
        elif accident == 1:
            content = content[:place] + content[end:]
        elif accident == 2:
            content = content[:end] + content[place:]
        elif accident in (3, 4):
            content = content[:place] + rng.choice(TELLING) + content[place:]
        elif accident == 5:
            content = content[:place]
        else:
            content = content[end:] + content[:end] if rng.random() < 0.2 else content
    return content


def _within(content: bytes, rng: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        return spoiled(content, rng)
    if not parts:
        return spoiled(content, rng)
    victim = rng.choice([*parts, *(name for name in parts if "sheet" in name.lower())])
    parts[victim] = spoiled(parts[victim], rng)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(zipfile.ZipInfo(name, MADE_AT), body, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@dataclass
class Outcomes:
    """What became of mutations."""

    tables: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def __str__(self) -> str:
        counts, tables = self.counts, dict(self.tables.most_common())
        return (
            f"{self.tables.total()} files as tables: {tables}\n"
            f"{self.states.total()} files as submissions: {dict(self.states.most_common())}\n"
            f"{counts['read']} rows read = {counts['accepted']} accepted + {counts['quarantined']} quarantined; "
            f"{counts['findings']} findings, {counts['placed']} of them at a row\n"
            f"failed: {self.failed}; slowest: {self.slowest[0]:.2f} s ({self.slowest[1]})"
        )


def as_table(mutation: Mutation) -> str:
    """Return `read` or the rule that refuses the file; raises what nothing may raise."""
    known = administrations()[mutation.declared] if mutation.declared else None
    try:
        table = read_table(mutation.content, known)
    except Unreadable as problem:
        return problem.rule
    numbers = [row.number for row in table.rows]
    assert numbers == sorted(set(numbers))
    assert all(len(row.cells) == len(table.header) for row in table.rows)
    return "read"


def as_submission(mutation: Mutation, seed: int) -> Reading:
    """Read the file as a submission of its own, which answers whatever it is given."""
    submission = submitted(mutation.administration, mutation.file_name, mutation.content, RECEIVED)
    submission = replace(submission, submission_id=f"{submission.submission_id}-{seed}")
    reading = read(submission, mutation.content, administrations()[mutation.administration])
    assert not (reading.refused and reading.rows)
    assert reading.refused == any(rule_book().rules[one.rule].severity == "critical" for one in reading.findings)
    return reading


def conserved(judged: Judged, content: bytes, store: Path, counts: Counter[str]) -> str:
    """Check that a judgement loses and invents nothing, as it is kept to be loaded; return its final state."""
    judge.keep(store, judged)
    verdict, rows, _ = kept(store, judged.verdict.submission_id)
    with rows.open(encoding="utf-8", newline="") as file:
        verdicts = {int(row["row_number"]): row["verdict"] for row in csv.DictReader(file)}
    numbers = [row.number for row in judged.reading.rows]
    assert list(verdicts) == numbers
    told = Counter(verdicts.values())
    assert verdict.rows_read == verdict.rows_accepted + verdict.rows_quarantined == len(numbers)
    assert (verdict.rows_accepted, verdict.rows_quarantined) == (told["accepted"], told["quarantined"])
    assert verdict.state in FINAL_STATES
    assert not (verdict.state in ("rejected", "nil") and verdict.rows_accepted)
    last = MAX_ROWS + 1 if content.startswith(b"PK") else content.count(b"\n") + content.count(b"\r") + 1
    for finding in judged.findings:
        about_a_row = finding.rule.startswith("S") or finding.field is not None
        assert finding.row in verdicts if about_a_row and numbers else 1 <= (finding.row or 1) <= last, finding
        counts["placed"] += finding.row is not None
    counts["findings"] += len(judged.findings)
    counts["read"] += verdict.rows_read
    counts.update(told)
    return verdict.state


def try_together(seeds: Sequence[int], store: Path, found: Outcomes, say: Callable[[str], object]) -> None:
    """Read mutations one by one and judge them in one pass; where that fails each alone, so that its seed is known."""
    readings: dict[int, Reading] = {}
    contents: dict[int, bytes] = {}
    for seed in seeds:
        mutation = mutated(seed)
        started = time.perf_counter()
        with _noted(seed, mutation.name, found, say):
            found.tables[as_table(mutation)] += 1
            readings[seed], contents[seed] = as_submission(mutation, seed), mutation.content
        found.slowest = max(found.slowest, (time.perf_counter() - started, mutation.name))
    try:
        judgements = dict(zip(readings, judge.judge(list(readings.values())), strict=True))
    except Exception:
        judgements = {}
        for seed, reading in readings.items():
            with _noted(seed, mutated(seed).name, found, say):
                [judgements[seed]] = judge.judge([reading])
    for seed, judged in judgements.items():
        with _noted(seed, mutated(seed).name, found, say):
            found.states[conserved(judged, contents[seed], store, found.counts)] += 1


@contextmanager
def _noted(seed: int, name: str, found: Outcomes, say: Callable[[str], object]) -> Iterator[None]:
    try:
        yield
    except Exception:
        found.failed.append(seed)
        say(f"{name}\n{traceback.format_exc(limit=-3)}")


def main(seeds: Iterable[int], say: Callable[[str], object] = print) -> int:
    """Try seeds; return how many failed, one more where a file took too long."""
    found, every = Outcomes(), list(seeds)
    with tempfile.TemporaryDirectory() as store:
        for start in range(0, len(every), TOGETHER):
            try_together(every[start : start + TOGETHER], Path(store), found, say)
    say(str(found))
    return len(set(found.failed)) + (found.slowest[0] > SECONDS)


if __name__ == "__main__":
    sys.exit(min(1, main(range(int(sys.argv[1])))))
