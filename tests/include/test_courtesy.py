"""Who brings much goes behind; who brings little, or the usual, does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from calypso.courtesy import MANY, MUCH


@pytest.mark.parametrize(
    ("sizes", "niceness"),
    [([], 0), ([5000], 0), ([MUCH], 0), ([1] * MANY, 0), ([MUCH + 1], 10), ([1] * (MANY + 1), 10)],
)
def test_many_or_large_files_give_way(sizes: list[int], niceness: int) -> None:
    told = f"import os; from calypso.courtesy import give_way; print(give_way({sizes}), os.nice(0))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(niceness > 0), str(os.nice(0) + niceness)]
