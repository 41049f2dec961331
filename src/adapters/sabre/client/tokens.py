"""One token for all calls: had at first use, kept until shortly before its end, renewed once."""

from __future__ import annotations

import asyncio

from adapters.sabre.client.host import Host
from ports.clock import Clock

LIVES_S = 7 * 86_400.0
MARGIN_S = 3_600.0


class Tokens:
    def __init__(self, host: Host, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._lock = asyncio.Lock()  # many callers, one sign-in
        self._token: str | None = None
        self._ends = 0.0

    async def current(self) -> str:
        """Misconfigured: they refuse the password."""
        async with self._lock:
            if self._token is None or self._clock.monotonic() >= self._ends:
                return await self._renew()
            return self._token

    async def renewed(self, refused: str) -> str:
        """Another token than *refused*; one that somebody had meanwhile serves as well."""
        async with self._lock:
            if self._token is not None and self._token != refused:
                return self._token
            return await self._renew()

    async def _renew(self) -> str:
        self._token = None
        self._token = token = await self._host.create_token()
        self._ends = self._clock.monotonic() + LIVES_S - MARGIN_S
        return token
