"""Channels are told what differs, sell what they were told, and are believed only with care."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.application.channels.add_channel import (
    ChannelChange,
    change_channel,
    map_channel,
    read_catalogue,
)
from core.application.channels.pull_reservations import pull_reservations
from core.application.channels.read_reservations import list_reservations
from core.application.channels.steer_channel import (
    check_channel,
    pause_channel,
    push_now,
    read_channel,
    refresh_channel,
    resume_channel,
)
from core.application.stock.add_property import PropertyChange, change_property
from core.application.stock.hold_rooms import NewHold, hold_rooms
from core.domain.channels.channel import (
    ChannelMapping,
    ChannelPricing,
    IgnoredPlan,
    SafetyBuffer,
    TaxDisplay,
)
from core.domain.channels.channel_reservation import Revision
from core.domain.channels.reservation import Reservation, ReservationState
from core.domain.money import Money
from core.domain.problem import Conflict, Invalid
from core.domain.stay import Stay
from core.domain.stock.ari import AriLine, AvailabilityLine, PushAnswer
from core.domain.stock.moves import Rooms
from core.domain.stock.property import TaxRule
from core.domain.stock.spans import expand
from core.domain.tenancy import Scope
from ports.channels import ReservationFilter
from ports.store import Page
from tests.application.given_channels import NIGHTS, House
from tests.fakes.hub import World
from tests.fakes.memory_channel import PROPERTY

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build()
    return made


async def reservations(world: World, **where: object) -> list[Reservation]:
    async with world.store.read(world.scope) as view:
        return list(await view.reservations(Page(limit=200), ReservationFilter(**where)))  # type: ignore[arg-type]


async def test_a_new_channel_is_told_everything_in_few_lines(house: House) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    assert channel.free == await house.stock()
    assert len(channel.free) == 2 * NIGHTS
    assert len(channel.prices) == len(channel.restrictions) == 3 * NIGHTS
    assert [len(message) for message in channel.pushes] == [8]  # 2 + 3 + 3 lines, one message


async def test_a_burst_of_changes_is_one_message(house: House) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    before = len(channel.pushes)
    for n in range(10):
        await house.open("DLX", n, 1, capacity=n + 1)
        await house.settle(0.05)
    await house.settle()
    assert channel.free == await house.stock()
    assert len(channel.pushes) == before + 1
    assert not [line for line in channel.pushes[-1] if not isinstance(line, AvailabilityLine)]


async def test_nothing_is_said_twice(house: House) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    before = len(channel.pushes)
    await house.open("DLX", 0, 3, capacity=7)
    await house.open("DLX", 0, 3, capacity=5)
    await house.settle()
    assert len(channel.pushes) == before


async def test_a_reservation_is_kept_counted_told_elsewhere_and_acknowledged(
    house: House, world: World
) -> None:
    seller, other = await house.sell_at("acme"), await house.sell_at("beta")
    await house.settle()
    reference = seller.book("DLX", house.night(3), 2)
    await house.settle(90)
    (kept,) = await reservations(world)
    assert (kept.reference, kept.state) == (reference, ReservationState.CONFIRMED)
    assert await world.told(kept.id) == ["reservation.created"]
    stock = await house.stock()
    assert [stock["DLX", house.night(n)] for n in (2, 3, 4, 5)] == [5, 4, 4, 5]
    assert seller.free == other.free == stock
    assert list(seller.acknowledged.values()) == [kept.id]
    assert len(seller.acks) == 1


async def test_a_name_that_turns_the_direction_of_writing_is_kept_without_that(
    house: House, world: World
) -> None:
    """The guest holds a confirmation: whatever the channel calls them, they are expected."""
    seller = await house.sell_at("acme")
    await house.settle()
    reference = seller.book("DLX", house.night(3))
    assert reference is not None
    before = seller.revisions[reference]
    holder = msgspec.structs.replace(before.holder, name="Si\u202eti", surname="Contoh\u200b")
    seller.tell(msgspec.structs.replace(before, holder=holder, order=2))
    await house.settle(90)
    (kept,) = await reservations(world)
    async with world.store.read(world.scope) as view:
        person = (await view.people([kept.holder]))[kept.holder]
    assert (person.name, person.surname) == ("Siti", "Contoh")


async def test_a_change_moves_nights_and_a_cancellation_gives_them_back(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    reference = channel.book("DLX", house.night(3), 2)
    assert reference is not None
    await house.settle(90)
    channel.change(reference, house.night(4), 2)
    await house.settle(90)
    stock = await house.stock()
    assert [stock["DLX", house.night(n)] for n in (3, 4, 5, 6)] == [5, 4, 4, 5]
    channel.cancel(reference)
    await house.settle(90)
    assert set((await house.stock()).values()) == {5}
    (kept,) = await reservations(world)
    assert await world.told(kept.id) == [
        "reservation.created",
        "reservation.modified",
        "reservation.cancelled",
    ]
    assert channel.waiting == []


async def test_what_is_gone_is_kept_and_told_as_an_overbooking(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    for _ in range(5):
        channel.book("FAM", house.night(0), force=True)
    await house.settle(90)
    channel.book("FAM", house.night(0), force=True)
    await house.settle(90)
    over = await reservations(world, overbooked=True)
    (short,) = over[0].forced
    assert (short.key, short.rooms) == ((house.rooms["FAM"].id, house.night(0)), 1)
    assert await world.told(over[0].id) == ["reservation.created", "overbooking.detected"]
    assert channel.waiting == []
    assert [c.forced for c in await house.cells() if c.forced] == [1]
    channel.cancel(over[0].reference)
    await house.settle(90)
    assert [c.forced for c in await house.cells() if c.forced] == []
    assert await reservations(world, overbooked=True) == []


async def shown_over(world: World, over: bool | None = True) -> list[tuple[str, int]]:
    """What an operator is shown: references, and how many rooms were not there on all nights."""
    page, where = Page(limit=200), ReservationFilter(overbooked=over)
    shown = [
        kept.reservation for kept in await list_reservations(world.hub, world.asking, page, where)
    ]
    return [(r.reference, sum(one.rooms for one in r.forced)) for r in shown]


@pytest.mark.parametrize(("capacity", "left"), [(0, 1), (1, 0)])
async def test_of_two_rooms_that_were_not_there_one_that_is_given_back_settles_one(
    house: House, world: World, capacity: int, left: int
) -> None:
    channel = await house.sell_at("acme")
    await house.open("DLX", 3, 1, capacity=capacity)
    await house.settle()
    reference = channel.book("DLX", house.night(3), force=True)
    assert reference
    (room,) = channel.revisions[reference].rooms
    channel.say(reference, Revision.MODIFIED, (room, room))
    await house.settle(90)
    assert await shown_over(world) == [(reference, 2 - capacity)]
    channel.say(reference, Revision.MODIFIED, (room,))
    await house.settle(90)
    assert await shown_over(world) == [(reference, left)][: left or 0]
    assert len(await reservations(world, overbooked=True)) == left


@pytest.mark.parametrize("how", ["another is cancelled", "a room is opened"])
async def test_what_is_over_no_more_is_not_shown_as_overbooked(
    house: House, world: World, how: str
) -> None:
    channel = await house.sell_at("acme")
    await house.open("DLX", 3, 1, capacity=1)
    await house.settle()
    first, second = [channel.book("DLX", house.night(3), force=True) for _ in range(2)]
    assert first
    assert second
    await house.settle(90)
    assert await shown_over(world) == [(second, 1)]
    if how == "a room is opened":
        await house.open("DLX", 3, 1, capacity=2)
    else:
        channel.cancel(first)
    await house.settle(90)
    assert await shown_over(world) == []
    assert (second, 0) in await shown_over(world, None)
    assert (second, 0) in await shown_over(world, False)


async def test_one_room_that_is_over_is_shown_of_the_guest_who_came_last(
    house: House, world: World
) -> None:
    """Who was over and got a room that came back keeps it when the night is overbooked again."""
    channel = await house.sell_at("acme")
    await house.open("DLX", 3, 1, capacity=2)
    await house.settle()

    async def book() -> str:
        reference = channel.book("DLX", house.night(3), force=True)
        assert reference
        await house.settle(90)
        return reference

    first, second, third = [await book() for _ in range(3)]
    assert await shown_over(world) == [(third, 1)]
    channel.cancel(first)
    await house.settle(90)
    fourth = await book()
    assert await shown_over(world) == [(fourth, 1)]
    assert {one for one, over in await shown_over(world, None) if not over} == {
        first,
        second,
        third,
    }
    fifth = await book()
    assert await shown_over(world) == [(fifth, 1), (fourth, 1)]
    channel.cancel(third)
    await house.settle(90)
    assert await shown_over(world) == [(fifth, 1)]


class Reading:
    """A store that counts the reservations which are read of it."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.rows = inner, 0

    @asynccontextmanager
    async def read(self, scope: Scope) -> AsyncIterator[Any]:
        async with self._inner.read(scope) as view:
            page = view.reservations

            async def counted(*args: Any) -> Sequence[Reservation]:
                found: Sequence[Reservation] = await page(*args)
                self.rows += len(found)
                return found

            view.reservations = counted
            yield view


