"""Questions are what a report asks the marts, each an SQL file of its room; an answer is hashed as JSON says it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any


@cache
def question(room: Path, name: str) -> str:
    """Return the text of a question, which lies in the folder `questions` of a room."""
    return (room / "questions" / f"{name}.sql").read_text(encoding="utf-8")


def digest(told: Any) -> str:
    """Return the SHA-256 of answers; a number counts without the zeros that end it."""
    return hashlib.sha256(json.dumps(told, default=_plain, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)
