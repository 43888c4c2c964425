"""Naming tells an administration, in its language, under which names its files may come."""

from __future__ import annotations

from datetime import date, timedelta

from calypso.reference.wording import wording
from calypso.registry import Administration, operations, participants


def file_names(administration: Administration) -> list[str]:
    """Return a heading, an introduction and a line for each kind of file name, in this administration's own names."""
    places = {"code": administration.code, "day": str(example_day(administration))}
    return [texts[administration.language].format(**places) for texts in wording().naming.values()]


def example_day(administration: Administration) -> date:
    """Return the second day of the latest operation that an administration takes part in; of any, before its first."""
    days = [each.starts_on for each in operations().values() if administration.code in participants(each)]
    return max(days or [each.starts_on for each in operations().values()]) + timedelta(days=1)
