"""What a supplier sells. It changes seldom and is long, so that it is kept for a while."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from adapters._kit.http import broken
from adapters.octo.calls import Calls
from adapters.octo.mapping.wire import Product
from ports.clock import Clock

KEPT_S = 600.0
log = logging.getLogger(__name__)


class Catalogue:
    """Read at first use, by one caller for all who wait."""

    def __init__(self, calls: Calls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock
        self._products: tuple[Product, ...] = ()
        self._until: float | None = None
        self._reading = asyncio.Lock()

    async def products(self) -> tuple[Product, ...]:
        async with self._reading:
            if self._until is None or self._clock.monotonic() >= self._until:
                self._products = await self._read()
                self._until = self._clock.monotonic() + KEPT_S
            return self._products

    async def _read(self) -> tuple[Product, ...]:
        answer, rows = await self._calls.products()
        found, unreadable = [], 0
        for row in rows:
            try:
                found.append(msgspec.json.decode(row, type=Product))
            except (msgspec.MsgspecError, ValueError, RecursionError):
                unreadable += 1
        if unreadable:
            log.warning("octo.products-unreadable", extra={"count": unreadable})
        if unreadable and not found:
            raise broken(answer, "no product of the answer can be read")
        return tuple(found)
