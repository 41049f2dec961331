"""Reservations at a property that is sold no more, is another one by now, or was none of ours."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from core.application.channels.add_channel import (
    NewChannel,
    add_channel,
    map_channel,
)
from core.application.channels.pull_reservations import pull_at_once
from core.application.connections.add_connection import ConnectionChange, change_connection
from core.application.stock.add_property import (
    NewProperty,
    PropertyChange,
    add_property,
    change_property,
)
from core.domain.channels.reservation import Reservation
from core.domain.connections.connection import ConnectionState
from ports.channels import ReservationFilter
from ports.reservation_source import PulledReservation
from ports.store import Page
from tests.application.given_channels import House
from tests.fakes.hub import World
from tests.fakes.memory_channel import PROPERTY
from tests.fakes.selling_channel import SellingChannel

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build()
    return made


async def reservations(world: World) -> list[Reservation]:
    async with world.store.read(world.scope) as view:
        return list(await view.reservations(Page(limit=200), ReservationFilter()))


async def test_a_reservation_at_a_property_that_is_no_longer_sold_is_kept_all_the_same(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    reference = channel.book("DLX", house.night(3))
    assert reference
    await change_property(world.hub, world.asking, house.house.id, PropertyChange(active=False))
    await house.settle(90)
    assert [r.reference for r in await reservations(world)] == [reference]
    assert channel.waiting == []
    assert [c.sold for c in await house.cells() if c.sold] == [1]
    channel.cancel(reference)
    await house.settle(90)
    assert [c.sold for c in await house.cells() if c.sold] == []


def elsewhere(channel: SellingChannel, code: str) -> None:
    """Its next messages name the property by *code*; asked for any property it tells them all."""
    tell, pull = channel.tell, channel.pull
    channel.tell = lambda r, card="": tell(  # type: ignore[method-assign, assignment]
        msgspec.structs.replace(r, property_code=code), card
    )
    channel.pull = lambda codes: pull([*codes, code])  # type: ignore[method-assign, assignment]


async def test_a_cancellation_that_names_another_property_gives_the_rooms_back(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    reference = channel.book("DLX", house.night(3))
    assert reference
    await house.settle(90)
    elsewhere(channel, "???")
    channel.cancel(reference)
    await house.settle(90)
    assert set((await house.stock()).values()) == {5}
    (kept,) = await reservations(world)
    assert kept.property == house.house.id


async def test_a_guest_who_moves_to_another_property_gives_the_rooms_back(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    reference = channel.book("DLX", house.night(3))
    assert reference
    await house.settle(90)
    elsewhere(channel, "OTHER")
    channel.change(reference, house.night(3), 1)
    await house.settle(90)
    assert set((await house.stock()).values()) == {5}
    (kept,) = await reservations(world)
    assert (kept.property, kept.property_code, kept.unmapped) == (None, "OTHER", ("DLX",))


async def test_a_change_that_names_no_property_gives_no_room_back(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    reference = channel.book("DLX", house.night(3))
    assert reference
    await house.settle(90)
    pull = channel.pull

    async def nowhere(codes: Sequence[str]) -> Sequence[PulledReservation]:
        found = await pull(codes)
        return [
            msgspec.structs.replace(p, raw=p.raw.replace(f'"{PROPERTY}"'.encode(), b'""'))
            for p in found
        ]

    channel.pull = nowhere  # type: ignore[method-assign, assignment]
    channel.change(reference, house.night(3), 1)
    await house.settle(90)
    assert (await house.stock())["DLX", house.night(3)] == 4
    assert [e.type for e in await world.events()][-1] == "inbox.quarantined"


@pytest.mark.parametrize("changed_later", [True, False])
async def test_what_came_before_its_property_was_a_channel_is_taken_when_it_is_mapped(
    changed_later: bool, house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    second = House(world)
    hub, asking = world.hub, world.asking
    new = NewProperty(world.entity.id, "MDN", "Dar Kedua", "Asia/Riyadh", "IDR", "SA")
    other = await add_property(hub, asking, new)
    elsewhere(channel, "OTHER")
    reference = channel.book("DLX", house.night(3))
    assert reference
    await house.settle(90)
    (kept,) = await reservations(world)
    assert (kept.property, kept.channel, channel.waiting) == (None, None, [])
    made = await add_channel(
        hub, asking, NewChannel(house.ours["acme"].connection, other.id, "OTHER", "second")
    )
    second.house = other
    await second.stocked()
    if changed_later:
        channel.change(reference, house.night(4), 1)
        await house.settle(90)
        assert channel.waiting == []
    await map_channel(hub, asking, made.id, second.mapping())
    await house.settle(90)
    (kept,) = await reservations(world)
    assert (kept.property, kept.channel, kept.unmapped) == (other.id, made.id, ())
    night = house.night(4 if changed_later else 3)
    assert {key: n for key, n in (await second.stock()).items() if n < 5} == {("DLX", night): 4}
    assert set((await house.stock()).values()) == {5}
    channel.cancel(reference)
    await house.settle(90)
    assert channel.waiting == []
    assert set((await second.stock()).values()) == {5}


async def test_a_connection_that_is_on_again_asks_for_what_it_missed(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    connection = house.ours["acme"].connection
    for state in (ConnectionState.DISABLED, ConnectionState.ACTIVE):
        await change_connection(world.hub, world.asking, connection, ConnectionChange(state=state))
        await house.settle(90)
    channel.book("DLX", house.night(3))
    await house.settle(90)
    assert len(await reservations(world)) == 1
    assert channel.waiting == []


async def test_a_hint_that_comes_while_it_is_asked_is_asked_again_at_once(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme", pull_every_s=3600.0)
    await house.settle()
    pull = channel.pull

    async def late(codes: Sequence[str]) -> Sequence[PulledReservation]:
        channel.pull = pull  # type: ignore[method-assign]
        answer = await pull(codes)
        channel.book("DLX", house.night(3))
        async with world.store.begin(world.scope) as tx:
            await pull_at_once(world.hub, tx, house.ours["acme"].connection)
        world.clock.move(0.5)
        return answer

    channel.pull = late  # type: ignore[method-assign, assignment]
    async with world.store.begin(world.scope) as tx:
        await pull_at_once(world.hub, tx, house.ours["acme"].connection)
    world.clock.move(0.5)
    await house.settle(10)
    assert len(await reservations(world)) == 1
