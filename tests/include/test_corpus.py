"""Of hundreds of dialects and damages none is read wrong without a word, and every well-formed file exactly."""

from __future__ import annotations

import pytest
from corpus import books, damage, variants
from corpus.variants import Variant

from calypso.registry import administrations
from calypso.sheet import Unreadable, spelled
from calypso.table import Table, read_table

WELL_FORMED = [*variants.well_formed(), *books.well_formed()]
DAMAGED = [*damage.damaged(), *books.damaged()]


def read(variant: Variant) -> Table:
    known = administrations()[variant.administration] if variant.administration else None
    return read_table(variant.content, known)


def test_the_corpus_is_large_and_names_each_file_once() -> None:
    print(f"{len(WELL_FORMED)} well-formed files, each to be read exactly; {len(DAMAGED)} damaged, each to be refused")
    names = [variant.name for variant in [*WELL_FORMED, *DAMAGED]]
    assert len(names) >= 300
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("variant", WELL_FORMED, ids=lambda variant: variant.name)
def test_a_well_formed_file_is_read_cell_for_cell(variant: Variant) -> None:
    table = read(variant)
    cells = [list(table.header), *([spelled(cell) for cell in row.cells] for row in table.rows)]
    assert cells == variant.cells
    numbers = variant.numbers or tuple(range(1, len(cells) + 1))
    assert [row.number for row in table.rows] == list(numbers[1:])


@pytest.mark.parametrize("variant", DAMAGED, ids=lambda variant: variant.name)
def test_a_damaged_file_is_refused(variant: Variant) -> None:
    with pytest.raises(Unreadable):
        read(variant)
