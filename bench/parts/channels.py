"""From a change of stock to the channels: how long it takes, calm and saturated, and a full refresh.

The hub runs as it serves: its loops, its real store, the use case that sets a grid. The channels
are ten for each property and answer at once, so that what is measured is the hub. `commit` is what
the change itself took, in the same run. The lag is from the change's commit to the moment the
channel has the message in hand; the channel's quiet time is part of it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
from tests.fakes.vendors import FakeVendors, a_manifest
from tests.servers import running_postgres

from adapters.vault import new_key
from bench.report import Part, summary
from core.application.channels.add_channel import NewChannel, add_channel, map_channel
from core.application.channels.steer_channel import refresh_channel, resume_channel
from core.application.connections.add_connection import NewConnection, add_connection
from core.application.hub import Asking, Hub, by_itself
from core.application.stock.add_property import NewProperty, add_property
from core.application.stock.add_room_type import add_rate_plan, add_room_type
from core.application.stock.set_inventory import InventoryUpdate, set_inventory
from core.application.webhooks.leases import Pools
from core.domain.channels.channel import ChannelMapping, PlanMapping, RoomMapping
from core.domain.money import Money
from core.domain.stock.ari import AriLine, Prices, PushAnswer, Span
from core.domain.stock.cell import CellChange
from core.domain.stock.rate_cell import RateCell
from core.domain.tenancy import Environment, Scope
from entrypoints.bootstrap import open_hub
from entrypoints.first_run import first_run
from entrypoints.loops import run_loops
from entrypoints.settings import Settings
from ports.manifest import Distribution, Role

CHANNELS, PROPERTIES, EVERY_S, QUIET_S, GOAL_MS = 10, 5, 10.0, 0.1, 500
ROOMS, PLANS, DAYS = 20, 4, 500
TERMS = Distribution(
    weekdays=True,
    decrements_itself=False,
    first_day=0,
    last_day=DAYS - 1,
    pull_every_s=3600.0,
    acknowledge_within_s=1800.0,
    quiet_s=QUIET_S,
)


class Listener:
    """A channel that takes everything at once and remembers when."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, int]] = []

    def messages(self, lines: Sequence[AriLine]) -> Sequence[Sequence[AriLine]]:
        return [lines[n : n + 1000] for n in range(0, len(lines), 1000)]

    async def push(self, property_code: str, message: Sequence[AriLine]) -> PushAnswer:
        self.heard.append((time.perf_counter(), len(message)))
        return PushAnswer()