async def test_many_that_were_over_once_are_read_once_however_few_are_asked_for(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.open("DLX", 3, 1, capacity=0)
    await house.settle()
    for _ in range(12):
        channel.book("DLX", house.night(3), force=True)
    await house.settle(90)
    await house.open("DLX", 3, 1, capacity=12)
    store = Reading(world.hub.store)
    hub = dataclasses.replace(world.hub, store=store)  # type: ignore[arg-type]
    where = ReservationFilter(overbooked=True)
    assert await list_reservations(hub, world.asking, Page(limit=1), where) == []
    assert store.rows == 2 * 12  # to be shown, and to say which of them are over


@pytest.mark.parametrize("nights", [91, 1000])
async def test_a_stay_of_many_nights_takes_every_one_of_them(
    house: House, world: World, nights: int
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.book("DLX", house.night(3), nights, force=True)
    await house.settle(90)
    (kept,) = await reservations(world)
    assert channel.waiting == []
    last = house.night(NIGHTS - 1)
    taken = {night for (room, night), free in (await house.stock()).items() if free == 4}
    assert taken == {house.night(n) for n in range(3, NIGHTS)}
    beyond = {one.night for one in kept.forced}
    assert (len(beyond), min(beyond) > last) == (3 + nights - NIGHTS, True)


async def test_a_channel_that_counts_its_own_bookings_is_not_told_of_them(house: House) -> None:
    seller, other = await house.sell_at("acme", counts=True), await house.sell_at("beta")
    await house.settle(300)
    told, heard = len(seller.pushes), len(other.pushes)
    seller.book("DLX", house.night(3))
    await house.settle(90)
    assert seller.free == other.free == await house.stock()
    assert (len(seller.pushes), len(other.pushes)) == (told, heard + 1)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("then", ["cancel", "change", "cancel first", "cancel only"])
async def test_what_a_channel_counted_off_and_never_gives_back_is_told_anew(
    house: House, counts: bool, then: str
) -> None:
    channel = await house.sell_at("acme", counts=counts, told_anew=True)
    await house.settle(300)
    reference = channel.book("DLX", house.night(3), 2)
    assert reference is not None
    if then == "change":
        channel.change(reference, house.night(7), 1)
    rooms = channel.revisions[reference].rooms
    if then != "change":
        channel.cancel(reference, rooms)
    if then == "cancel first":
        channel.waiting.reverse()
    if then == "cancel only":
        channel.waiting.pop(0)
    before = len(channel.pushes)
    await house.settle(90)
    assert channel.free == await house.stock()
    assert len(channel.pushes) == before + 1


async def test_what_is_sold_while_it_is_told_anew_is_told_once_more(house: House) -> None:
    channel = await house.sell_at("acme", told_anew=True)
    await house.settle(300)
    push = channel.push

    async def slow(code: str, message: Sequence[AriLine]) -> PushAnswer:
        channel.push = push  # type: ignore[method-assign]
        answer = await push(code, message)
        reference = channel.book("DLX", house.night(3))
        assert reference is not None
        channel.cancel(reference, channel.revisions[reference].rooms)
        pull = await pull_reservations(house.world.hub, house.world.scope, connection)
        assert pull.failure is None
        await house.world.check_due()
        return answer

    connection = house.ours["acme"].connection
    channel.push = slow  # type: ignore[method-assign, assignment]
    await house.open("DLX", 3, 1, capacity=4)
    await house.settle(90)
    assert channel.free == await house.stock()


async def test_what_is_mapped_to_nothing_is_kept_shown_and_taken_when_it_is_mapped(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    whole = house.mapping()
    without = msgspec.structs.replace(
        whole, rooms=whole.rooms[:1], plans=whole.plans[:2], ignored=("FAM",)
    )
    await map_channel(world.hub, world.asking, house.ours["acme"].id, without)
    await house.settle()
    assert {n for (room, _), n in channel.free.items() if room == "FAM"} == {0}  # closed there
    channel.book("FAM", house.night(1), force=True)
    await house.settle(90)
    (kept,) = await reservations(world, unmapped=True)
    assert kept.unmapped == ("FAM",)
    assert channel.waiting == []
    assert (await house.stock())["FAM", house.night(1)] == 5
    await map_channel(world.hub, world.asking, house.ours["acme"].id, whole)
    await house.settle()
    assert await reservations(world, unmapped=True) == []
    assert (await house.stock())["FAM", house.night(1)] == 4
    assert channel.free == await house.stock()


async def test_a_mapping_with_holes_pushes_nothing_and_names_them(
    house: House, world: World
) -> None:
    await house.sell_at("acme")
    await house.settle()
    id = house.ours["acme"].id
    await pause_channel(world.hub, world.asking, id)
    _, report = await map_channel(world.hub, world.asking, id, ChannelMapping())
    assert [gap.hole for gap in report.gaps] == ["nothing_mapped"]
    with pytest.raises(Conflict) as refused:
        await resume_channel(world.hub, world.asking, id)
    assert [fault.message for fault in refused.value.faults] == [
        "nothing_mapped:  : no room type is mapped yet"
    ]
    whole = house.mapping()
    twice = msgspec.structs.replace(whole, rooms=(*whole.rooms, whole.rooms[0]))
    with pytest.raises(Invalid):
        await map_channel(world.hub, world.asking, id, twice)


async def test_a_hole_made_later_stops_the_channel_and_is_told(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    id = house.ours["acme"].id
    await map_channel(world.hub, world.asking, id, ChannelMapping())
    await house.settle()
    status = await read_channel(world.hub, world.asking, id)
    assert status.push.failure is not None
    assert status.push.failure.code == "mapping_incomplete"
    assert await world.told(id) == ["channel.failing"]
    before = len(channel.pushes)
    await house.open("DLX", 0, 1, capacity=1)
    await house.settle()
    assert len(channel.pushes) == before
    await map_channel(world.hub, world.asking, id, house.mapping())
    await house.settle()
    assert channel.free == await house.stock()


async def test_a_lost_answer_is_told_again(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("push", "lost", times=1)
    await house.open("DLX", 0, 2, capacity=3)
    await house.settle()
    assert channel.free == await house.stock()
    assert channel.pushes[-1] == channel.pushes[-2]
    status = await read_channel(world.hub, world.asking, house.ours["acme"].id)
    assert (status.push.failure, status.push.behind_since) == (None, None)


async def test_an_outage_is_told_waited_out_and_ends(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("push", "server_error", times=None)
    await house.open("DLX", 0, 2, capacity=3)
    await house.settle(400)
    id = house.ours["acme"].id
    assert await world.told(id) == ["channel.failing"]
    attempts = len(channel.pushes)
    await house.open("DLX", 5, 2, capacity=2)
    await house.settle(100)
    channel.heal()
    await house.settle(400)
    assert channel.free == await house.stock()
    assert len(channel.pushes) == attempts + 1
    assert await world.told(id) == ["channel.failing", "channel.recovered"]


async def test_a_wrong_credential_is_told_at_once(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("push", "unauthorised", times=None)
    await house.open("DLX", 0, 2, capacity=3)
    await house.settle(3)
    assert await world.told(house.ours["acme"].id) == ["channel.failing"]


async def test_a_refused_line_is_named_and_kept_until_it_changes(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    refuse = channel._wrong
    channel._wrong = lambda line: "402" if line.room == "FAM" else refuse(line)  # type: ignore[method-assign]
    before = len(channel.pushes)
    await house.open("FAM", 0, 2, capacity=3)
    await house.open("DLX", 0, 2, capacity=3)
    await house.settle(30)
    assert len(channel.pushes) == before + 1
    id = house.ours["acme"].id
    status = await read_channel(world.hub, world.asking, id)
    (refused,) = status.push.refused
    assert (refused.code, refused.line.room) == ("402", "FAM")
    assert await world.told(id) == ["lines.refused"]
    await house.open("DLX", 0, 2, capacity=4)
    await house.settle(30)
    assert {line.room for line in channel.pushes[-1]} == {"DLX"}
    channel._wrong = refuse  # type: ignore[method-assign]
    await refresh_channel(world.hub, world.asking, id)
    await house.settle(30)
    assert channel.free == await house.stock()
    status = await read_channel(world.hub, world.asking, id)
    assert status.push.refused == ()


@pytest.mark.parametrize(
    "words", [(), ("450: the room is closed for renovation", "see the extranet")]
)
async def test_a_message_refused_as_a_whole_is_cut_until_the_wrong_line_is_found_and_says_why(
    house: House, world: World, words: tuple[str, ...]
) -> None:
    channel = await house.sell_at("acme")
    whole = channel.push

    async def atomic(code: str, message: object) -> object:
        if any(line.room == "FAM" for line in message):  # type: ignore[attr-defined]
            return msgspec.structs.replace(await whole(code, []), taken=False, warnings=words)
        return await whole(code, message)  # type: ignore[arg-type]

    channel.push = atomic  # type: ignore[method-assign, assignment]
    await house.settle()
    assert {room for room, _ in channel.free} == {"DLX"}
    status = await read_channel(world.hub, world.asking, house.ours["acme"].id)
    assert {refused.line.room for refused in status.push.refused} == {"FAM"}
    said = "; ".join(words) or "the channel refused it and did not say why"
    assert {refused.message for refused in status.push.refused} == {said}
    assert status.push.warnings == ()


async def test_a_plan_of_the_channel_that_is_not_sold_is_left_alone_and_its_guests_take_rooms(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    id, whole = house.ours["acme"].id, house.mapping()
    await read_catalogue(world.hub, world.asking, id)
    left, gone = whole.plans[:1] + whole.plans[2:], whole.plans[1]
    code = whole.room_codes()[gone.room_type]
    few = msgspec.structs.replace(whole, plans=left, ignored_plans=(IgnoredPlan(code, gone.code),))
    await pause_channel(world.hub, world.asking, id)
    await map_channel(world.hub, world.asking, id, few)
    await resume_channel(world.hub, world.asking, id)
    await house.settle()
    assert channel.free == await house.stock()
    assert not [key for key in channel.prices if key[:2] == (code, gone.code)]
    assert channel.book(code, house.night(3), plan=gone.code)
    await house.settle(90)
    assert (await house.stock())[code, house.night(3)] == 4


async def test_a_wrong_property_code_is_named_and_can_be_mended_while_nothing_was_taken(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme", property_code="typo")
    id = house.ours["acme"].id
    await house.settle()
    assert channel.free == {}
    with pytest.raises(Conflict) as caught:
        await read_catalogue(world.hub, world.asking, id)
    assert [fault.pointer for fault in caught.value.faults] == ["/property_code"]
    await change_channel(world.hub, world.asking, id, ChannelChange(property_code=PROPERTY))
    await house.settle()
    status = await read_channel(world.hub, world.asking, id)
    assert (status.push.failure, channel.free) == (None, await house.stock())
    with pytest.raises(Conflict) as caught:
        await change_channel(world.hub, world.asking, id, ChannelChange(property_code="typo"))
    assert caught.value.code == "property_code_used"
    assert [fault.pointer for fault in caught.value.faults] == ["/property_code"]
    await change_channel(world.hub, world.asking, id, ChannelChange(property_code=PROPERTY))


async def test_reservations_that_came_before_the_code_was_right_take_their_rooms_then(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme", property_code="typo")
    pull = channel.pull
    channel.pull = lambda codes: pull([*codes, PROPERTY])  # type: ignore[method-assign, assignment]
    reference = channel.book("DLX", house.night(3), force=True)
    await house.settle(90)
    (kept,) = await reservations(world)
    assert (kept.reference, kept.channel) == (reference, None)
    change = ChannelChange(property_code=PROPERTY)
    await change_channel(world.hub, world.asking, house.ours["acme"].id, change)
    await house.settle()
    assert (await house.stock())["DLX", house.night(3)] == 4
    with pytest.raises(Conflict):
        await change_channel(
            world.hub, world.asking, house.ours["acme"].id, ChannelChange(property_code="typo")
        )


async def test_paused_is_silent_and_resumed_is_told_what_changed(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    id, before = house.ours["acme"].id, len(channel.pushes)
    await pause_channel(world.hub, world.asking, id)
    await house.open("DLX", 0, 2, capacity=3)
    await house.settle(30)
    assert len(channel.pushes) == before
    with pytest.raises(Conflict):
        await push_now(world.hub, world.asking, id)
    await resume_channel(world.hub, world.asking, id)
    await house.settle(30)
    assert channel.free == await house.stock()
    assert len(channel.pushes) == before + 1


async def test_a_refresh_tells_everything_anew(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.free.clear()
    channel.prices.clear()
    await refresh_channel(world.hub, world.asking, house.ours["acme"].id)
    await house.settle()
    assert channel.free == await house.stock()
    assert len(channel.prices) == 3 * NIGHTS


async def test_what_drifted_is_found_by_reading_back(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.free["DLX", house.night(2)] = 9
    id = house.ours["acme"].id
    await check_channel(world.hub, world.asking, id)
    await house.settle()
    assert channel.free == await house.stock()
    status = await read_channel(world.hub, world.asking, id)
    assert status.watch is not None
    assert status.watch.drifted == 1


async def test_fewer_rooms_at_a_channel_that_counts_are_a_booking_on_its_way(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme", counts=True, pull_every_s=600.0)
    await house.settle(700)
    channel.book("DLX", house.night(2))
    before = len(channel.pushes)
    await check_channel(world.hub, world.asking, house.ours["acme"].id)
    await house.settle(3)
    assert len(channel.pushes) == before


async def test_a_price_that_is_off_is_told_again_escalated_and_restored(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    id = house.ours["acme"].id
    key = ("DLX", "BAR", house.night(2))
    right = channel.prices[key]
    cheaper = right.by_adults[0][1]
    wrong = msgspec.structs.replace(
        right, by_adults=((1, msgspec.structs.replace(cheaper, minor=1)), right.by_adults[1])
    )

    async def shows(prices: object) -> None:
        channel.prices[key] = prices  # type: ignore[assignment]
        await check_channel(world.hub, world.asking, id)
        await house.settle(3)

    await shows(wrong)
    assert channel.prices[key] == right  # it was told again
    assert [e.type for e in await world.events()][-1] == "parity.breached"
    await shows(wrong)
    await shows(wrong)
    (event,) = [e for e in await world.events() if e.payload.get("state") == "escalated"]
    assert (event.type, event.payload["nights"]) == ("parity.breached", 1)
    await shows(right)
    assert [e.type for e in await world.events()][-1] == "parity.restored"


async def test_a_buffer_is_held_back_and_falls_due_again_at_midnight(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme", pull_every_s=1e6)
    await house.settle()
    buffer = msgspec.convert({"rooms": 0, "steps": [{"days_ahead": 1, "rooms": 2}]}, SafetyBuffer)
    id = house.ours["acme"].id
    await change_channel(world.hub, world.asking, id, ChannelChange(buffer=buffer))
    await house.settle()
    first = house.night(0)
    assert [channel.free["DLX", first + timedelta(days=n)] for n in range(4)] == [3, 3, 5, 5]
    await house.settle(timedelta(days=1).total_seconds())
    assert [channel.free["DLX", first + timedelta(days=n)] for n in (1, 2, 3)] == [3, 3, 5]


async def test_an_acknowledgement_that_may_be_too_late_is_told(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("acknowledge", "server_error", times=None)
    channel.book("DLX", house.night(3))
    await house.settle(1200)
    (kept,) = await reservations(world)
    assert await world.told(kept.id) == ["reservation.created", "acknowledgement.late"]
    channel.heal()
    await house.settle(400)
    assert list(channel.acknowledged.values()) == [kept.id]


async def test_a_refused_acknowledgement_is_told_at_once_and_said_until_it_is_heard(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("acknowledge", "refused", times=None)
    channel.book("DLX", house.night(3))
    await house.settle(90)
    (kept,) = await reservations(world)
    assert await world.told(kept.id) == ["reservation.created", "acknowledgement.late"]
    async with world.store.read(world.scope) as view:
        (debt,) = await view.acknowledgements([kept.id])
    assert "382" in debt.note
    channel.heal()
    await house.settle(400)
    assert list(channel.acknowledged.values()) == [kept.id]
    assert await world.told(kept.id) == ["reservation.created", "acknowledgement.late"]


async def test_an_acknowledgement_that_was_given_up_is_said_again_when_the_channel_asks(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    channel.break_("acknowledge", "refused", times=None)
    reference = channel.book("DLX", house.night(3))
    assert reference is not None
    await house.settle(90)
    (message,), channel.waiting = channel.waiting, []  # it asks no more
    world.clock.move(3 * 86_400.0)
    await house.settle(400)
    (kept,) = await reservations(world)
    async with world.store.read(world.scope) as view:
        (debt,) = await view.acknowledgements([kept.id])
    assert (debt.acknowledged_at, debt.check_at) == (None, None)
    channel.heal()
    channel.waiting.append(message)
    await house.settle(400)
    assert list(channel.acknowledged.values()) == [kept.id]


async def test_a_lost_acknowledgement_is_given_again_when_the_channel_asks(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    reference = channel.book("DLX", house.night(3))
    assert reference is not None
    await house.settle(90)
    channel.acknowledged.clear()
    channel.tell_again(reference)
    await house.settle(90)
    (kept,) = await reservations(world)
    assert list(channel.acknowledged.values()) == [kept.id]
    assert channel.waiting == []


async def test_a_message_that_cannot_be_read_is_set_apart_and_told(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    pulled = channel.pull

    async def garbled(codes: object) -> object:
        return [msgspec.structs.replace(p, raw=b"\xff{") for p in await pulled(codes)]  # type: ignore[arg-type]

    channel.pull = garbled  # type: ignore[method-assign, assignment]
    channel.book("DLX", house.night(3))
    await house.settle(90)
    assert await reservations(world) == []
    assert [e.type for e in await world.events()][-1] == "inbox.quarantined"
    assert channel.acknowledged == {}


async def test_a_hold_and_a_stop_sell_are_seen_by_channels(house: House, world: World) -> None:
    channel = await house.sell_at("acme")
    await house.settle()
    stay = Stay(house.night(1), house.night(3))
    await hold_rooms(
        world.hub, world.asking, NewHold(house.house.id, (Rooms(house.rooms["DLX"].id, stay, 2),))
    )
    await house.open("DLX", 0, 1, stop_sell=True)
    await house.settle()
    assert [channel.free["DLX", house.night(n)] for n in range(4)] == [0, 3, 3, 5]


async def test_a_price_below_its_taxes_is_closed_named_and_told_when_it_is_mended(
    house: House, world: World
) -> None:
    channel = await house.sell_at("acme")
    tax = TaxRule("city", amount=Money(100_000_00, "IDR"))
    hub, asking, id = world.hub, world.asking, house.ours["acme"].id
    await change_property(hub, asking, house.house.id, PropertyChange(taxes=(tax,)))
    await house.price("DLX", "BAR", 0, 3, 100_000_00)
    net = ChannelPricing(tax=TaxDisplay.EXCLUDED)
    await change_channel(hub, asking, id, ChannelChange(pricing=net))
    await house.settle()

    async def named() -> list[tuple[str, str, str, int]]:
        refused = (await read_channel(hub, asking, id)).push.refused
        return [
            (r.code, r.line.room, getattr(r.line, "plan", ""), len(list(expand(r.line.span))))
            for r in refused
        ]

    closed = {key for key, r in channel.restrictions.items() if r.stop_sell}
    assert closed == {("DLX", "BAR", house.night(n)) for n in range(3)}
    assert all(price.minor for p in channel.prices.values() for _, price in p.by_adults)
    assert await named() == [("tax_above_price", "DLX", "BAR", 3)]
    await house.open("DLX", 0, 1, capacity=4)
    await house.settle()
    assert await world.told(id) == ["lines.refused"]  # once
    await house.price("DLX", "BAR", 0, 1, 500_000_00)
    await house.settle()
    assert not channel.restrictions["DLX", "BAR", house.night(0)].stop_sell
    assert await named() == [("tax_above_price", "DLX", "BAR", 2)]
    assert await world.told(id) == ["lines.refused"]
    await change_property(hub, asking, house.house.id, PropertyChange(taxes=()))
    await house.settle()
    assert await named() == []
    assert not any(r.stop_sell for r in channel.restrictions.values())
