"""The other side of each GDS, and a hand on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from adapters.sabre.simulator import CONFIG, PASSWORD, Simulator
from adapters.system import SystemClock
from core.domain.bookings.pnr import SegmentStatus
from ports.gds import Gds
from tests.contract.opening import CONNECTION, opened
from tests.fakes.memory_gds import MemoryGds
from tests.servers.asgi import serving

ROUTE = ("CGK", "JED")
# what a port's operation asks of the vendor that a fault is planted in
THEIRS = {
    "check": "revalidate",
    "create_pnr": "create",
    "find": "queue",
    "retrieve": "get",
    "ticket": "fulfil",
    "refund_quote": "check",
    "fare_rules": "rules",
    "queued": "queue",
    "enqueue": "place",
    "dequeue": "open",
}
LIVE = ("SERAI_LIVE_SABRE_PCC", "SERAI_LIVE_SABRE_EPR", "SERAI_LIVE_SABRE_PASSWORD")


class ShortClock(SystemClock):
    """The real time plus what a test adds; a sleep takes ten milliseconds at most."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))


class Rig(Protocol):
    """gds: what is tested. The rest plays the vendor."""

    @property
    def gds(self) -> Gds: ...

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        """The next *operation* goes wrong: lost, sold_out, dearer, forbidden, rate_limited; on
        wires also everything its simulator knows."""
        ...

    def at_vendor(self, key: str) -> int:
        """How many PNRs the vendor holds under *key*."""
        ...

    def carrier(self, locator: str, status: SegmentStatus) -> None:
        """The carrier moves (TK) or cancels (HX) a flight of it."""
        ...

    def a_day_later(self) -> None:
        """The void window is over."""
        ...


class MemoryRig:
    def __init__(self) -> None:
        self.gds = MemoryGds(SystemClock(), CONNECTION)

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.gds.break_next(operation, how, value)

    def at_vendor(self, key: str) -> int:
        return sum(key in pnr.remarks for pnr in self.gds.pnrs.values())

    def carrier(self, locator: str, status: SegmentStatus) -> None:
        self.gds.carrier(locator, status)

    def a_day_later(self) -> None:
        self.gds.break_next("void", "too_late")


class SabreRig:
    """The adapter on real sockets, against its simulator."""

    secrets: tuple[str, ...] = (PASSWORD, "T1RLSIMULATED", "IceSess")

    def __init__(self, gds: Gds, simulator: Simulator, clock: ShortClock) -> None:
        self.gds = gds
        self.simulator = simulator
        self.clock = clock

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        self.break_(operation, how, value, times=1)

    def break_(self, operation: str, how: str, value: float = 0.0, *, times: int | None) -> None:
        theirs = THEIRS.get(operation, operation)
        self.simulator.faults.add(how, theirs, times=times, value=value)

    def at_vendor(self, key: str) -> int:
        return len(self.simulator.pnrs(key))

    def carrier(self, locator: str, status: SegmentStatus) -> None:
        if status is SegmentStatus.TK:
            self.simulator.ledger.schedule_changes(locator, 90)
        else:
            self.simulator.ledger.carrier_cancels(locator)

    def a_day_later(self) -> None:
        self.simulator.ahead += timedelta(days=1)


class LiveRig:
    """Sabre's CERT system. It cannot be broken on demand."""

    def __init__(self, gds: Gds) -> None:
        self.gds = gds

    def break_next(self, operation: str, how: str, value: float = 0.0) -> None:
        pytest.skip("a live system goes wrong when it likes")

    def at_vendor(self, key: str) -> int:
        pytest.skip("a live system is seen through the adapter only")

    def carrier(self, locator: str, status: SegmentStatus) -> None:
        pytest.skip("no carrier moves a flight for a test")

    def a_day_later(self) -> None:
        pytest.skip("a vendor's own time cannot be moved")


@asynccontextmanager
async def memory() -> AsyncIterator[Rig]:
    yield MemoryRig()


@asynccontextmanager
async def sabre(**config: Any) -> AsyncIterator[SabreRig]:
    simulator = Simulator()
    async with serving(simulator) as address:
        theirs = {**CONFIG, "base_url": f"{address}/sabre", "per_second": 1000, **config}
        clock = ShortClock()
        async with opened("sabre", theirs, clock) as gds:
            yield SabreRig(gds, simulator, clock)
        assert not simulator.access.sessions, "a session was left open"


@asynccontextmanager
async def sabre_live() -> AsyncIterator[Rig]:
    pcc, epr, password = (os.environ.get(name) for name in LIVE)
    if not pcc or not epr or not password:
        pytest.skip(f"{', '.join(LIVE)} hold no EPR of Sabre's CERT system")
    queue = int(os.environ.get("SERAI_LIVE_SABRE_QUEUE", "100"))
    theirs = {
        "pcc": pcc,
        "epr": epr,
        "password": password,
        "queue": queue,
        "timezone": os.environ.get("SERAI_LIVE_SABRE_TIMEZONE", "Asia/Jakarta"),
    }
    async with opened("sabre", theirs, SystemClock()) as gds:
        yield LiveRig(gds)


Open = Callable[[], AbstractAsyncContextManager[Rig]]
SYSTEMS: dict[str, Open] = {"memory": memory, "sabre": sabre}
LIVE_SYSTEMS: dict[str, Open] = {"sabre-live": sabre_live}
