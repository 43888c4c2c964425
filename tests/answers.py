"""The answers of a guide: each ```sql block is asked, and the ```text block below it is what was answered.

    CALYPSO_HOME=<home of a stack with both operations> PYTHONPATH=tests .venv/bin/python -m answers docs/analysts.md

writes the answers of the running stack into the guide.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

ASKED = re.compile(r"```sql\n(?P<query>[^`]+);\n```\n\n```text\n(?P<answer>[^`]*)```")

Ask = Callable[[str], tuple[Sequence[str], Sequence[Sequence[Any]]]]


def answers(guide: str) -> Iterator[tuple[str, str]]:
    """Yield each query of a guide with the answer that stands below it."""
    for found in ASKED.finditer(guide):
        yield found["query"], found["answer"]


def told(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return an answer as the guide tells it."""
    lines = [list(columns), *([_said(value) for value in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    return "".join(
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() + "\n" for line in lines
    )


def _said(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def written(guide: str, ask: Ask) -> str:
    """Return a guide with the answers that `ask` gives."""
    return ASKED.sub(lambda found: f"```sql\n{found['query']};\n```\n\n```text\n{told(*ask(found['query']))}```", guide)


def main(path: Path) -> None:
    from calypso import settings
    from calypso.asking import analyst

    with analyst(settings.current()) as cursor:

        def ask(query: str) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
            cursor.execute(query)
            return [column.name for column in cursor.description or ()], cursor.fetchall()

        path.write_text(written(path.read_text(encoding="utf-8"), ask), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
