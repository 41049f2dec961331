"""Channels in the database: who has something to hear is asked of the cells, on both engines."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from adapters.sql import SqlStore
from core.domain.channels.channel import Channel
from core.domain.channels.lane import Lane, LaneKey, LaneKind
from core.domain.channels.push import Failure, Push
from core.domain.channels.reservation import ForcedNight
from core.domain.vendor_id import kept_id
from ports.channels import ReservationFilter
from ports.jobs import Bell
from ports.store import Page, Violated
from tests.sql.given import NOW, STAY, World, an_id
from tests.sql.hand import open_nights

pytestmark = pytest.mark.anyio
FIRST = STAY.check_in
LATER = NOW + timedelta(days=3650)


async def put(store: SqlStore, world: World, push: Push) -> None:
    async with store.begin(world.scope) as tx:
        await tx.put_push(push)


async def looked(store: SqlStore, world: World, **other: object) -> Push:
    """A push that has looked at everything there is."""
    async with store.read(world.scope) as view:
        cursor = (await view.stock_changes(world.house.id, 0)).cursor
    values = {"cursor": cursor, "check_at": LATER, **other}
    push = msgspec.structs.replace(world.push, **values)
    await put(store, world, push)
    return push


async def due_in(store: SqlStore) -> float | None:
    return await store.next_due(Bell.CHANNELS)


async def test_a_change_makes_its_channels_due_after_their_quiet_time(
    store: SqlStore, world: World
) -> None:
    await open_nights(store, world, FIRST, 2, capacity=3)
    await looked(store, world)
    assert await store.notice_changes() == 0
    await open_nights(store, world, FIRST, 1, capacity=2)
    assert await store.notice_changes() == 1
    assert await store.notice_changes() == 0  # it is due already
    wait = await due_in(store)
    assert wait is not None
    assert wait <= world.push.quiet_s


@pytest.mark.parametrize(
    "other", [{"active": False}, {"failure": Failure("unavailable", "gone", NOW, 1)}]
)
async def test_what_is_paused_or_waits_after_a_failure_is_left_alone(
    store: SqlStore, world: World, other: dict[str, object]
) -> None:
    await looked(store, world, **other)
    await open_nights(store, world, FIRST, 1, capacity=2)
    assert await store.notice_changes() == 0


async def test_the_others_hurry_when_a_channel_has_sold(store: SqlStore, world: World) -> None:
    await looked(store, world)
    await store.hurry_pushes(world.house.id, but=world.channel.id)
    wait = await due_in(store)
    assert wait is not None
    assert wait > 1000
    await store.hurry_pushes(world.house.id, but="chn_another")
    assert await due_in(store) == 0


async def test_a_turn_holds_its_channel_until_it_says_that_it_ended(
    store: SqlStore, world: World
) -> None:
    push = msgspec.structs.replace(world.push, check_at=NOW - timedelta(days=1))
    await put(store, world, push)
    assert await store.claim_due(Bell.CHANNELS, lease_s=60, limit=9) == [(world.scope, push.id)]
    await put(store, world, push)  # somebody pauses, refreshes …
    assert await store.claim_due(Bell.CHANNELS, lease_s=60, limit=9) == []
    async with store.begin(world.scope) as tx:
        await tx.put_push(push, lease_s=0)
    assert await store.claim_due(Bell.CHANNELS, lease_s=60, limit=9) == [(world.scope, push.id)]


async def test_lanes_come_back_as_they_were_and_go_when_they_are_empty(
    store: SqlStore, world: World
) -> None:
    nights = {FIRST + timedelta(days=n): n % 3 for n in range(500)}
    whole = Lane(LaneKey(LaneKind.AVAILABILITY, "DLX"), nights, dict.fromkeys(nights, 7))
    async with store.begin(world.scope) as tx:
        await tx.put_lanes(world.channel.id, [whole])
    async with store.read(world.scope) as view:
        assert await view.lanes(world.channel.id) == {whole.key: whole, world.lane.key: world.lane}
        assert await view.lanes(world.channel.id, [whole.key]) == {whole.key: whole}
    async with store.begin(world.scope) as tx:
        await tx.put_lanes(world.channel.id, [Lane(whole.key)])
        assert await tx.lanes(world.channel.id) == {world.lane.key: world.lane}
        await tx.drop_lanes(world.channel.id)
        assert await tx.lanes(world.channel.id) == {}


async def test_a_property_is_sold_once_at_a_connection(store: SqlStore, world: World) -> None:
    twice: Channel = msgspec.structs.replace(world.channel, id=an_id("chn"))
    with pytest.raises(Violated):
        async with store.begin(world.scope) as tx:
            await tx.put_channel(twice)


async def test_reservations_are_found_by_what_a_person_looks_for(
    store: SqlStore, world: World
) -> None:
    forced = msgspec.structs.replace(
        world.a_reservation("BDC-2"),
        forced=(ForcedNight(world.room_type.id, date(2026, 4, 1), 1, NOW),),
    )
    lost = world.a_reservation("BDC-3")
    lost = msgspec.structs.replace(
        lost, rooms=(msgspec.structs.replace(lost.rooms[0], room_type=None, rate_plan=None),)
    )
    async with store.begin(world.scope) as tx:
        await tx.put_reservation(forced)
        await tx.put_reservation(lost)
    async with store.read(world.scope) as view:
        for where, found in (
            (ReservationFilter(overbooked=True), [forced]),
            (ReservationFilter(unmapped=True), [lost]),
            (ReservationFilter(reference="BDC-1"), [world.reservation]),
        ):
            assert await view.reservations(Page(), where) == found
    waiting = await store.channels_waiting()
    assert waiting.unmapped == 1
    assert waiting.states == {"active": 1, "failing": 0, "paused": 0}
    assert waiting.left_s is not None
    assert waiting.left_s < 0  # it was owed long ago


@pytest.mark.parametrize(
    "id", ["a\0b", "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(4000)), "\U0001f3e8" * 255]
)
async def test_whatever_a_channel_calls_a_message_it_is_kept_once(
    store: SqlStore, world: World, id: str
) -> None:
    message = world.a_message()
    named = msgspec.structs.replace(message, vendor_id=f"reservation {kept_id(id, message.raw)}")
    async with store.begin(world.scope) as tx:
        assert await tx.receive(named)
        assert not await tx.receive(msgspec.structs.replace(named, id=an_id("inb")))
        kept = await tx.inbox_message(named.id)
    assert kept == named
