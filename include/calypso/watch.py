"""A watch looks at the inboxes again and again, and tells which of them hold something that may be pulled."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from calypso.courtesy import CROWD, Turn
from calypso.folder import Drop
from calypso.submission import unfinished


@dataclass
class Watch:
    """What was seen in one inbox at the last look, and which of it was told of.

    It is a hint and no record: whatever it forgets or tells twice, a pull takes each file once, and what no pull has
    taken is found by the Dag's schedule.
    """

    seen: frozenset[Drop] = frozenset()
    told: frozenset[Drop] = frozenset()
    rests_until: float = 0.0  # by the monotonic clock: looks come slower where everything is busy
    turn: Turn = field(default_factory=Turn)

    def due(self) -> bool:
        """Tell whether to look now: a crowded inbox rests a second for each hundred files, so long it takes to list."""
        return time.monotonic() >= self.rests_until

    def look(self, drops: Iterable[Drop]) -> bool:
        """Take note of what lies in the inbox; tell whether to pull: a file stands still of which nothing was told.

        Of much that has come nothing is told while others want the processor.
        """
        there = frozenset(drop for drop in drops if not unfinished(drop.file_name))
        still, self.seen = there & self.seen, there
        self.rests_until = time.monotonic() + len(there) // CROWD
        news = still - self.told
        if news and not self.turn.has_come(drop.size for drop in there):
            news = frozenset()
        self.told = self.told & there | news
        return bool(news)
