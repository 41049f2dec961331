"""The other side of each hotel supplier, and a hand on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import pytest

from adapters import registry
from adapters.hotelbeds.simulator import API_KEY, PREFIX, SECRET, Simulator
from adapters.system import SystemClock
from core.domain.bookings.hotel import Circle, Destination
from ports.errors import VendorError
from ports.hotel_supplier import HotelSupplier
from ports.manifest import Manifest
from tests.contract.house_rig import house
from tests.contract.opening import CONNECTION, opened
from tests.fakes.memory_hotel_supplier import MemoryHotelSupplier
from tests.servers.asgi import serving

MAKKAH = Circle(21.4225, 39.8262, 10)
THEIRS = {
    "search": "availability",
    "check": "checkrate",
    "book": "booking",
    "find": "list",
    "cancellation_fee": "cancel",
    "amend": "change",
}
LIVE_KEY, LIVE_SECRET = "SERAI_LIVE_HOTELBEDS_KEY", "SERAI_LIVE_HOTELBEDS_SECRET"


class QuickClock(SystemClock):
    """The real time plus what a test adds; a sleep ends at once."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Rig(Protocol):
    """supplier: what is tested. The rest plays the vendor.

    honours_key: its manifest's repeatable_for_s is not None.
    """

    @property
    def supplier(self) -> HotelSupplier: ...
    @property
    def honours_key(self) -> bool: ...
    @property
    def destination(self) -> Destination: ...

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        """The next *operation* goes wrong: lost, sold_out, dearer, expired, unauthorised,
        forbidden, rate_limited; on wires also everything its simulator knows."""
        ...

    def at_vendor(self, key: str) -> int:
        """How many bookings the vendor holds under *key*."""
        ...


class MemoryRig:
    honours_key = True
    destination: Destination = MAKKAH

    def __init__(self) -> None:
        self.supplier = MemoryHotelSupplier(SystemClock(), CONNECTION)

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.supplier.break_next(operation, how, value)

    def at_vendor(self, key: str) -> int:
        return sum(b.vendor_reference == key for b in self.supplier.bookings.values())


class HotelbedsRig:
    """The adapter on real sockets, against its simulator."""

    destination: Destination = MAKKAH
    secrets: tuple[str, ...] = (API_KEY, SECRET)

    def __init__(
        self, supplier: HotelSupplier, manifest: Manifest, simulator: Simulator, clock: QuickClock
    ) -> None:
        self.supplier = supplier
        self.clock = clock
        self.honours_key = manifest.repeatable_for_s is not None
        self.simulator = simulator

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.break_(operation, how, value, times=1)

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        theirs = THEIRS.get(operation, operation)
        self.simulator.faults.add(how, theirs, times=times, value=value)

    def at_vendor(self, key: str) -> int:
        return len(self.simulator.bookings(key))


class LiveRig:
    """Hotelbeds' own test system. It cannot be broken on demand."""

    destination: Destination = Circle(39.5696, 2.6502, 15)
    honours_key = False

    def __init__(self, supplier: HotelSupplier) -> None:
        self.supplier = supplier

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        pytest.skip("a live system goes wrong when it likes")

    def at_vendor(self, key: str) -> int:
        pytest.skip("a live system is seen through the adapter only")


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


@asynccontextmanager
async def hotelbeds(**config: Any) -> AsyncIterator[HotelbedsRig]:
    simulator = Simulator()
    async with serving(simulator) as address:
        base_url = f"{address}/hotelbeds{PREFIX}"
        keys = {"api_key": API_KEY, "secret": SECRET, "per_second": 1000, **config}
        clock = QuickClock()
        theirs = {"base_url": base_url, **keys}
        async with opened("hotelbeds", theirs, clock) as supplier:
            yield HotelbedsRig(supplier, registry.load("hotelbeds"), simulator, clock)


@asynccontextmanager
async def hotelbeds_live() -> AsyncIterator[Rig]:
    key, secret = os.environ.get(LIVE_KEY), os.environ.get(LIVE_SECRET)
    if not key or not secret:
        pytest.skip(f"{LIVE_KEY} and {LIVE_SECRET} hold no key of Hotelbeds' test system")
    theirs = {"api_key": key, "secret": secret}
    async with opened("hotelbeds", theirs, SystemClock()) as supplier:
        yield LiveRig(supplier)


Open = Callable[[], AbstractAsyncContextManager[Rig]]
SUPPLIERS: dict[str, Open] = {"memory": memory, "hotelbeds": hotelbeds, "house": house}
# Nobody stands behind it whose credential could be wrong, or who could ask us to wait.
OWN = frozenset({"house"})
LIVE: dict[str, Open] = {"hotelbeds-live": hotelbeds_live}


def told(error: VendorError) -> str:
    """All that an error could show to somebody."""
    return " ".join([str(error), repr(error), error.message, repr(vars(error))])
