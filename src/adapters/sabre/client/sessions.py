"""A few sessions for what keeps a state at their side: fare rules and queues.

A PCC has about fifty for all its users, so none is ever left open: what failed in one closes it,
what was idle for an hour is closed, and the rest when the connection is. Idle ones are pinged,
because they end after a quarter of an hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from adapters.sabre.client.host import Host
from ports.clock import Clock
from ports.errors import VendorError

log = logging.getLogger(__name__)
PING_AFTER_S = 600.0
CLOSE_AFTER_S = 3_600.0
LOOK_S = 60.0


class _Idle(NamedTuple):
    """used: when a call of ours last used it. touched: when it was last pinged or used."""

    session: str
    used: float
    touched: float


class Sessions:
    def __init__(self, host: Host, clock: Clock, *, most: int) -> None:
        self._host = host
        self._clock = clock
        self._free = asyncio.Semaphore(most)
        self._idle: list[_Idle] = []
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[str]:
        """A session for one task. It is used again only when nothing went wrong in it."""
        async with self._free:
            session = self._idle.pop().session if self._idle else await self._host.create_session()
            try:
                yield session
            except BaseException:
                self._close_soon(session)
                raise
            now = self._clock.monotonic()
            self._idle.append(_Idle(session, now, now))

    async def keep(self) -> None:
        """Ping or close what is idle, for ever. Cancel it to stop."""
        while True:
            await self._clock.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        now = self._clock.monotonic()
        due = [held for held in self._idle if now - held.touched >= PING_AFTER_S]
        self._idle = [held for held in self._idle if held not in due]  # nobody borrows it now
        for held in due:
            if now - held.used >= CLOSE_AFTER_S:
                self._close_soon(held.session)
            elif await self._pinged(held.session):
                self._idle.insert(0, held._replace(touched=self._clock.monotonic()))

    async def aclose(self) -> None:
        """Close them all; one that does not close is told in the log and ends by itself."""
        for held in self._idle:
            self._close_soon(held.session)
        self._idle.clear()
        if self._closing:
            await asyncio.gather(*self._closing)

    async def _pinged(self, session: str) -> bool:
        try:
            await self._host.ping(session)
        except VendorError as e:
            log.info("sabre.session-lost", extra={"error": str(e)})
            self._close_soon(session)
            return False
        return True

    def _close_soon(self, session: str) -> None:
        task = asyncio.create_task(self._close(session))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _close(self, session: str) -> None:
        try:
            await self._host.close_session(session)
        except VendorError as e:
            log.warning("sabre.session-not-closed", extra={"error": str(e)})
