"""A property on sale at channels: rooms, plans, prices, and the other side of each channel."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from core.application.channels.add_channel import NewChannel, add_channel, map_channel
from core.application.channels.steer_channel import resume_channel
from core.application.stock.add_property import NewProperty, add_property
from core.application.stock.add_room_type import add_rate_plan, add_room_type
from core.application.stock.set_inventory import InventoryUpdate, set_inventory
from core.application.stock.set_rates import RateUpdate, set_rates
from core.domain.channels.channel import Channel, ChannelMapping, PlanMapping, RoomMapping
from core.domain.money import Money
from core.domain.stock.ari import Prices, Span
from core.domain.stock.cell import CellChange, InventoryCell
from core.domain.stock.property import Property
from core.domain.stock.rate_cell import RateChange
from core.domain.stock.rate_plan import RatePlan
from core.domain.stock.room_type import RoomType
from entrypoints.loops import CHECKS
from ports.manifest import Distribution, Role
from tests.fakes.hub import World
from tests.fakes.memory_channel import PLANS, PROPERTY
from tests.fakes.selling_channel import SellingChannel
from tests.fakes.vendors import a_manifest

QUIET_S = 1.0
NIGHTS = 60
TERMS = Distribution(
    weekdays=True,
    decrements_itself=False,
    first_day=0,
    last_day=NIGHTS - 1,
    pull_every_s=60.0,
    acknowledge_within_s=1800.0,
    quiet_s=QUIET_S,
)


class House:
    """codes: the channel's room and plan codes → ours, named alike."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.house: Property
        self.rooms: dict[str, RoomType] = {}
        self.plans: dict[str, RatePlan] = {}
        self.channels: dict[str, SellingChannel] = {}
        self.ours: dict[str, Channel] = {}

    @property
    def today(self) -> date:
        return self.house.today(self.world.clock.now())

    async def build(self, *, nights: int = NIGHTS, capacity: int = 5) -> None:
        hub, asking = self.world.hub, self.world.asking
        new = NewProperty(self.world.entity.id, "MKH", "Dar Contoh", "Asia/Riyadh", "IDR", "SA")
        self.house = await add_property(hub, asking, new)
        await self.stocked(nights=nights, capacity=capacity)

    async def stocked(self, *, nights: int = NIGHTS, capacity: int = 5) -> None:
        hub, asking = self.world.hub, self.world.asking
        for code in PLANS:
            fields = {"code": code, "name": code.title(), "max_adults": 4}
            self.rooms[code] = await add_room_type(hub, asking, self.house.id, fields)
        for code in ("BAR", "NRF"):
            fields = {"code": code, "name": code, "currency": "IDR"}
            self.plans[code] = await add_rate_plan(hub, asking, self.house.id, fields)
        for code in PLANS:
            await self.open(code, 0, nights, capacity=capacity)
            for plan in PLANS[code]:
                await self.price(code, plan, 0, nights, 500_000_00)

    async def open(self, room: str, first: int, nights: int, **change: Any) -> None:
        update = InventoryUpdate(
            self.rooms[room].id, self.span(first, nights), CellChange(**change)
        )
        await set_inventory(self.world.hub, self.world.asking, self.house.id, [update])

    async def price(
        self, room: str, plan: str, first: int, nights: int, minor: int, **other: Any
    ) -> None:
        update = self._priced(room, plan, first, nights, minor, **other)
        await set_rates(self.world.hub, self.world.asking, self.house.id, [update])

    async def price_each(self, room: str, plan: str, nights: int, minor: int) -> None:
        """Each night at another price, *minor* the first."""
        updates = [self._priced(room, plan, n, 1, minor + n * 1000_00) for n in range(nights)]
        await set_rates(self.world.hub, self.world.asking, self.house.id, updates)

    def _priced(
        self, room: str, plan: str, first: int, nights: int, minor: int, **other: Any
    ) -> RateUpdate:
        prices = Prices(((1, Money(minor, "IDR")), (2, Money(minor + 100_000_00, "IDR"))))
        change = RateChange(prices=prices, **other)
        days = self.span(first, nights)
        return RateUpdate(self.rooms[room].id, self.plans[plan].id, days, change)

    def span(self, first: int, nights: int) -> Span:
        return Span(self.night(first), self.night(first + nights - 1))

    def night(self, n: int) -> date:
        return self.today + timedelta(days=n)

    async def sell_at(
        self, name: str, *, counts: bool = False, property_code: str = PROPERTY, **terms: Any
    ) -> SellingChannel:
        """A channel of its own connection, mapped and resumed."""
        roles = (Role.ARI_CHANNEL, Role.RESERVATION_SOURCE, Role.SHOWN_RATES)
        distribution = dataclasses.replace(TERMS, decrements_itself=counts, **terms)
        self.world.vendors.known[name] = a_manifest(
            name, *roles, distribution=distribution, deadline_s=5.0
        )
        once = distribution.told_anew
        channel = SellingChannel(self.world.clock, counts=counts, once=once)
        connection = await self.world.connect(name, channel)
        hub, asking = self.world.hub, self.world.asking
        made = await add_channel(
            hub, asking, NewChannel(connection.id, self.house.id, property_code, name)
        )
        await map_channel(hub, asking, made.id, self.mapping())
        await resume_channel(hub, asking, made.id)
        self.channels[name], self.ours[name] = channel, made
        return channel

    def mapping(self) -> ChannelMapping:
        return ChannelMapping(
            tuple(RoomMapping(self.rooms[code].id, code) for code in PLANS),
            tuple(
                PlanMapping(self.rooms[code].id, self.plans[plan].id, plan)
                for code, plans in PLANS.items()
                for plan in plans
            ),
        )

    async def settle(self, seconds: float = 5.0) -> None:
        """Let *seconds* pass, and everything that falls due meanwhile be done."""
        world, until = self.world, self.world.clock.monotonic() + seconds
        while True:
            await world.store.notice_changes()
            if await world.check_due():
                continue
            left = until - world.clock.monotonic()
            if left <= 0:
                return
            waits = [await world.store.next_due(bell) for bell in CHECKS]
            world.clock.move(max(min([left, *(w for w in waits if w is not None)]), 0.001))

    async def cells(self) -> Sequence[InventoryCell]:
        async with self.world.store.read(self.world.scope) as view:
            first, last = self.night(0), self.night(NIGHTS - 1)
            return await view.cells(self.house.id, first, last)

    async def stock(self) -> dict[tuple[str, date], int]:
        """What is free, by the channels' codes."""
        codes = {room.id: code for code, room in self.rooms.items()}
        return {(codes[c.room_type], c.night): c.free for c in await self.cells()}
