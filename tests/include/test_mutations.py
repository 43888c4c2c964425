"""Whatever chance does to a file, it is read or refused, quickly; and judged, with none of its rows lost."""

from __future__ import annotations

import hashlib

import pytest
from corpus import mutations

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hundreds_of_spoiled_files_are_answered_and_conserved() -> None:
    said: list[str] = []
    assert mutations.main([*mutations.ONCE_FAILED, *range(400)], said.append) == 0, "\n".join(said)


def test_the_same_seed_gives_the_same_file() -> None:
    digest = hashlib.sha256(b"".join(mutations.mutated(seed).content for seed in range(200))).hexdigest()
    mutations.corpus.cache_clear()
    assert hashlib.sha256(b"".join(mutations.mutated(seed).content for seed in range(200))).hexdigest() == digest
