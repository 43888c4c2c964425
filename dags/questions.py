"""Operators that ask a person under *Required actions* about what a sender wrote, without interpreting it."""

from __future__ import annotations

from collections.abc import Collection
from itertools import groupby

from airflow.providers.standard.operators.hitl import HITLOperator

LONGEST = 2000  # characters of a sender's text in one question


class Question(HITLOperator):
    """Ask a person, with subject and body shown exactly as given.

    Airflow renders the template fields of an operator with Jinja, and values that come from XCom are no exception: a
    cell of a file would run in the worker, with its connections and files.
    """

    template_fields: Collection[str] = ()


def code_span(text: str) -> str:
    """Return text as one code span of Markdown, in which links, images and markup stay letters.

    Control and formatting characters become spaces; longer texts are cut.
    """
    from calypso.telling import shown

    line = shown(text, LONGEST)
    longest = max((len(list(run)) for letter, run in groupby(line) if letter == "`"), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}"
