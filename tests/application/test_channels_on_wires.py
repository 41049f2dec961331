"""The hub and two channels over real HTTP: whatever breaks on the way, they agree in the end."""

from __future__ import annotations

import contextlib
import dataclasses
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from adapters import registry
from adapters._kit.simulator.faults import Fault, Kind
from adapters.channex import simulator as channex
from adapters.expedia import simulator as expedia
from adapters.system import SystemClock
from core.application.add_channel import NewChannel, add_channel, map_channel
from core.application.add_property import NewProperty, add_property
from core.application.add_room_type import add_rate_plan, add_room_type
from core.application.set_rates import RateUpdate, set_rates
from core.application.steer_channel import resume_channel
from core.domain.ari import Prices
from core.domain.channel import ChannelMapping, PlanMapping, RoomMapping
from core.domain.money import Money
from core.domain.problem import Conflict
from core.domain.reservation import ReservationState
from core.domain.stock.rate_cell import RateChange
from ports.channels import ReservationFilter
from ports.store import Page
from tests.application.given_channels import House
from tests.contract.channel_rig import opened
from tests.fakes.clock import HandClock
from tests.fakes.hub import World
from tests.servers.asgi import serving

pytestmark = pytest.mark.anyio
NIGHTS, ROOMS = 12, ("TWN", "FAM")
SEED = 0
AT_CHANNEX, AT_EXPEDIA = channex.HOTELS[0], expedia.HOTELS[0]
BROKEN: tuple[Kind, ...] = ("lose_answer", "fail_before", "fail_after", "truncate", "empty")
OPERATIONS = {
    "channex": ("availability", "restrictions", "feed", "ack", "rate_plans"),
    "expedia": ("ar", "br", "bc", "parr"),
}


class WireClock(SystemClock):
    """The world's time; whoever waits on the wire moves it."""

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        self._clock.move(seconds)


class Wires(House):
    """The house of `given_channels`, in riyals, sold at Channex and at Expedia."""

    channex: channex.Simulator
    expedia: expedia.Simulator

    async def build(self, *, nights: int = NIGHTS, capacity: int = 3) -> None:
        hub, asking = self.world.hub, self.world.asking
        new = NewProperty(self.world.entity.id, "MKH", "Dar Contoh", "Asia/Riyadh", "SAR", "SA")
        self.house = await add_property(hub, asking, new)
        fields = {"code": "BAR", "name": "BAR", "currency": "SAR"}
        self.plans["BAR"] = await add_rate_plan(hub, asking, self.house.id, fields)
        for code in ROOMS:
            room = {"code": code, "name": code, "max_adults": 2}
            self.rooms[code] = await add_room_type(hub, asking, self.house.id, room)
            await self.open(code, 0, nights, capacity=capacity)
            price = Prices(((1, Money.of(400, "SAR")), (2, Money.of(500, "SAR"))))
            update = RateUpdate(
                self.rooms[code].id,
                self.plans["BAR"].id,
                self.span(0, nights),
                RateChange(prices=price),
            )
            await set_rates(hub, asking, self.house.id, [update])

    async def sell_on(self, name: str, code: str, codes: dict[str, tuple[str, str]]) -> None:
        """codes: our room → room and plan at the channel."""
        hub, asking = self.world.hub, self.world.asking
        connection = await self.world.connect(
            name, self.world.vendors.clients[name], config=CONFIGS[name]
        )
        made = await add_channel(hub, asking, NewChannel(connection.id, self.house.id, code, name))
        mapping = ChannelMapping(
            tuple(RoomMapping(self.rooms[ours].id, room) for ours, (room, _) in codes.items()),
            tuple(
                PlanMapping(self.rooms[ours].id, self.plans["BAR"].id, plan)
                for ours, (_, plan) in codes.items()
            ),
        )
        await map_channel(hub, asking, made.id, mapping)
        await resume_channel(hub, asking, made.id)
        self.ours[name] = made

    def break_(self, chance: random.Random) -> None:
        name = chance.choice(tuple(OPERATIONS))
        kind = chance.choice(BROKEN)
        fault = Fault(kind, chance.choice(OPERATIONS[name]), chance.randint(1, 3), status=503)
        getattr(self, name).faults.plant(fault)

    def heal(self) -> None:
        self.channex.faults.clear()
        self.expedia.faults.clear()
        self.channex.manner = channex.Manner()
        self.expedia.manner = expedia.Manner()

    def seen(self) -> dict[str, dict[tuple[str, date], int]]:
        """What each channel has to sell, by our codes."""
        return {
            name: {
                (ours, self.night(n)): simulator.free(room, self.night(n))
                for ours, (room, _) in CODES[name].items()
                for n in range(NIGHTS)
            }
            for name, simulator in (("channex", self.channex), ("expedia", self.expedia))
        }