class Shop:
    """One property on sale at CHANNELS listeners."""

    def __init__(self, hub: Hub, asking: Asking) -> None:
        self.hub, self.asking = hub, asking
        self.property = ""
        self.rooms: list[str] = []
        self.plans: list[str] = []
        self.listeners: list[Listener] = []
        self.channels: list[str] = []
        self.first = date.min

    async def build(self, entity: str, code: str, rooms: int, plans: int, days: int) -> None:
        hub, asking = self.hub, self.asking
        new = NewProperty(entity, code, code, "Asia/Riyadh", "SAR", "SA")
        house = await add_property(hub, asking, new)
        self.property, self.first = house.id, house.today(hub.clock.now())
        for n in range(rooms):
            fields = {"code": f"R{n}", "name": f"Room {n}", "max_adults": 3}
            self.rooms.append((await add_room_type(hub, asking, house.id, fields)).id)
        for n in range(plans):
            fields = {"code": f"P{n}", "name": f"Plan {n}", "currency": "SAR"}
            self.plans.append((await add_rate_plan(hub, asking, house.id, fields)).id)
        nights = [self.first + timedelta(days=n) for n in range(days)]
        keys = [(room, night) for room in self.rooms for night in nights]
        rates = [
            RateCell(room, plan, night, _prices(40000 + 100 * n + m, night))
            for n, room in enumerate(self.rooms)
            for m, plan in enumerate(self.plans)
            for night in nights
        ]
        async with hub.store.begin(asking.scope) as tx:
            blank = await tx.lock_cells(self.property, keys)
            opened = [msgspec.structs.replace(cell, capacity=10) for cell in blank.values()]
            await tx.put_cells(self.property, opened)
            await tx.put_rates(self.property, rates)

    async def sell(self, entity: str, vendors: FakeVendors) -> None:
        codes = {room: f"R{n}" for n, room in enumerate(self.rooms)}
        mapping = ChannelMapping(
            tuple(RoomMapping(room, code) for room, code in codes.items()),
            tuple(
                PlanMapping(room, plan, f"P{m}")
                for room in self.rooms
                for m, plan in enumerate(self.plans)
            ),
        )
        config = {"endpoint": "https://vendor.test", "api_key": "not-a-real-key"}
        for n in range(CHANNELS):
            new = NewConnection("listener", f"{self.property[-4:]} {n}", entity, config)
            connection = await add_connection(self.hub, self.asking, new)
            listener = Listener()
            vendors.clients[connection.id] = listener
            channel = await add_channel(
                self.hub, self.asking, NewChannel(connection.id, self.property, "H")
            )
            await map_channel(self.hub, self.asking, channel.id, mapping)
            await resume_channel(self.hub, self.asking, channel.id)
            self.listeners.append(listener)
            self.channels.append(channel.id)

    async def set(self, room: str, span: Span, capacity: int) -> None:
        update = InventoryUpdate(room, span, CellChange(capacity=capacity))
        await set_inventory(self.hub, self.asking, self.property, [update])

    async def quiet(self) -> None:
        """Until every channel agrees."""
        while True:
            async with self.hub.store.read(self.asking.scope) as view:
                pushes = await view.pushes(self.channels)
            if all(p.cursor and not p.in_flight and not p.behind_since for p in pushes.values()):
                return
            await asyncio.sleep(0.05)


def _prices(minor: int, night: date) -> Prices:
    """Weekends are dearer, as they are."""
    return Prices(((2, Money(minor + 10000 * (night.isoweekday() in (5, 6)), "SAR")),))


async def measure(seconds: float) -> Part:
    """seconds: of the calm part; the saturated one takes a third of it."""
    rows: dict[str, dict[str, Any]] = {}
    facts: dict[str, Any] = {"quiet_ms": QUIET_S * 1000}
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        urls = {
            "PostgreSQL": postgres.database("bench"),
            "SQLite": f"sqlite+aiosqlite:///{Path(folder) / 'serai.db'}",
        }
        for engine, url in urls.items():
            async with _serving(url, Path(folder)) as (hub, asking, entity, vendors):
                shops = await _shops(hub, asking, entity, vendors)
                lags, commits = await _calm(shops, seconds)
                rows[f"{engine}, calm: lag"] = summary(lags)
                rows[f"{engine}, calm: commit"] = summary(commits)
                lags, commits, took = await _saturated(shops, seconds / 3)
                rows[f"{engine}, saturated: lag"] = summary(lags)
                rows[f"{engine}, saturated: commit"] = summary(commits)
                facts[engine] = {"saturated": took, **await _refresh(hub, asking, entity, vendors)}
    facts["goal_met"] = {n: row["p99"] <= GOAL_MS for n, row in rows.items() if "calm: lag" in n}
    return Part(f"{PROPERTIES} properties, {CHANNELS} channels each, milliseconds", rows, facts)


async def _calm(shops: Sequence[Shop], seconds: float) -> tuple[list[float], list[float]]:
    """One change a property every ten seconds, evenly spread."""
    lags: list[float] = []
    commits: list[float] = []
    changes = max(len(shops), int(seconds / EVERY_S * len(shops)))
    for n in range(changes):
        shop = shops[n % len(shops)]
        heard = [len(listener.heard) for listener in shop.listeners]
        began = time.perf_counter()
        await shop.set(shop.rooms[0], Span(shop.first, shop.first), 3 + n % 7)
        committed = time.perf_counter()
        commits.append((committed - began) * 1000)
        await asyncio.sleep(EVERY_S / len(shops))
        for listener, before in zip(shop.listeners, heard, strict=True):
            assert len(listener.heard) == before + 1, "one change is one message"
            lags.append((listener.heard[before][0] - committed) * 1000)
    return lags, commits


