"""Stock in the database: taken whole or not at all, never beyond its limit, and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from adapters.sql import SqlStore
from adapters.sql.stock_tables import inventory
from core.domain.event import EventDraft
from core.domain.stay import Stay
from core.domain.stock.cell import InventoryCell
from core.domain.stock.holding import HoldState
from core.domain.stock.moves import Moved, Rooms, Short, Shortage, cancel, hold, sell, settle
from ports.jobs import Bell
from ports.stock import AllotmentFilter, HoldFilter, StockChanges
from ports.store import Page, Violated
from tests.sql.given import NOW, STAY, World
from tests.sql.hand import open_nights

pytestmark = pytest.mark.anyio
FIRST, LAST = STAY.check_in, STAY.check_out - timedelta(days=1)


async def cells(store: SqlStore, world: World) -> list[InventoryCell]:
    async with store.read(world.scope) as view:
        return list(await view.cells(world.house.id, FIRST, LAST))


async def taken(store: SqlStore, world: World) -> list[tuple[int, int]]:
    return [(cell.sold, cell.held) for cell in await cells(store, world)]


def rooms(world: World, count: int = 1, stay: Stay = STAY) -> list[Rooms]:
    return [Rooms(world.room_type.id, stay, count)]


def overbooked(world: World, nights: Sequence[Shortage]) -> EventDraft:
    draft = world.a_draft(world.house.id, "overbooking.detected")
    return msgspec.structs.replace(draft, payload={"nights": [str(n.night) for n in nights]})


async def test_what_is_put_reads_as_it_was(store: SqlStore, world: World) -> None:
    async with store.begin(world.scope) as tx:
        await tx.put_rates(world.house.id, [world.rate])
    async with store.read(world.scope) as view:
        assert await view.property(world.house.id) == world.house
        assert await view.property_by_code("AJYAD") == world.house
        assert await view.active_properties() == [world.house]
        assert await view.room_types(world.house.id) == [world.room_type]
        assert await view.rate_plans(world.house.id) == [world.plan]
        assert await view.rates(world.house.id, FIRST, FIRST) == [world.rate]
        assert await view.rates(world.house.id, LAST, LAST) == []
        assert await view.hold(world.hold.id) == world.hold
        assert await view.holds(Page(), HoldFilter(state=HoldState.HELD)) == [world.hold]
        assert await view.allotments(Page(), AllotmentFilter(world.house.id)) == [world.allotment]
        assert await view.sale(world.connection.id, world.sale.reference) == world.sale


async def test_stock_is_held_sold_and_given_back(store: SqlStore, world: World) -> None:
    await open_nights(store, world, FIRST, 5, capacity=2, oversell=1)
    for moves, left in ((hold, (0, 2)), (settle, (2, 0)), (cancel, (0, 0))):
        async with store.begin(world.scope) as tx:
            assert isinstance(await tx.move_stock(world.house.id, moves(rooms(world, 2))), Moved)
        assert await taken(store, world) == [left] * 5


async def test_all_nights_or_none(store: SqlStore, world: World) -> None:
    await open_nights(store, world, FIRST, 5, capacity=1)
    await open_nights(store, world, FIRST + timedelta(days=2), 1, stop_sell=True)
    async with store.begin(world.scope) as tx:
        short = await tx.move_stock(world.house.id, sell(rooms(world)))
    assert short == Short((Shortage(world.room_type.id, FIRST + timedelta(days=2), 1),))
    assert await taken(store, world) == [(0, 0)] * 5
    async with store.begin(world.scope) as tx:
        never_set = rooms(world, 1, Stay(date(2027, 1, 1), date(2027, 1, 3)))
        unset = await tx.move_stock(world.house.id, sell(never_set))
    assert isinstance(unset, Short)
    assert len(unset.nights) == 2


async def test_what_a_channel_sold_is_taken_with_the_event_that_tells_it(
    store: SqlStore, world: World
) -> None:
    await open_nights(store, world, FIRST, 4, capacity=1)
    for _ in range(2):
        async with store.begin(world.scope) as tx:
            done = await tx.force_stock(
                world.house.id,
                sell(rooms(world)),
                now=NOW,
                tell=lambda nights: overbooked(world, nights),
            )
    assert [s.night for s in done.forced] == [FIRST + timedelta(days=n) for n in range(5)]
    assert [c.forced for c in await cells(store, world)] == [1, 1, 1, 1, 2]
    async with store.read(world.scope) as view:
        told = await view.events(0, 10, partner=None)
    assert [len(e.payload["nights"]) for e in told] == [1, 5]  # the last was never set
    async with store.begin(world.scope) as tx:
        await tx.move_stock(world.house.id, cancel(rooms(world)))
    assert [c.forced for c in await cells(store, world)] == [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    "values",
    [{"sold": 3}, {"forced": 1, "sold": 3}, {"held": -1}, {"capacity": -1}],
)
async def test_the_database_itself_refuses_to_be_wrong(
    store: SqlStore, world: World, values: dict[str, int]
) -> None:
    await open_nights(store, world, FIRST, 1, capacity=2)
    with pytest.raises((Violated, DBAPIError)):
        async with store._database.write() as conn:
            await conn.execute(sa.update(inventory).values(values))


async def test_less_than_is_taken_cannot_be_set(store: SqlStore, world: World) -> None:
    await open_nights(store, world, FIRST, 5, capacity=2)
    async with store.begin(world.scope) as tx:
        await tx.move_stock(world.house.id, sell(rooms(world, 2)))
    with pytest.raises((Violated, ValueError)):
        await open_nights(store, world, FIRST, 5, capacity=1)
    assert [c.capacity for c in await cells(store, world)] == [2] * 5


async def changes(store: SqlStore, world: World, after: int) -> StockChanges:
    async with store.read(world.scope) as view:
        return await view.stock_changes(world.house.id, after)


async def test_changes_are_read_from_where_one_left_off(store: SqlStore, world: World) -> None:
    await open_nights(store, world, FIRST, 5, capacity=2)
    every = await changes(store, world, 0)
    assert len(every.cells) == 5
    quiet = await changes(store, world, every.cursor)
    assert quiet.cells == []
    one = rooms(world, 1, Stay(FIRST, FIRST + timedelta(days=1)))
    async with store.begin(world.scope) as tx:
        await tx.move_stock(world.house.id, sell(one))
        await tx.put_rates(world.house.id, [world.rate])
    after = await changes(store, world, quiet.cursor)
    assert [(c.night, c.sold) for c in after.cells] == [(FIRST, 1)]
    assert after.rates == [world.rate]
    assert len((await changes(store, world, 2**60)).cells) == 5  # of another database's life


async def test_a_change_that_commits_late_is_not_missed(pg_store: SqlStore) -> None:
    store, world = pg_store, World()
    from tests.sql.hand import fill

    await fill(store, world)
    await open_nights(store, world, FIRST, 5, capacity=9)
    cursor = (await changes(store, world, 0)).cursor
    early = rooms(world, 1, Stay(FIRST, FIRST + timedelta(days=1)))
    late = rooms(world, 1, Stay(LAST, LAST + timedelta(days=1)))
    async with store.begin(world.scope) as slow:
        await slow.move_stock(world.house.id, sell(early))
        async with store.begin(world.scope) as quick:
            await quick.move_stock(world.house.id, sell(late))
        at_once = await changes(store, world, cursor)
        assert [c.night for c in at_once.cells] == [LAST]
    then = await changes(store, world, at_once.cursor)
    assert FIRST in [c.night for c in then.cells]


async def test_takers_in_opposite_order_do_not_deadlock(store: SqlStore, world: World) -> None:
    other = msgspec.structs.replace(world.room_type, id=world.room_type.id[:-1] + "z", code="DBL")
    async with store.begin(world.scope) as tx:
        await tx.put_room_type(other)
        keys = [
            (r, FIRST + timedelta(days=n)) for r in (other.id, world.room_type.id) for n in range(5)
        ]
        blank = await tx.lock_cells(world.house.id, keys)
        await tx.put_cells(
            world.house.id, [msgspec.structs.replace(c, capacity=99) for c in blank.values()]
        )
    both = [Rooms(other.id, STAY), Rooms(world.room_type.id, STAY)]

    async def take(lines: list[Rooms]) -> object:
        async with store.begin(world.scope) as tx:
            return await tx.move_stock(world.house.id, sell(lines))

    done = await asyncio.gather(*(take(both if n % 2 else both[::-1]) for n in range(30)))
    assert all(isinstance(one, Moved) for one in done)


async def test_holds_fall_due_when_their_time_is_over(store: SqlStore, world: World) -> None:
    assert await store.next_due(Bell.HOLDS) == 0  # NOW lies in the past
    claimed = await store.claim_due(Bell.HOLDS, lease_s=60, limit=10)
    assert claimed == [(world.scope, world.hold.id)]
    assert await store.claim_due(Bell.ALLOTMENTS, lease_s=60, limit=10) == [
        (world.scope, world.allotment.id)
    ]
