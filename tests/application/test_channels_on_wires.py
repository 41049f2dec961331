"""The hub and its channels over real HTTP: whatever breaks on the way, they agree in the end."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from adapters import registry
from adapters._kit.simulator.faults import Fault, Kind
from adapters.channex import simulator as channex
from adapters.expedia import simulator as expedia
from adapters.siteminder import simulator as siteminder
from adapters.system import SystemClock
from core.application.channels.add_channel import NewChannel, add_channel, map_channel
from core.application.channels.steer_channel import push_now, read_channel, resume_channel
from core.application.inbound.receive_message import receive_message
from core.application.stock.add_property import NewProperty, add_property
from core.application.stock.add_room_type import add_rate_plan, add_room_type
from core.application.stock.set_rates import RateUpdate, set_rates
from core.domain.channels.channel import ChannelMapping, PlanMapping, RoomMapping
from core.domain.channels.reservation import ReservationState
from core.domain.money import Money
from core.domain.problem import Conflict, Forbidden
from core.domain.stock.ari import Prices
from core.domain.stock.rate_cell import RateChange
from entrypoints.loops import CHECKS
from ports.channels import ReservationFilter
from ports.store import Page
from tests.application.given_channels import House
from tests.contract.opening import opened
from tests.fakes.clock import HandClock
from tests.fakes.hub import World
from tests.servers.asgi import serving

pytestmark = pytest.mark.anyio
NIGHTS, ROOMS = 12, ("TWN", "FAM")
SEED = 0
SECRET = "a-secret-of-our-own-choice"
LEASE_S = 120.0
AT_CHANNEX, AT_EXPEDIA, AT_SITEMINDER = channex.HOTELS[0], expedia.HOTELS[0], siteminder.OTHER_HOTEL
BROKEN: tuple[Kind, ...] = ("lose_answer", "fail_before", "fail_after", "truncate", "empty")
BROKEN_AT_SITEMINDER = ("lost", "away", "system_error", "truncated", "empty", "drop", "busy")
OPERATIONS = {
    "channex": ("availability", "restrictions", "feed", "ack", "rate_plans"),
    "expedia": ("ar", "br", "bc", "parr"),
    "siteminder": ("avail", "rates", "read", "report"),
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
    """The house of `given_channels`, in riyals, sold at Channex, at Expedia and, one room of it, at
    SiteMinder. Whatever is due is done at once, as the hub's own loops do it."""

    channex: channex.Simulator
    expedia: expedia.Simulator
    siteminder: siteminder.Simulator

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
            await self.set_price(code, 0, 500, nights=nights)

    async def set_price(self, code: str, first: int, double: int, *, nights: int = 1) -> None:
        price = Prices(((1, Money.of(double - 100, "SAR")), (2, Money.of(double, "SAR"))))
        days, change = self.span(first, nights), RateChange(prices=price)
        update = RateUpdate(self.rooms[code].id, self.plans["BAR"].id, days, change)
        await set_rates(self.world.hub, self.world.asking, self.house.id, [update])

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

    async def settle(self, seconds: float = 5.0) -> None:
        world, until = self.world, self.world.clock.monotonic() + seconds
        while True:
            await world.store.notice_changes()
            if await self._due_at_once():
                continue
            left = until - world.clock.monotonic()
            if left <= 0:
                return
            waits = [await world.store.next_due(bell) for bell in CHECKS]
            world.clock.move(max(min([left, *(w for w in waits if w is not None)]), 0.001))

    async def _due_at_once(self) -> int:
        due = [
            check(self.world.hub, scope, id)
            for bell, check in CHECKS.items()
            for scope, id in await self.world.store.claim_due(bell, lease_s=LEASE_S, limit=200)
        ]
        await asyncio.gather(*due)
        return len(due)

    def break_(self, chance: random.Random) -> None:
        name = chance.choice(tuple(OPERATIONS))
        operation, times = chance.choice(OPERATIONS[name]), chance.randint(1, 3)
        if name == "siteminder":
            kind = chance.choice(BROKEN_AT_SITEMINDER)
            self.siteminder.faults.add(kind, operation, times=times)
        else:
            fault = Fault(chance.choice(BROKEN), operation, times, status=503)
            getattr(self, name).faults.plant(fault)

    def mix_up(self, how: str) -> None:
        """What waits is told in another order, and twice. how: at SiteMinder, which does one."""
        self.channex.manner = channex.Manner(disorder=True, repeat=True)
        self.expedia.manner = expedia.Manner(repeat=True)
        self.siteminder.faults.add(how, "read", times=2)

    def heal(self) -> None:
        self.channex.faults.clear()
        self.expedia.faults.clear()
        self.siteminder.faults.clear()
        self.channex.manner = channex.Manner()
        self.expedia.manner = expedia.Manner()

    def seen(self) -> dict[str, dict[tuple[str, date], int]]:
        """What each channel has to sell, by our codes."""
        return {
            name: {
                (ours, self.night(n)): self.shows(name, room, self.night(n))
                for ours, (room, _) in CODES[name].items()
                for n in range(NIGHTS)
            }
            for name in CODES
        }

    def shows(self, name: str, room: str, night: date) -> int:
        if name == "siteminder":
            return self.siteminder.stock.hotels[AT_SITEMINDER].limits.get((room, night), 0)
        free: int = getattr(self, name).free(room, night)
        return free


