"""Bells of one process: right for the embedded hub, where one process is all there is."""

from __future__ import annotations

from datetime import datetime

from adapters.jobs.bells import Bells
from ports.clock import Clock
from ports.jobs import Bell


class MemoryJobs:
    """One ring wakes all who wait; rings while nobody waits are one ring for the next."""

    def __init__(self, clock: Clock) -> None:
        self._bells = Bells(clock)

    async def ring(self, bell: Bell) -> None:
        self._bells.ring(bell)

    async def ring_at(self, bell: Bell, at: datetime) -> None:
        self._bells.ring_at(bell, at)

    async def wait(self, bell: Bell, timeout_s: float) -> None:
        await self._bells.wait(bell, timeout_s)

    async def aclose(self) -> None:
        await self._bells.aclose()
