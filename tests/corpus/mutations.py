"""A mutation is a file of the corpus spoiled by chance, the same for the same seed; run as a script it tries many.

    PYTHONPATH=tests .venv/bin/python -m corpus.mutations 10000

prints how many were read, how many refused under which rule, the slowest, and the seeds of those that failed.
"""

from __future__ import annotations

import io
import sys
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from random import Random

from corpus import books, damage, variants
from corpus.books import MADE_AT
from corpus.variants import Variant

from calypso.reading import read
from calypso.registry import administrations
from calypso.sheet import Unreadable
from calypso.submission import submitted
from calypso.table import Table, read_table

SECONDS = 10  # no file may take longer
# Seeds that once failed: they are tried each time.
ONCE_FAILED: tuple[int, ...] = ()
TELLING = (b"\0", b'"', b"\\", b",", b";", b"\t", b"|", b"\r", b"\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe9", b"\x81",
           b"9" * 400, b"<", b">", b"&", b"</row>", b"<row r='1'>", b"<c r='A1'>", b"NaN", b"-1", b"1e999",
           b"<!DOCTYPE x>", b"&a;", b"sep=;\n", b"Total", b"\xed\xa0\x80", b"_xD800_", b"x" * 40_000)  # fmt: skip


@cache
def corpus() -> Sequence[Variant]:
    """Return every file of the corpus that is not large."""
    made = [*variants.well_formed(), *books.well_formed(), *damage.damaged(), *books.damaged()]
    return [variant for variant in made if len(variant.content) < 100_000]


def mutated(seed: int) -> Variant:
    """Return a file of the corpus, spoiled: a workbook as an archive or within one of its parts."""
    rng = Random(seed)
    variant = rng.choice(corpus())
    content = variant.content
    inside = content.startswith(b"PK") and rng.random() < 0.7
    content = _within(content, rng) if inside else spoiled(content, rng)
    return Variant(f"{seed} {variant.name}", content, None, (), variant.administration)


def spoiled(content: bytes, rng: Random) -> bytes:
    """Return content after one to six accidents."""
    for _ in range(rng.randint(1, 6)):
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


def outcome(variant: Variant) -> str:
    """Return `read` or the rule that refuses it; raises what nothing may raise."""
    known = administrations()[variant.administration] if variant.administration else None
    _as_submission(variant)
    try:
        table = read_table(variant.content, known)
    except Unreadable as problem:
        return problem.rule
    conserved(table)
    return "read"


def _as_submission(variant: Variant) -> None:
    """Read the file as a submission too, which answers whatever it is given."""
    code = variant.administration or "mtq"
    ending = "xlsx" if variant.content.startswith(b"PK") else "csv"
    submission = submitted(code, f"{code}_2024-11-05_seizures.{ending}", variant.content, datetime.now(UTC))
    reading = read(submission, variant.content, administrations()[code])
    assert reading.findings or reading.rows
    assert not (reading.refused and reading.rows)


def conserved(table: Table) -> None:
    """Check that rows stand in the order of the file, each as wide as the header."""
    numbers = [row.number for row in table.rows]
    assert numbers == sorted(set(numbers))
    assert all(len(row.cells) == len(table.header) for row in table.rows)


def main(seeds: Iterable[int], say: Callable[[str], object] = print) -> int:
    """Try seeds; return how many failed, one more where a file took too long."""
    outcomes: Counter[str] = Counter()
    failed, slowest = [], (0.0, "")
    for seed in seeds:
        variant = mutated(seed)
        started = time.perf_counter()
        try:
            outcomes[outcome(variant)] += 1
        except Exception:
            failed.append(seed)
            say(f"{variant.name}\n{traceback.format_exc(limit=-3)}")
        slowest = max(slowest, (time.perf_counter() - started, variant.name))
    told = dict(outcomes.most_common())
    say(f"{outcomes.total()} files: {told}; failed: {failed}; slowest: {slowest[0]:.2f} s ({slowest[1]})")
    return len(failed) + (slowest[0] > SECONDS)


if __name__ == "__main__":
    sys.exit(min(1, main(range(int(sys.argv[1])))))