async def _saturated(
    shops: Sequence[Shop], seconds: float
) -> tuple[list[float], list[float], dict[str, float]]:
    """Changes as fast as they commit. The lag is of each message's oldest change."""
    heard = [[len(listener.heard) for listener in shop.listeners] for shop in shops]
    commits: list[float] = []
    changed: list[list[float]] = [[] for _ in shops]
    until, n = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        n += 1
        place = n % len(shops)
        began = time.perf_counter()
        night = shops[place].first + timedelta(days=n % 60)
        await shops[place].set(shops[place].rooms[n % 2], Span(night, night), 3 + n % 11)
        changed[place].append(time.perf_counter())
        commits.append((changed[place][-1] - began) * 1000)
    for shop in shops:
        await shop.quiet()
    lags, messages = [], 0
    for place, shop in enumerate(shops):
        for listener, before in zip(shop.listeners, heard[place], strict=True):
            times = [at for at, _ in listener.heard[before:]]
            messages += len(times)
            last = 0.0
            for at in times:
                fresh = [c for c in changed[place] if last < c <= at]
                lags += [(at - fresh[0]) * 1000] if fresh else []
                last = at
    return lags, commits, {"changes": n, "messages": messages, "changes_per_s": round(n / seconds)}


async def _refresh(hub: Hub, asking: Asking, entity: str, vendors: FakeVendors) -> dict[str, float]:
    """500 days × 20 room types × 4 plans to ten channels, everything anew."""
    shop = Shop(hub, asking)
    await shop.build(entity, "BIG", ROOMS, PLANS, DAYS)
    await shop.sell(entity, vendors)
    await shop.quiet()
    for listener in shop.listeners:
        listener.heard.clear()
    began = time.perf_counter()
    for channel in shop.channels:
        await refresh_channel(hub, asking, channel)
    while any(not listener.heard for listener in shop.listeners):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    await shop.quiet()
    done = max(at for listener in shop.listeners for at, _ in listener.heard)
    lines = sum(count for _, count in shop.listeners[0].heard)
    return {
        "refresh_s": round(done - began, 2),
        "refresh_lines_a_channel": lines,
        "refresh_cells_a_channel": DAYS * ROOMS * (1 + 2 * PLANS),
    }


async def _shops(hub: Hub, asking: Asking, entity: str, vendors: FakeVendors) -> list[Shop]:
    shops = []
    for n in range(PROPERTIES):
        shop = Shop(hub, asking)
        await shop.build(entity, f"P{n}", 2, 1, 60)
        await shop.sell(entity, vendors)
        shops.append(shop)
    for shop in shops:
        await shop.quiet()
    return shops


@asynccontextmanager
async def _serving(url: str, folder: Path) -> AsyncIterator[tuple[Hub, Asking, str, FakeVendors]]:
    vendors = FakeVendors(
        a_manifest("listener", Role.ARI_CHANNEL, distribution=TERMS, deadline_s=5.0)
    )
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=url if url.startswith("postgresql") else "",
        encryption_keys=new_key(),
        log_level="warning",
    )
    async with open_hub(settings) as opened:
        hub = dataclasses.replace(opened, vendors=vendors)
        first = await first_run(hub)
        assert first is not None
        (tenant,) = await hub.store.tenants()
        scope = Scope(tenant.id, Environment.TEST)
        stop = asyncio.Event()
        loops = asyncio.create_task(run_loops(hub, stop, Pools()))
        try:
            yield hub, by_itself(scope), first.entity, vendors
        finally:
            stop.set()
            await loops
