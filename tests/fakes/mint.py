"""Ids and randomness in a known order."""

from __future__ import annotations

import hashlib

from core.domain import ids


class CountingMint:
    """Every id is later than the last; entropy never repeats; chance is what it is set to."""

    def __init__(self) -> None:
        self._count = 0
        self.next_chance = 0.5

    def id(self, prefix: str) -> str:
        self._count += 1
        return ids.encode(prefix, 1_795_000_000_000 + self._count, bytes(10))

    def entropy(self, count: int) -> bytes:
        self._count += 1
        return hashlib.shake_256(str(self._count).encode()).digest(count)

    def chance(self) -> float:
        return self.next_chance
