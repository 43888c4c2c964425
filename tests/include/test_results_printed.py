"""The results that a replay prints can be read in a terminal of 80 columns."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from rich.console import Console

from calypso.local import results
from calypso.registry import operations
from calypso.settings import REPOSITORY

LONGEST = {  # of what the operations have published and the marts tell
    "value": Decimal("2931234.125"),
    "value_code": None,
    "unit": "USD",
    "published_text": "2930000 ± 5000",
    "holds": False,
}


@pytest.mark.parametrize("code", sorted(operations()))
def test_no_figure_is_cut_at_80_columns(code: str) -> None:
    operation = operations()[code]
    with (REPOSITORY / "dbt" / "seeds" / "figures.csv").open(encoding="utf-8", newline="") as file:
        labels = [row["label_en"] for row in csv.DictReader(file)]
    printed = io.StringIO()
    console = Console(file=printed, width=80)
    console.print(results.comparison(operation, [{"label_en": label, **LONGEST} for label in labels]))
    lines = printed.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "…" not in printed.getvalue()
    told = [line for line in lines if "2,931,234.125 USD" in line]
    assert len(told) == len(labels)
    assert all(line.split()[-4:] == ["2930000", "±", "5000", "NO"] for line in told)
    assert len(lines) <= 6 + 2 * len(labels)