CONFIGS: dict[str, dict[str, Any]] = {
    "channex": {"api_key": channex.API_KEY, "webhook_secret": SECRET},
    "expedia": dict(expedia.CONFIG),
    "siteminder": {**siteminder.CONFIG, "per_second": 1000},
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
    "siteminder": {"TWN": ("DLX", "BAR")},
}
PROPERTIES = {"channex": AT_CHANNEX.id, "expedia": AT_EXPEDIA.id, "siteminder": AT_SITEMINDER}


@pytest.fixture(params=[True, False], ids=["channex counts", "channex leaves it to us"])
async def house(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Wires]:
    clock = WireClock(world.clock)
    made = Wires(world)
    made.channex = channex.Simulator(now=clock.now, counts_off=request.param)
    made.expedia = expedia.Simulator(now=clock.now)
    made.siteminder = siteminder.Simulator(now=clock.now)
    async with AsyncExitStack() as stack:
        for name, app, prefix in (
            ("channex", made.channex.asgi, channex.PREFIX),
            ("expedia", made.expedia.asgi, expedia.PREFIX),
            ("siteminder", made.siteminder, "/siteminder"),
        ):
            address = await stack.enter_async_context(serving(app))
            config = {**CONFIGS[name], "base_url": f"{address}{prefix}"}
            client = await stack.enter_async_context(opened(name, config, clock))
            world.vendors.clients[name] = client
            manifest = registry.load(name)
            assert manifest.distribution is not None
            if manifest.inbound is not None:
                settings = msgspec.convert(config, manifest.config)
                world.vendors.inbounds[name] = manifest.inbound(settings)
            terms = dataclasses.replace(manifest.distribution, last_day=NIGHTS - 1)
            world.vendors.known[name] = dataclasses.replace(manifest, distribution=terms)
        await made.build()
        for name, codes in CODES.items():
            await made.sell_on(name, PROPERTIES[name], codes)
        yield made


async def test_all_are_told_what_there_is(house: Wires) -> None:
    await house.settle(30)
    stock = await house.stock()
    assert differing(house.seen(), stock) == []
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
        self.standing: dict[str, list[str]] = {name: [] for name in CODES}

    def act(self) -> None:
        name = self._chance.choice(tuple(CODES))
        mine = self.standing[name]
        doing = self._chance.random()
        if not mine or doing < 0.6:
            with contextlib.suppress(LookupError, channex.Rejection):  # nothing was left
                self.book(name)
        elif doing < 0.8:
            self._bookings(name).modify(self._chance.choice(mine), self._wish(name))
        else:
            self.cancel(name, self._chance.choice(mine))

    def book(self, name: str) -> str:
        """The reference. LookupError, Rejection: nothing was left."""
        wish = self._wish(name)
        if name == "siteminder":
            (stay,) = wish.rooms
            if any(self._house.shows(name, stay.room, night) < 1 for night in stay.nights):
                raise LookupError("no room is shown")
            reference = self._house.siteminder.reserve(wish)
        else:
            reference = self._bookings(name).book(PROPERTIES[name], wish)
        self.standing[name].append(reference)
        return reference

    def cancel(self, name: str, reference: str) -> None:
        self._bookings(name).cancel(reference)
        self.standing[name].remove(reference)

    def _bookings(self, name: str) -> Any:
        house = self._house
        return house.siteminder.bookings if name == "siteminder" else getattr(house, name)

    def _wish(self, name: str) -> Any:
        room, plan = CODES[name][self._chance.choice(tuple(CODES[name]))]
        first = self._house.night(self._chance.randrange(NIGHTS - 2))
        last = first + timedelta(days=self._chance.randint(1, 2))
        match name:
            case "channex":
                return channex.Wish((channex.WishedRoom(room, plan, first, last),))
            case "expedia":
                return expedia.Wish(room, plan, first, last)
        prices = ("400.00",) * (last - first).days
        stay = siteminder.Room(room, plan, first, last, by_night=prices)
        return siteminder.Booking(AT_SITEMINDER, (stay,), currency="SAR")


COUNTS = pytest.mark.parametrize("house", [True], indirect=True, ids=["channex counts"])


@COUNTS
@pytest.mark.parametrize("mixed_up", [False, True], ids=["in order", "mixed up"])
async def test_a_guest_who_cancels_before_anybody_asked_leaves_no_night_short(
    house: Wires, mixed_up: bool
) -> None:
    """Each channel takes the room off by itself, and not all of them put it back."""
    await house.settle(30)
    guests = Guests(house, random.Random(SEED))
    booked = {name: guests.book(name) for name in CODES}
    if mixed_up:
        house.mix_up("shuffled")
    for name, reference in booked.items():
        guests.cancel(name, reference)
    await house.settle(400)
    stock = await house.stock()
    assert set(stock.values()) == {3}
    assert differing(house.seen(), stock) == []


