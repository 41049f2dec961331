"""What the two hottest reads found a moment ago: whose key this is, and whom a search asks.

A change made by this process is seen at once, one made by another within KEPT_S. Nothing
is decided by it alone: a quote and a booking read their connection again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, TypeVar

KEPT_S = 1.0
MOST = 10_000

T = TypeVar("T")


class Recent:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[Hashable, tuple[datetime, Any]] = {}
        self._changes = 0

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What *read* gives, or gave under *key* less than KEPT_S ago."""
        now, held = self._now(), self._kept.get(key)
        if held is not None and now < held[0]:
            found: T = held[1]
            return found
        changes = self._changes
        found = await read()
        if changes == self._changes:  # else it may be older than the change
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[key] = (now + timedelta(seconds=KEPT_S), found)
        return found

    def forget(self) -> None:
        """Something they depend on has changed."""
        self._changes += 1
        self._kept.clear()
