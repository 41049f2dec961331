"""Dies at the n-th crossing of a port, as a process does that is killed there."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.application.hub import Hub

VENDORS = (
    *("hotel_supplier", "activity_supplier", "gds", "payment_gateway", "esign"),
    *("ari_channel", "reservation_source", "shown_rates"),
)


class Killed(BaseException):
    """Not an Exception: no `except` of a use case may take it for a vendor's fault."""


class Tripwire:
    """crossings: how many ports were crossed. tripped: whether it has killed.

    A port is crossed when it is called and again when it answers. A transaction is crossed
    before it, at its end and after it: anywhere within, a kill rolls back the same.
    """

    def __init__(self, at: int) -> None:
        self.at = at
        self.crossings = 0
        self.tripped = False

    def cross(self) -> None:
        self.crossings += 1
        if self.crossings == self.at:
            self.tripped = True
            raise Killed


def wired(hub: Hub, wire: Tripwire) -> Hub:
    ports: dict[str, Any] = {
        name: _Port(getattr(hub, name), wire) for name in ("store", "vendors", "jobs", "blobs")
    }
    return dataclasses.replace(hub, **ports)


class _Port:
    def __init__(self, inner: Any, wire: Tripwire) -> None:
        self._inner, self._wire = inner, wire

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if name in ("read", "begin"):
            return lambda *args: self._block(value, args)
        if not inspect.iscoroutinefunction(value):
            return value

        async def call(*args: Any, **named: Any) -> Any:
            self._wire.cross()
            answer = await value(*args, **named)
            self._wire.cross()
            vendor = name in VENDORS
            return _Port(answer, self._wire) if vendor else answer

        return call

    @asynccontextmanager
    async def _block(self, enter: Any, args: tuple[Any, ...]) -> AsyncIterator[Any]:
        self._wire.cross()
        async with enter(*args) as inner:
            yield inner
            self._wire.cross()
        self._wire.cross()
