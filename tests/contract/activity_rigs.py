"""The other side of each activity supplier, and a hand on it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

import pytest

from adapters.octo.simulator import API_KEY, PREFIX, Simulator
from adapters.system import SystemClock
from core.domain.bookings.activity import ProductCodes
from core.domain.tenancy import Environment
from ports.activity_supplier import ActivityOrder, ActivitySupplier
from ports.errors import Unavailable
from tests.contract.hotel_rigs import QuickClock
from tests.contract.opening import CONNECTION, opened
from tests.fakes.memory_activity_supplier import MemoryActivitySupplier
from tests.servers.asgi import serving

LIVE_KEY, LIVE_URL = "SERAI_LIVE_OCTO_KEY", "SERAI_LIVE_OCTO_URL"
# Their calls behind our operations; a booking is two, and each goes wrong in its own way.
THEIRS = {
    "search": "availability",
    "check": "availability",
    "find": "detail",
    "vouchers": "detail",
}
IN_THE_HOLD = ("sold_out", "dearer", "expired", "unauthorised", "forbidden", "rate_limited")


class Rig(Protocol):
    """supplier: what is tested. The rest plays the vendor. where: what is searched."""

    @property
    def supplier(self) -> ActivitySupplier: ...
    @property
    def where(self) -> ProductCodes | None: ...

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        """The next *operation* goes wrong: lost, sold_out, dearer, expired, unauthorised,
        forbidden, rate_limited; on wires also everything its simulator knows."""
        ...

    def at_vendor(self, key: str) -> int:
        """How many bookings the vendor holds under *key*, a mere hold not counted."""
        ...

    def on_request(self) -> ProductCodes | None:
        """Where to search for what is booked on request only."""
        ...

    def answer_request(self, key: str, *, accept: bool) -> None: ...

    async def only_hold(self, order: ActivityOrder, key: str) -> None:
        """Leave a hold under *key*, and no booking."""
        ...


class MemoryRig:
    where: ProductCodes | None = None

    def __init__(self) -> None:
        self.supplier = MemoryActivitySupplier(SystemClock(), CONNECTION)

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.supplier.break_next(operation, how, value)

    def at_vendor(self, key: str) -> int:
        return int(key in self.supplier.bookings)

    def on_request(self) -> ProductCodes | None:
        self.supplier.on_request = True
        return None

    def answer_request(self, key: str, *, accept: bool) -> None:
        self.supplier.answer_request(key, accept=accept)

    async def only_hold(self, order: ActivityOrder, key: str) -> None:
        self.supplier.hold(key)


class OctoRig:
    """The adapter on real sockets, against its simulator."""

    where: ProductCodes | None = ProductCodes({CONNECTION: ("jakarta-walk",)})
    secrets: tuple[str, ...] = (API_KEY,)

    def __init__(self, supplier: ActivitySupplier, simulator: Simulator, clock: QuickClock) -> None:
        self.supplier = supplier
        self.clock = clock
        self.simulator = simulator

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.break_(operation, how, value, times=1)

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        theirs = THEIRS.get(operation, operation)
        if operation == "book":
            theirs = "hold" if how in IN_THE_HOLD else "confirm"
        self.simulator.faults.add(how, theirs, times=times, value=value)

    def at_vendor(self, key: str) -> int:
        none = ("ON_HOLD", "EXPIRED")
        return sum(b.status not in none for b in self.simulator.bookings(key))

    def on_request(self) -> ProductCodes | None:
        return ProductCodes({CONNECTION: ("taif-roses",)})

    def answer_request(self, key: str, *, accept: bool) -> None:
        (held,) = self.simulator.bookings(key)
        self.simulator.ledger.answer(held.uuid, accept=accept, now=self.simulator.now())

    async def only_hold(self, order: ActivityOrder, key: str) -> None:
        self.simulator.faults.add("rate_limited", "confirm", value=3600)
        self.simulator.faults.add("unavailable", "cancel", times=None)
        with pytest.raises(Unavailable):
            await self.supplier.book(order, key=key)
        self.simulator.faults.clear()


class LiveRig:
    """A supplier's own test system. It cannot be broken on demand."""

    where: ProductCodes | None = None

    def __init__(self, supplier: ActivitySupplier) -> None:
        self.supplier = supplier

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        pytest.skip("a live system goes wrong when it likes")

    def at_vendor(self, key: str) -> int:
        pytest.skip("a live system is seen through the adapter only")

    def on_request(self) -> ProductCodes | None:
        pytest.skip("a live system does not say beforehand what is on request")

    def answer_request(self, key: str, *, accept: bool) -> None:
        pytest.skip("a live system answers when it likes")

    async def only_hold(self, order: ActivityOrder, key: str) -> None:
        pytest.skip("a live system cannot be stopped halfway")


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


@asynccontextmanager
async def octo(
    environment: Environment = Environment.TEST, **config: Any
) -> AsyncIterator[OctoRig]:
    simulator = Simulator()
    async with serving(simulator) as address:
        base_url = f"{address}/octo{PREFIX}"
        theirs = {"base_url": base_url, "api_key": API_KEY, "per_second": 1000, **config}
        clock = QuickClock()
        async with opened("octo", theirs, clock, environment) as supplier:
            yield OctoRig(supplier, simulator, clock)


@asynccontextmanager
async def octo_live() -> AsyncIterator[Rig]:
    key, url = os.environ.get(LIVE_KEY), os.environ.get(LIVE_URL)
    if not key or not url:
        pytest.skip(f"{LIVE_KEY} and {LIVE_URL} name no supplier's OCTO test system")
    async with opened("octo", {"api_key": key, "base_url": url}, SystemClock()) as supplier:
        yield LiveRig(supplier)


Open = Callable[[], AbstractAsyncContextManager[Rig]]
SUPPLIERS: dict[str, Open] = {"memory": memory, "octo": octo}
LIVE: dict[str, Open] = {"octo-live": octo_live}