CONFIGS: dict[str, dict[str, Any]] = {
    "channex": {"api_key": channex.API_KEY},
    "expedia": dict(expedia.CONFIG),
}
CODES = {
    "channex": {
        ours: (room.id, room.plans[0].id)
        for ours, room in zip(ROOMS, AT_CHANNEX.rooms[:2], strict=True)
    },
    "expedia": {
        ours: (room.id, room.plans[0].id)
        for ours, room in zip(ROOMS, AT_EXPEDIA.rooms, strict=True)
    },
}


@pytest.fixture(params=[True, False], ids=["channex counts", "channex leaves it to us"])
async def house(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Wires]:
    clock = WireClock(world.clock)
    made = Wires(world)
    made.channex = channex.Simulator(now=clock.now, counts_off=request.param)
    made.expedia = expedia.Simulator(now=clock.now)
    async with AsyncExitStack() as stack:
        for name, simulator, prefix in (
            ("channex", made.channex, channex.PREFIX),
            ("expedia", made.expedia, expedia.PREFIX),
        ):
            address = await stack.enter_async_context(serving(simulator.asgi))
            config = {**CONFIGS[name], "base_url": f"{address}{prefix}"}
            client = await stack.enter_async_context(opened(name, config, clock))
            world.vendors.clients[name] = client
            manifest = registry.load(name)
            assert manifest.distribution is not None
            terms = dataclasses.replace(manifest.distribution, last_day=NIGHTS - 1)
            world.vendors.known[name] = dataclasses.replace(manifest, distribution=terms)
        await made.build()
        await made.sell_on("channex", AT_CHANNEX.id, CODES["channex"])
        await made.sell_on("expedia", AT_EXPEDIA.id, CODES["expedia"])
        yield made


async def test_both_are_told_what_there_is(house: Wires) -> None:
    await house.settle(30)
    stock = await house.stock()
    assert house.seen() == {"channex": stock, "expedia": stock}
    assert set(stock.values()) == {3}


def differing(
    seen: Mapping[str, Mapping[tuple[str, date], int]], stock: Mapping[tuple[str, date], int]
) -> list[str]:
    return [
        f"{name} {room} {night}: {free}, not {stock[room, night]}"
        for name, cells in seen.items()
        for (room, night), free in cells.items()
        if free != stock[room, night]
    ]


class Guests:
    """Who books at the channels, as chance has it."""

    def __init__(self, house: Wires, chance: random.Random) -> None:
        self._house, self._chance = house, chance
        self.standing: dict[str, list[str]] = {"channex": [], "expedia": []}

    def act(self) -> None:
        name = self._chance.choice(("channex", "expedia"))
        mine = self.standing[name]
        simulator: Any = getattr(self._house, name)
        doing = self._chance.random()
        if not mine or doing < 0.6:
            hotel = AT_CHANNEX.id if name == "channex" else AT_EXPEDIA.id
            with contextlib.suppress(LookupError, channex.Rejection):  # nothing was left
                mine.append(simulator.book(hotel, self._wish(name)))
        elif doing < 0.8:
            simulator.modify(self._chance.choice(mine), self._wish(name))
        else:
            simulator.cancel(mine.pop(self._chance.randrange(len(mine))))

    def _wish(self, name: str) -> Any:
        room, plan = CODES[name][self._chance.choice(ROOMS)]
        first = self._house.night(self._chance.randrange(NIGHTS - 2))
        stay = (room, plan, first, first + timedelta(days=self._chance.randint(1, 2)))
        return (
            channex.Wish((channex.WishedRoom(*stay),)) if name == "channex" else expedia.Wish(*stay)
        )


async def test_when_the_faults_stop_all_agree_and_everything_is_acknowledged(
    house: Wires, world: World
) -> None:
    chance = random.Random(SEED)
    guests = Guests(house, chance)
    await house.settle(30)
    for _ in range(18):
        match chance.randrange(4):
            case 0:
                room, first = chance.choice(ROOMS), chance.randrange(NIGHTS)
                nights = chance.randint(1, NIGHTS - first)
                with contextlib.suppress(Conflict):  # fewer than are sold
                    await house.open(room, first, nights, capacity=chance.randint(0, 6))
            case 1 | 2:
                guests.act()
            case 3:
                house.break_(chance)
                house.channex.manner = channex.Manner(disorder=True, repeat=True)
                house.expedia.manner = expedia.Manner(repeat=True)
        await house.settle(chance.choice((0.1, 1.0, 5.0, 61.0)))
    house.heal()
    await house.settle(400)
    stock = {key: max(0, free) for key, free in (await house.stock()).items()}
    assert differing(house.seen(), stock) == []
    assert house.channex.ledger.waiting([]) == []
    assert not house.expedia.bookings.waiting("", ("pending", "retrieved"))
    async with world.store.read(world.scope) as view:
        kept = await view.reservations(Page(limit=200), ReservationFilter())
    standing = {r.reference for r in kept if r.state is not ReservationState.CANCELLED}
    assert standing == {*guests.standing["channex"], *guests.standing["expedia"]}
