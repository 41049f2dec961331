"""Time, as a thing that can be handed in."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Nothing but an implementation of this reads the time, so a test can own it."""

    def now(self) -> datetime:
        """The instant, aware and in UTC. For records and for what others wrote; it may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back. For deadlines and durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let at least *seconds* pass on this clock; zero or less only yields to other tasks."""
        ...
