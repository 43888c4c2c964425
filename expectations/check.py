"""A check is one expectation of a rule: what it looks at, the field it points at, and what it says was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import great_expectations.expectations as gxe

if TYPE_CHECKING:
    import pandas
    from great_expectations.expectations.expectation import Expectation

# How an expectation says that it judges no row of which a value is missing; one on a single column never does.
PASSED_OVER = ("any_value_is_missing", "either_value_is_missing")

Row = Mapping[str, Any]
Expected = str | Callable[[Row], str | None] | None


@dataclass(frozen=True)
class Check:
    """One expectation of a rule: the field it points at, and what it says was expected.

    On cells the field is the cell's own, so it is None here.
    """

    rule: str
    field: str | None
    expectation: Expectation
    expected: Expected = None
    suspect: str | None = None  # what a text must hold to break it, where nearly every text is another

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that the expectation looks at."""
        return tuple(dict.fromkeys([*self.judged, *_of_condition(self.expectation.row_condition)]))

    def has_something_to_judge(self, frame: pandas.DataFrame) -> bool:
        """Tell whether a frame holds anything that may break it: an empty column does not where it is passed over."""
        passes_over = getattr(self.expectation, "ignore_row_if", "any_value_is_missing") in PASSED_OVER
        if isinstance(self.expectation, gxe.ExpectColumnValuesToNotBeNull) or not passes_over:
            return True
        return all(frame[column].notna().any() for column in self.judged)

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """Return the columns whose values are judged."""
        names = [getattr(self.expectation, name, None) for name in ("column", "column_A", "column_B")]
        return tuple(name for name in [*names, *(getattr(self.expectation, "column_list", None) or [])] if name)


def _of_condition(condition: Any) -> Iterator[str]:
    if hasattr(condition, "conditions"):
        for part in condition.conditions:
            yield from _of_condition(part)
    elif condition is not None:
        yield condition.column.name


def one_of(rule: str, field: str, column: str, allowed: Mapping[str, Iterable[str]], expected: Expected) -> Check:
    """Check that a column of the context, which holds `left/right`, holds for each left an allowed right."""
    return Check(rule, field, gxe.ExpectColumnValuesToMatchRegex(column=column, regex=_pairs(allowed)), expected)


def none_of(rule: str, field: str, column: str, barred: Mapping[str, Iterable[str]]) -> Check:
    """Check that a column of the context, which holds `left/right`, holds for no left a right that is barred."""
    return Check(rule, field, gxe.ExpectColumnValuesToNotMatchRegex(column=column, regex=_pairs(barred)))


def _pairs(told: Mapping[str, Iterable[str]]) -> str:
    """Return the pattern of pairs `left/right`.

    Said as one pattern: Great Expectations copies the parameters of an expectation some hundred times in a
    run, and a list of 600 pairs takes it longer to copy than to judge.
    """
    return "^(?:" + "|".join(f"{left}/(?:{'|'.join(rights)})" for left, rights in told.items()) + ")$"


def not_before(rule: str, field: str, later: str, earlier: str, expected: Expected) -> Check:
    """Check that the column `later` is not less than `earlier`, where both hold something."""
    expectation = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=later, column_B=earlier, or_equal=True, ignore_row_if="either_value_is_missing"
    )
    return Check(rule, field, expectation, expected)


def matches(rule: str, field: str, pattern: str, expected: str) -> Check:
    """Check that the text of a field has a pattern."""
    return Check(rule, field, gxe.ExpectColumnValuesToMatchRegex(column=field, regex=pattern), expected)
