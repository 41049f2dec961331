"""Bells that write down who rang."""

from __future__ import annotations

from datetime import datetime

from ports.jobs import Bell


class ListeningJobs:
    """rung, set_for: every ring and every timer, in order."""

    def __init__(self) -> None:
        self.rung: list[Bell] = []
        self.set_for: list[tuple[Bell, datetime]] = []

    async def ring(self, bell: Bell) -> None:
        self.rung.append(bell)

    async def ring_at(self, bell: Bell, at: datetime) -> None:
        self.set_for.append((bell, at))

    async def wait(self, bell: Bell, timeout_s: float) -> None:
        raise AssertionError("a use case never waits for a bell")
