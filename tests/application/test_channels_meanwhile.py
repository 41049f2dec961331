"""What is asked of a channel while a turn lasts or after one failed, and what is no longer sold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import pytest

from core.application.channels.add_channel import (
    ChannelChange,
    change_channel,
    map_channel,
)
from core.application.channels.steer_channel import read_mapping, refresh_channel
from core.application.channels.watch_channel import watch_channel
from core.application.stock.add_property import PropertyChange, change_property
from core.application.stock.add_room_type import change_rate_plan, change_room_type
from core.domain.channels.channel import PlanMapping, SafetyBuffer
from core.domain.channels.channel_reservation import ChannelReservation
from core.domain.problem import Invalid
from ports.reservation_source import PulledReservation
from tests.application.given_channels import NIGHTS, House
from tests.fakes.hub import World
from tests.fakes.selling_channel import SellingChannel

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build()
    return made


def during_next_push(channel: SellingChannel, step: Callable[[], Awaitable[object]]) -> None:
    """*step* is done once, after the channel took the next message and before its answer."""
    whole = channel.push

    async def push(code: str, message: object) -> object:
        channel.push = whole  # type: ignore[method-assign]
        answer = await whole(code, message)  # type: ignore[arg-type]
        await step()
        return answer

    channel.push = push  # type: ignore[method-assign, assignment]


async def test_a_change_while_a_turn_lasts_is_told_when_it_ends(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    id = house.ours["acme"].id
    buffer = ChannelChange(buffer=SafetyBuffer(rooms=2))
    during_next_push(channel, lambda: change_channel(world.hub, world.asking, id, buffer))
    await house.settle(10)
    assert set(channel.free.values()) == {3}


async def test_a_refresh_asked_for_while_a_turn_lasts_is_done_when_it_ends(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()

    async def lose_everything() -> None:
        channel.free.clear()
        await refresh_channel(world.hub, world.asking, house.ours["acme"].id)

    during_next_push(channel, lose_everything)
    await house.open("DLX", 0, 1, capacity=4)
    await house.settle(10)
    assert channel.free == await house.stock()
    assert len(channel.free) == 2 * NIGHTS


async def test_what_drifted_while_a_turn_lasts_is_told_again(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.free["DLX", house.night(5)] = 9
    id = house.ours["acme"].id
    during_next_push(channel, lambda: watch_channel(world.hub, world.scope, id))
    await house.open("FAM", 0, 1, capacity=4)
    await house.settle(10)
    assert channel.free == await house.stock()


async def test_a_room_that_is_no_longer_mapped_is_closed_although_the_push_failed(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    whole = house.mapping()
    without = msgspec.structs.replace(
        whole, rooms=whole.rooms[:1], plans=whole.plans[:2], ignored=("FAM",)
    )
    channel.break_("push", "server_error", times=1)
    await map_channel(world.hub, world.asking, house.ours["acme"].id, without)
    await house.settle(30)
    assert {n for (room, _), n in channel.free.items() if room == "FAM"} == {0}


async def test_a_night_without_a_price_is_closed_although_the_push_failed(
    house: House, world: World
) -> None:
    await house.open("DLX", NIGHTS, 3, capacity=5)
    channel = await house.sell_at("acme", last_day=NIGHTS + 2)
    channel.break_("push", "server_error", times=1)
    await house.settle(30)
    closed = [day for (_, _, day), r in channel.restrictions.items() if r.stop_sell]
    assert set(closed) == {house.night(NIGHTS + n) for n in range(3)}


async def test_a_night_that_is_opened_without_a_price_is_closed_with_the_same_push(
    house: House,
) -> None:
    channel = await house.sell_at("acme", last_day=NIGHTS + 2)
    await house.settle()
    await house.open("DLX", NIGHTS - 1, 4, capacity=7)
    await house.settle()
    new = [house.night(NIGHTS + n) for n in range(3)]
    assert [channel.free["DLX", night] for night in new] == [7, 7, 7]
    for plan in ("BAR", "NRF"):
        assert [channel.restrictions["DLX", plan, night].stop_sell for night in new] == [True] * 3
        assert not channel.restrictions["DLX", plan, house.night(NIGHTS - 1)].stop_sell
    before = len(channel.pushes)
    await house.price("DLX", "BAR", NIGHTS, 1, 500_000_00)
    await house.settle()
    assert not channel.restrictions["DLX", "BAR", new[0]].stop_sell
    assert channel.restrictions["DLX", "NRF", new[0]].stop_sell
    assert len(channel.pushes) == before + 1


async def test_a_property_that_is_no_longer_sold_is_closed_at_its_channels(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    await change_property(world.hub, world.asking, house.house.id, PropertyChange(active=False))
    await house.settle()
    assert set(channel.free.values()) == {0}


async def test_a_room_type_that_is_no_longer_sold_is_closed_and_the_others_go_on(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    hub, asking = world.hub, world.asking
    await change_room_type(hub, asking, house.house.id, house.rooms["FAM"].id, {"active": False})
    await house.open("DLX", 0, NIGHTS, capacity=4)
    await house.settle()
    assert {room: n for (room, _), n in channel.free.items()} == {"DLX": 4, "FAM": 0}
    closed = {room: r.stop_sell for (room, _, _), r in channel.restrictions.items()}
    assert closed == {"DLX": False, "FAM": True}
    assert await world.told(house.ours["acme"].id) == []
    await change_room_type(hub, asking, house.house.id, house.rooms["FAM"].id, {"active": True})
    await house.settle()
    assert channel.free == await house.stock()
    assert not any(r.stop_sell for r in channel.restrictions.values())


@pytest.mark.parametrize("change", [{"active": False}, {"room_types": ("FAM",)}])
async def test_a_plan_that_is_no_longer_sold_is_closed_and_the_others_go_on(
    house: House, world: World, change: dict[str, Any]
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    hub, asking = world.hub, world.asking
    only = tuple(house.rooms[code].id for code in change.get("room_types", ()))
    change = {**change, "room_types": only}
    await change_rate_plan(hub, asking, house.house.id, house.plans["NRF"].id, change)
    await house.settle()
    closed = {(room, plan) for (room, plan, _), r in channel.restrictions.items() if r.stop_sell}
    assert closed == {("DLX", "NRF")}
    assert channel.free == await house.stock()
    parts = await read_mapping(hub, asking, house.ours["acme"].id)
    assert [gap.hole for gap in parts.mapping().closed] == ["rate_plan_retired"]


async def test_what_is_no_longer_sold_is_not_mapped_anew(house: House, world: World) -> None:
    await house.sell_at("acme")
    await house.settle()
    hub, asking, id = world.hub, world.asking, house.ours["acme"].id
    nrf = house.plans["NRF"].id
    await change_rate_plan(hub, asking, house.house.id, nrf, {"active": False})
    whole = house.mapping()
    await map_channel(hub, asking, id, whole)  # as it was
    family = PlanMapping(house.rooms["FAM"].id, nrf, "NRF")
    with pytest.raises(Invalid):
        await map_channel(
            hub, asking, id, msgspec.structs.replace(whole, plans=(*whole.plans, family))
        )


async def test_what_is_acknowledged_while_it_is_asked_for_once_more_is_not_acknowledged_again(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    pull, acknowledge = channel.pull, channel.acknowledge
    pulled: list[int] = []
    acknowledged: list[str] = []

    async def slow(codes: Sequence[str]) -> Sequence[PulledReservation]:
        answer = await pull(codes)
        pulled.append(len(answer))
        if len(pulled) > 1:  # it was kept the first time; meanwhile everything goes its way
            world.clock.move(0.5)
            while await world.check_due():
                world.clock.move(0.1)
        return answer

    async def counted(reservation: ChannelReservation, *, ours: str) -> None:
        acknowledged.append(reservation.message)
        await acknowledge(reservation, ours=ours)

    assert channel.book("DLX", house.night(3))
    channel.pull, channel.acknowledge = slow, counted  # type: ignore[method-assign, assignment]
    await house.settle(90)
    assert pulled[:2] == [1, 1]
    assert len(acknowledged) == 1