@COUNTS
async def test_requests_of_a_hotel_at_siteminder_wait_for_each_other(house: Wires) -> None:
    """Its reservations are asked for and acknowledged while it is told."""
    for operation in OPERATIONS["siteminder"]:
        house.siteminder.faults.add("delay", operation, times=None, value=0.02)
    guests = Guests(house, random.Random(SEED))
    await house.settle(1)
    for _ in range(3):
        guests.book("siteminder")
        await house.open("TWN", 0, NIGHTS, capacity=4)
        await push_now(house.world.hub, house.world.asking, house.ours["siteminder"].id)
        await house.settle(10)
    assert house.siteminder.bookings.waiting(None) == []
    assert not house.siteminder.overlaps


async def hint(house: Wires, secret: str, event: str = "booking_new") -> None:
    raw = msgspec.json.encode({"event": event, "property_id": AT_CHANNEX.id})
    connection = house.ours["channex"].connection
    await receive_message(house.world.hub, connection, {"x-serai-secret": secret}, raw)


@COUNTS
async def test_a_hint_from_the_channel_has_it_asked_at_once(house: Wires) -> None:
    """Else the next time would be in a minute."""
    await house.settle(30)
    asked = house.channex.calls["feed"]
    Guests(house, random.Random(SEED)).book("channex")
    await house.settle(1)
    assert house.channex.calls["feed"] == asked
    await hint(house, SECRET)
    await house.settle(1)
    assert house.channex.ledger.waiting([]) == []
    assert sorted({*(await house.stock()).values()}) == [2, 3]


@COUNTS
async def test_whoever_does_not_know_the_secret_has_nobody_asked(house: Wires) -> None:
    await house.settle(30)
    asked = house.channex.calls["feed"]
    with pytest.raises(Forbidden):
        await hint(house, f"{SECRET}!")
    await hint(house, SECRET, event="ari")
    await house.settle(1)
    assert house.channex.calls["feed"] == asked


@COUNTS
async def test_no_room_is_opened_before_its_price_and_rules_are_told(house: Wires) -> None:
    house.channex.faults.plant(Fault("fail_before", "restrictions", 1000, status=503))
    house.siteminder.faults.add("away", "rates", times=None)
    await house.settle(60)
    rooms = {name: set(cells.values()) for name, cells in house.seen().items()}
    assert (rooms["channex"], rooms["siteminder"]) == ({0}, {0})
    house.heal()
    await house.settle(400)
    assert differing(house.seen(), await house.stock()) == []


@COUNTS
@pytest.mark.parametrize("kind", [None, "lose_answer"], ids=["calm", "answers lost"])
async def test_a_price_that_channex_does_not_take_closes_its_nights_until_it_does(
    house: Wires, kind: Kind | None
) -> None:
    await house.settle(30)
    _, plan = CODES["channex"]["TWN"]
    house.channex.manner = channex.Manner(unpriced=(plan,))

    async def told(price: int) -> list[tuple[str, bool]]:
        """What a guest sees of three nights, after the middle one is set to *price*."""
        if kind is not None:
            house.channex.faults.plant(Fault(kind, "restrictions", 1, status=503))
        await house.set_price("TWN", 1, price)
        await house.settle(60)
        stock = house.channex.stock
        nights = [house.night(n) for n in range(3)]
        return [
            (str(stock.price(plan, day, 2)), stock.restricted(plan, day)["stop_sell"])
            for day in nights
        ]

    open_at_500 = ("500.00", False)
    assert await told(700) == [open_at_500, ("500.00", True), open_at_500]
    status = await read_channel(house.world.hub, house.world.asking, house.ours["channex"].id)
    assert [closed for _, closed in status.refused] == [True]
    assert await told(800) == [open_at_500, ("500.00", True), open_at_500]
    house.channex.manner = channex.Manner()
    assert await told(900) == [open_at_500, ("900.00", False), open_at_500]
    status = await read_channel(house.world.hub, house.world.asking, house.ours["channex"].id)
    assert status.refused == []


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
                house.mix_up(chance.choice(("shuffled", "twice")))
        await house.settle(chance.choice((0.1, 1.0, 5.0, 61.0)))
    house.heal()
    await house.settle(400)
    stock = {key: max(0, free) for key, free in (await house.stock()).items()}
    assert differing(house.seen(), stock) == []
    assert house.channex.ledger.waiting([]) == []
    assert not house.expedia.bookings.waiting("", ("pending", "retrieved"))
    assert house.siteminder.bookings.waiting(None) == []
    assert not house.siteminder.overlaps
    async with world.store.read(world.scope) as view:
        kept = await view.reservations(Page(limit=200), ReservationFilter())
    standing = {r.reference for r in kept if r.state is not ReservationState.CANCELLED}
    assert standing == {one for of in guests.standing.values() for one in of}
