"""A watch looks at the inboxes again and again, and tells which of them hold something that may be pulled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from calypso.folder import Drop
from calypso.submission import unfinished

AGAIN_AFTER = 120.0  # seconds after which a file that still lies there is told once more: a pull may have failed


@dataclass
class Watch:
    """What was seen in one inbox at the last look, and when each file that stood still was told of.

    It is a hint and no record: whatever it forgets or tells twice, a pull takes each file once.
    """

    seen: frozenset[Drop] = frozenset()
    told: dict[Drop, float] = field(default_factory=dict)

    def look(self, drops: Iterable[Drop], now: float) -> bool:
        """Take note of what lies in the inbox at `now` (seconds of a steady clock); tell whether to pull.

        That is so where a file stands as it stood at the last look and was not told of lately.
        """
        there = frozenset(drop for drop in drops if not unfinished(drop.file_name))
        still, self.seen = there & self.seen, there
        self.told = {drop: when for drop, when in self.told.items() if drop in there}
        news = {drop for drop in still if now - self.told.get(drop, -AGAIN_AFTER) >= AGAIN_AFTER}
        self.told.update(dict.fromkeys(news, now))
        return bool(news)
