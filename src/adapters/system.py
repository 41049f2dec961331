"""The machine's own clock and randomness."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from datetime import UTC, datetime

from core.domain import ids


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0))


class SystemMint:
    """Ids never go back within the process, even when the wall clock does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._draw = random.Random()  # noqa: S311 (for jitter; keys are entropy's)
        self._last_ms = 0
        self._counter = 0

    def id(self, prefix: str) -> str:
        with self._lock:
            unix_ms = time.time_ns() // 1_000_000
            if unix_ms > self._last_ms:
                self._last_ms, self._counter = unix_ms, 0
            elif self._counter < 0xFFF:
                self._counter += 1
            else:  # the counter of this millisecond is spent: borrow the next one
                self._last_ms, self._counter = self._last_ms + 1, 0
            # 12 bits after the version nibble count within the millisecond (RFC 9562, 6.2).
            return ids.encode(prefix, self._last_ms, _entropy(self._counter))

    def entropy(self, count: int) -> bytes:
        return os.urandom(count)

    def chance(self) -> float:
        return self._draw.random()


def _entropy(counter: int) -> bytes:
    return counter.to_bytes(2, "big") + os.urandom(8)
