"""Connections that wait for their next request."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from adapters.webhook_sender.connection import Connection
from adapters.webhook_sender.request import Origin
from adapters.webhook_sender.watch import Watch

# Many servers close after 5 idle seconds; a request that crosses their goodbye is a failure.
KEEPALIVE_S = 4.0
# A name that leads elsewhere by now is asked again at last, however busy the connection.
LIFE_S = 60.0
IDLE_AT_MOST = 1000
IDLE_PER_ORIGIN = 64
_STILL_WARM_S = 0.1


class Pool:
    """By scheme, host and port; each connection holds the one address that was vetted for it.

    open: every connection there is, busy or idle. watch: tells those of them that are late.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.open: set[Connection] = set()
        self.watch = Watch(monotonic, self.open)
        self._monotonic = monotonic
        self._idle: dict[Origin, deque[Connection]] = {}
        self._count = 0
        self._sweeper: asyncio.TimerHandle | None = None

    def take(self, origin: Origin, now: float) -> Connection | None:
        """The one used last, if it can still be used; None: make a new one."""
        waiting = self._idle.get(origin)
        while waiting:
            connection = waiting.pop()
            self._count -= 1
            idle_s = now - connection.idle_since
            if connection.alive and (
                idle_s < _STILL_WARM_S or (idle_s < KEEPALIVE_S and connection.silent())
            ):
                return connection
            connection.close()
        return None

    def release(self, origin: Origin, connection: Connection, now: float) -> None:
        """After its answer is whole: kept, or closed."""
        waiting = self._idle.get(origin)
        room = self._count < IDLE_AT_MOST and (waiting is None or len(waiting) < IDLE_PER_ORIGIN)
        if not room or not connection.reusable or now - connection.made_at > LIFE_S:
            connection.abort()  # not closed: that would first write what is left of a request
            return
        if waiting is None:
            waiting = self._idle[origin] = deque()
        connection.idle_since = now
        waiting.append(connection)
        self._count += 1
        if self._sweeper is None:
            self._sweep_later()

    async def aclose(self) -> None:
        """Close all; what is under way fails. Returns when the sockets are gone."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self.watch.stop()
        self._idle.clear()
        gone = [connection.stop() for connection in self.open]
        await asyncio.gather(*gone)

    def _sweep_later(self) -> None:
        self._sweeper = asyncio.get_running_loop().call_later(KEEPALIVE_S, self._sweep)

    def _sweep(self) -> None:
        oldest = self._monotonic() - KEEPALIVE_S
        for origin, waiting in list(self._idle.items()):
            while waiting and (waiting[0].idle_since <= oldest or not waiting[0].alive):
                waiting.popleft().close()
                self._count -= 1
            if not waiting:
                del self._idle[origin]
        self._sweeper = None
        if self._idle:
            self._sweep_later()
