"""A clock that moves only by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class HandClock:
    """sleep waits until the clock was moved far enough; nothing waits in earnest."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 9, tzinfo=UTC)) -> None:
        self._start = start
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return await asyncio.sleep(0)
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._passed + seconds, woken))
        return await woken

    def move(self, seconds: float) -> None:
        """Time passes; whoever is due wakes at the next turn of the loop."""
        self._passed += seconds
        for at, woken in [s for s in self._sleepers if s[0] <= self._passed]:
            self._sleepers.remove((at, woken))
            if not woken.done():
                woken.set_result(None)

    async def advance(self, seconds: float) -> None:
        """Time passes, whoever is due wakes, and everybody gets a turn."""
        await settle()
        self.move(seconds)
        await settle()

    async def until_asleep(self, sleepers: int) -> None:
        """Let everybody run until *sleepers* tasks wait on this clock."""
        while sum(not woken.done() for _, woken in self._sleepers) < sleepers:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def settle() -> None:
    """Let everybody run as far as they can."""
    for _ in range(10):
        await asyncio.sleep(0)
