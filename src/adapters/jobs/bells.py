"""The bells of this process and its timers: what every kind of Jobs without Redis has inside."""

from __future__ import annotations

import asyncio
from datetime import datetime

from ports.clock import Clock
from ports.jobs import Bell

TICK_S = 0.1


class Bells:
    """A ring wakes all who wait here; rings while nobody waits are one for the next who does.

    Timers of one bell that fall in the same tick are one timer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rung = {bell: asyncio.Event() for bell in Bell}
        self._timers: dict[tuple[Bell, int], asyncio.Task[None]] = {}

    def ring(self, bell: Bell) -> None:
        self._rung[bell].set()

    def ring_at(self, bell: Bell, at: datetime) -> None:
        """Rings here, at *at* or up to a tick later; at once where *at* has passed."""
        delay = (at - self._clock.now()).total_seconds()
        if delay <= 0:
            return self.ring(bell)
        key = (bell, int(at.timestamp() // TICK_S) + 1)
        if key not in self._timers:
            timer = asyncio.create_task(self._later(bell, delay + TICK_S))
            self._timers[key] = timer
            timer.add_done_callback(lambda _: self._timers.pop(key, None))
        return None

    async def _later(self, bell: Bell, delay: float) -> None:
        await self._clock.sleep(delay)
        self.ring(bell)

    async def wait(self, bell: Bell, timeout_s: float) -> None:
        rung = self._rung[bell]
        heard = asyncio.create_task(rung.wait())
        late = asyncio.create_task(self._clock.sleep(timeout_s))
        try:
            await asyncio.wait({heard, late}, return_when=asyncio.FIRST_COMPLETED)
            rung.clear()
        finally:
            heard.cancel()
            late.cancel()

    async def aclose(self) -> None:
        """Forget the timers; the truth, and the poll that finds it, is elsewhere."""
        timers = list(self._timers.values())
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)
