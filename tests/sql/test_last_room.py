"""The last room, wanted by everybody at once: what fits is sold, to the room, and no more."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from adapters import registry
from adapters._kit.wiring import Wiring
from adapters.house.client import HouseSupplier
from adapters.limiter.memory import MemoryLimiter
from adapters.own_stock import OwnStock
from adapters.sql import SqlStore
from adapters.system import SystemMint
from core.domain.bookings.booking import SupplierBooking
from core.domain.bookings.hotel import HotelCodes, HotelOffer, HotelSearch
from core.domain.bookings.terms import SoldOut
from core.domain.event import EventDraft
from core.domain.events.stock_events import overbooking_event
from core.domain.person import Guest, PersonKind
from core.domain.stay import Occupancy, Stay
from core.domain.stock import moves
from core.domain.stock.holding import Hold
from core.domain.stock.moves import Moved, Rooms, Short, Shortage
from ports.hotel_supplier import BookingOrder
from tests.patience import PATIENCE_S
from tests.sql.given import World, an_id
from tests.sql.hand import HandClock, open_nights

pytestmark = pytest.mark.anyio
ROOMS, SPAN, ATTEMPTS = 5, 12, 200
FIRST = datetime.now(UTC).date() + timedelta(days=30)
Take = Callable[[Stay], Awaitable[bool]]


@pytest.fixture
async def house(store: SqlStore, world: World, clock: HandClock) -> HouseSupplier:
    await open_nights(store, world, FIRST, SPAN, capacity=ROOMS)
    plan = msgspec.structs.replace(world.plan, length_discounts=())
    rate = msgspec.structs.replace(
        world.rate, restrictions=type(world.rate.restrictions)(), min_advance=None
    )
    nights = (FIRST + timedelta(days=n) for n in range(SPAN))
    async with store.begin(world.scope) as tx:
        await tx.put_rate_plan(plan)
        rates = [msgspec.structs.replace(rate, night=night) for night in nights]
        await tx.put_rates(world.house.id, rates)
    manifest = registry.load("house")
    wiring = Wiring(
        connection=world.connection.id,
        budget="acc_1",
        environment=world.scope.environment,
        transport=None,  # type: ignore[arg-type]  # it has no wire
        limiter=MemoryLimiter(clock),
        clock=clock,
        stock=OwnStock(store, SystemMint(), world.scope),
    )
    async with manifest.open(manifest.config(), wiring) as supplier:
        assert isinstance(supplier, HouseSupplier)
        return supplier


class Takers:
    """The three ways to a room, over one store."""

    def __init__(self, store: SqlStore, world: World, house: HouseSupplier) -> None:
        self.store, self.world, self.house = store, world, house
        self.offers: dict[Stay, HotelOffer] = {}

    async def look(self, stays: Sequence[Stay]) -> None:
        """While all is free, so that every booking has an offer."""
        codes = HotelCodes({self.world.connection.id: (self.world.house.code,)})
        for stay in set(stays):
            wanted = HotelSearch(codes, stay, (Occupancy(2),), "ID")
            (self.offers[stay],) = await self.house.search(wanted, deadline_s=20)

    async def book(self, stay: Stay) -> bool:
        person = self.world.person
        guests = tuple(Guest(person.id, 0, PersonKind.ADULT) for _ in range(2))
        order = BookingOrder(self.offers[stay], person, guests, {person.id: person})
        answer = await self.house.book(order, key=an_id("bkg")[-20:].upper())
        assert isinstance(answer, SupplierBooking | SoldOut), answer
        return isinstance(answer, SupplierBooking)

    async def hold(self, stay: Stay) -> bool:
        line = Rooms(self.world.room_type.id, stay)
        now = datetime.now(UTC)
        hold = Hold(an_id("hld"), self.world.house.id, (line,), now, now + timedelta(days=1), "key")
        try:
            async with self.store.begin(self.world.scope) as tx:
                await tx.put_hold(hold)
                _need(await tx.move_stock(hold.property, moves.hold([line])))
        except _SoldOut:
            return False
        return True

    async def reserve(self, stay: Stay) -> bool:
        """As a channel does that asks before it confirms."""
        line = Rooms(self.world.room_type.id, stay)
        async with self.store.begin(self.world.scope) as tx:
            done = await tx.move_stock(self.world.house.id, moves.sell([line]))
        return isinstance(done, Moved)

    async def force(self, stay: Stay) -> bool:
        """As a channel does that had confirmed already."""
        line, reservation = Rooms(self.world.room_type.id, stay), an_id("rsv")

        def tell(nights: Sequence[Shortage]) -> EventDraft:
            connection = self.world.connection.id
            return overbooking_event(self.world.house, connection, reservation, nights)

        async with self.store.begin(self.world.scope) as tx:
            await tx.force_stock(
                self.world.house.id, moves.sell([line]), now=datetime.now(UTC), tell=tell
            )
        return True


class _SoldOut(Exception):
    pass


def _need(done: Moved | Short) -> None:
    if isinstance(done, Short):
        raise _SoldOut


def _stays() -> list[Stay]:
    wheel = random.Random(7)
    stays = []
    for _ in range(ATTEMPTS):
        first, length = wheel.randrange(SPAN - 1), wheel.randint(1, 4)
        begins = FIRST + timedelta(days=first)
        stays.append(Stay(begins, min(begins + timedelta(days=length), FIRST + timedelta(SPAN))))
    return stays


async def _race(takes: Sequence[Take], stays: Sequence[Stay]) -> list[bool]:
    async with asyncio.timeout(4 * PATIENCE_S):
        return await asyncio.gather(*(takes[n % len(takes)](stay) for n, stay in enumerate(stays)))


def _by_night(stays: Sequence[Stay], won: Sequence[bool]) -> Counter[date]:
    return Counter(
        night for stay, got in zip(stays, won, strict=True) if got for night in moves.nights(stay)
    )


async def _cells(store: SqlStore, world: World) -> list[Any]:
    async with store.read(world.scope) as view:
        return list(await view.cells(world.house.id, FIRST, FIRST + timedelta(days=SPAN - 1)))


async def test_200_at_once_sell_exactly_what_fits(
    store: SqlStore, world: World, house: HouseSupplier
) -> None:
    takers, stays = Takers(store, world, house), _stays()
    await takers.look(stays)
    won = await _race([takers.book, takers.hold, takers.reserve], stays)
    taken, cells = _by_night(stays, won), await _cells(store, world)
    assert [c.taken for c in cells] == [taken[c.night] for c in cells]
    assert all(c.taken <= ROOMS and c.forced == 0 for c in cells)
    free = {c.night: ROOMS - c.taken for c in cells}
    for stay, got in zip(stays, won, strict=True):
        # nothing is given back here: whoever was refused would not fit now either
        assert got or any(free[night] == 0 for night in moves.nights(stay))
    assert {n % 3 for n, got in enumerate(won) if got} == {0, 1, 2}


async def test_what_channels_had_sold_is_kept_and_told(
    store: SqlStore, world: World, house: HouseSupplier
) -> None:
    takers, stays = Takers(store, world, house), _stays()[:90]
    await takers.look(stays)
    won = await _race([takers.book, takers.hold, takers.force], stays)
    taken, cells = _by_night(stays, won), await _cells(store, world)
    assert all(won[2::3])
    assert [c.taken for c in cells] == [taken[c.night] for c in cells]
    assert [c.forced for c in cells] == [max(0, c.taken - ROOMS) for c in cells]
    assert any(c.forced for c in cells)
    async with store.read(world.scope) as view:
        events = await view.events(0, 1000, partner=None)
    told: Counter[str] = Counter()
    for event in events:
        assert event.type == "overbooking.detected"
        for night in event.payload["nights"]:
            told[night["night"]] += night["rooms"]
    assert told == {str(c.night): c.forced for c in cells if c.forced}
