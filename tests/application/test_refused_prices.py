"""A price that a channel refuses is not sold there at another one: its nights are closed until it is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from core.application.channels.add_channel import map_channel
from core.application.channels.push_channel import push_channel
from core.application.channels.steer_channel import (
    pause_channel,
    read_channel,
    refresh_channel,
    resume_channel,
)
from core.domain.channels.push import REFUSED_KEPT
from core.domain.stock.ari import AriLine, PushAnswer, RateLine, RestrictionLine
from tests.application.given_channels import House
from tests.application.tripwire import Killed, Tripwire, wired
from tests.fakes.hub import World
from tests.fakes.memory_channel import MemoryChannel
from tests.fakes.selling_channel import SellingChannel

pytestmark = pytest.mark.anyio
NAMED = REFUSED_KEPT + 10
OLD, NEW, OTHER = 500_000_00, 700_000_00, 600_000_00


@pytest.fixture
async def house(world: World) -> House:
    made = House(world)
    await made.build(nights=8)
    return made


class Sold:
    """What guests could buy at *channel*, DLX under BAR."""

    def __init__(self, house: House, channel: MemoryChannel) -> None:
        self._house, self._channel = house, channel

    def at(self, n: int) -> int | None:
        """The price of one adult, minor; None: that night is not to be bought."""
        key = ("DLX", "BAR", self._house.night(n))
        rules = self._channel.restrictions.get(key)
        if rules is None or rules.stop_sell:
            return None
        return self._channel.prices[key].by_adults[0][1].minor

    def nights(self) -> list[int | None]:
        return [self.at(n) for n in range(4)]


def refusing(channel: MemoryChannel, no: Callable[[AriLine], bool]) -> Callable[[], None]:
    """It refuses what *no* says until the function that comes back is called."""
    takes = channel._wrong
    channel._wrong = lambda line: "402" if no(line) else takes(line)  # type: ignore[method-assign]

    def mended() -> None:
        channel._wrong = takes  # type: ignore[method-assign]

    return mended


def priced(minor: int) -> Callable[[AriLine], bool]:
    return lambda line: isinstance(line, RateLine) and line.prices.by_adults[0][1].minor == minor


def closing(line: AriLine) -> bool:
    return isinstance(line, RestrictionLine) and line.restrictions.stop_sell


async def named(house: House) -> list[tuple[type[AriLine], bool | None]]:
    """What an operator is shown: the kind of each refused line, and whether it is closed for it."""
    id = house.ours["acme"].id
    status = await read_channel(house.world.hub, house.world.asking, id)
    return [(type(value.line), closed) for value, closed in status.refused]


@pytest.fixture
async def channel(house: House) -> SellingChannel:
    made = await house.sell_at("acme")
    await house.settle()
    return made


async def test_nights_of_a_refused_price_are_closed_and_named_and_others_are_not(
    house: House, world: World, channel: SellingChannel
) -> None:
    refusing(channel, priced(NEW))
    before = len(channel.pushes)
    await house.price("DLX", "BAR", 1, 2, NEW)
    await house.settle(30)
    assert Sold(house, channel).nights() == [OLD, None, None, OLD]
    assert len([r for r in channel.restrictions.values() if r.stop_sell]) == 2
    assert await named(house) == [(RateLine, True)]
    assert await world.told(house.ours["acme"].id) == ["lines.refused"]
    assert len(channel.pushes) == before + 2  # the price, and the closing


async def test_a_price_that_was_never_taken_is_closed_too(house: House) -> None:
    channel = await house.sell_at("acme")
    refusing(channel, priced(OLD))
    await house.settle(30)
    assert not channel.prices
    assert {r.stop_sell for r in channel.restrictions.values()} == {True}
    assert channel.free == await house.stock()


async def test_another_price_that_is_taken_opens_the_nights_and_one_that_is_not_leaves_them(
    house: House, channel: SellingChannel
) -> None:
    sold = Sold(house, channel)
    refusing(channel, lambda line: priced(NEW)(line) or priced(OTHER)(line))
    await house.price("DLX", "BAR", 1, 1, NEW, min_stay_arrival=2)
    await house.settle(30)
    await house.price("DLX", "BAR", 1, 1, OTHER)
    before = len(channel.pushes)
    await house.settle(30)
    assert (sold.at(1), len(channel.pushes)) == (None, before + 1)
    await house.price("DLX", "BAR", 1, 1, OTHER + 1)
    await house.settle(30)
    assert sold.at(1) == OTHER + 1
    assert channel.restrictions["DLX", "BAR", house.night(1)].min_stay_arrival == 2
    assert len(channel.pushes) == before + 3  # the price, and then the opening
    assert await named(house) == []


@pytest.mark.parametrize("shut_by", ["rules", "rooms"])
async def test_a_night_that_is_to_open_with_a_price_that_is_refused_is_not_opened_before_it_is_closed(
    house: House, channel: SellingChannel, shut_by: str
) -> None:
    """Else a guest could buy at the old price until the next turn, which may not get through."""
    shut: dict[str, Any] = {"stop_sell": True} if shut_by == "rules" else {}
    await house.price("DLX", "BAR", 1, 1, OLD, **shut)
    await house.open("DLX", 1, 1, capacity=5 if shut else 0)
    await house.settle(30)
    refusing(channel, priced(NEW))
    channel.messages = apart  # type: ignore[method-assign]
    seen: list[int | None] = []
    push, sold = channel.push, Sold(house, channel)

    async def watched(code: str, message: Sequence[AriLine]) -> PushAnswer:
        answer = await push(code, message)
        seen.append(sold.at(1) if channel.free["DLX", house.night(1)] else None)
        return answer

    channel.push = watched  # type: ignore[method-assign, assignment]
    await house.price("DLX", "BAR", 1, 1, NEW, **dict.fromkeys(shut, False))
    await house.open("DLX", 1, 1, capacity=5)
    await house.price("DLX", "BAR", 2, 1, OTHER)
    await house.settle(30)
    assert seen
    assert set(seen) == {None}
    assert channel.free == await house.stock()
    assert sold.nights() == [OLD, None, OTHER, OLD]
    await house.price("DLX", "BAR", 1, 1, OTHER)
    await house.settle(30)
    assert sold.nights() == [OLD, OTHER, OTHER, OLD]


def apart(lines: Sequence[AriLine]) -> list[Sequence[AriLine]]:
    """Each line a message of its own."""
    return [[line] for line in lines]


async def test_the_price_that_it_holds_wanted_again_opens_the_nights(
    house: House, channel: SellingChannel
) -> None:
    refusing(channel, priced(NEW))
    await house.price("DLX", "BAR", 1, 1, NEW)
    await house.settle(30)
    await house.price("DLX", "BAR", 1, 1, OLD)
    await house.settle(30)
    assert Sold(house, channel).nights() == [OLD] * 4
    before = len(channel.pushes)
    await house.price("DLX", "BAR", 1, 1, OTHER)  # an ordinary change closes nothing
    await house.settle(30)
    assert len(channel.pushes) == before + 1


@pytest.mark.parametrize("how", ["refreshed", "mapped"])
async def test_mended_at_the_channel_or_in_the_mapping_it_is_told_once_more_and_opens(
    house: House, world: World, channel: SellingChannel, how: str
) -> None:
    sold, id = Sold(house, channel), house.ours["acme"].id
    mended = refusing(channel, priced(NEW))
    await house.price("DLX", "BAR", 1, 1, NEW)
    await house.settle(30)
    seen: list[int | None] = []
    push = channel.push

    async def watched(code: str, message: object) -> object:
        answer = await push(code, message)  # type: ignore[arg-type]
        seen.append(sold.at(1))
        return answer

    async def try_again(n: int) -> None:
        if how == "refreshed":
            await refresh_channel(world.hub, world.asking, id)
        else:
            whole = house.mapping()
            ignored = whole if n else msgspec.structs.replace(whole, ignored=("OLD",))
            await map_channel(world.hub, world.asking, id, ignored)
        await house.settle(30)

    channel.push = watched  # type: ignore[method-assign, assignment]
    await try_again(0)
    assert seen
    assert set(seen) == {None}  # it never opened while it was tried
    assert await named(house) == [(RateLine, True)]
    mended()
    await try_again(1)
    assert sold.nights() == [OLD, NEW, OLD, OLD]
    assert await named(house) == []


async def test_a_channel_that_will_not_close_either_is_named_as_open_and_left_in_peace(
    house: House, world: World, channel: SellingChannel
) -> None:
    refusing(channel, lambda line: priced(NEW)(line) or closing(line))
    before = len(channel.pushes)
    await house.price("DLX", "BAR", 1, 2, NEW)
    await house.settle(120)
    assert len(channel.pushes) == before + 2
    assert Sold(house, channel).nights() == [OLD] * 4
    assert sorted(await named(house), key=str) == [(RateLine, False), (RestrictionLine, None)]
    told = [e.payload for e in await world.events() if e.type == "lines.refused"]
    assert [one["left_open"] for one in told] == [0, 2]


async def test_what_was_refused_of_nights_that_are_over_is_named_no_more(house: House) -> None:
    channel = await house.sell_at("acme", pull_every_s=1e6)
    await house.settle()
    refusing(channel, lambda line: priced(NEW)(line) or closing(line))
    await house.price("DLX", "BAR", 0, 1, NEW)
    await house.settle(30)
    assert len(await named(house)) == 2
    await house.settle(86_400)
    assert await named(house) == []


async def test_more_refused_prices_than_are_named_are_said_once_and_closed(house: House) -> None:
    channel = await house.sell_at("acme", last_day=NAMED)
    await house.settle()
    no = refusing(channel, lambda line: isinstance(line, RateLine))
    await house.price_each("DLX", "BAR", NAMED + 1, NEW)
    before = len(channel.pushes)
    await house.settle(60)
    said = Counter(line for message in channel.pushes[before:] for line in message)
    assert {type(line) for line, times in said.items() if times > 1} == set()
    assert await named(house) == [(RateLine, True)] * REFUSED_KEPT
    assert Sold(house, channel).nights() == [None] * 4
    no()
    await refresh_channel(house.world.hub, house.world.asking, house.ours["acme"].id)
    await house.settle(60)
    assert {r.stop_sell for r in channel.restrictions.values()} == {False}


async def test_while_it_is_paused_it_is_named_as_open(
    house: House, world: World, channel: SellingChannel
) -> None:
    id = house.ours["acme"].id
    refusing(channel, priced(NEW))
    push = channel.push

    async def pausing(code: str, message: object) -> object:
        await pause_channel(world.hub, world.asking, id)
        return await push(code, message)  # type: ignore[arg-type]

    channel.push = pausing  # type: ignore[method-assign, assignment]
    await house.price("DLX", "BAR", 1, 1, NEW)
    await house.settle(30)
    assert await named(house) == [(RateLine, False)]
    channel.push = push  # type: ignore[method-assign]
    await resume_channel(world.hub, world.asking, id)
    await house.settle(30)
    assert await named(house) == [(RateLine, True)]
    assert Sold(house, channel).at(1) is None


@pytest.mark.parametrize("steps", range(1, 13))
async def test_wherever_a_turn_dies_it_is_closed_and_opened_in_the_end(
    house: House, world: World, channel: SellingChannel, steps: int
) -> None:
    sold, id = Sold(house, channel), house.ours["acme"].id

    async def dying() -> None:
        for _ in range(2):
            try:
                await push_channel(wired(world.hub, Tripwire(steps)), world.scope, id)
            except Killed:
                world.clock.move(200)
        await house.settle(30)

    refusing(channel, priced(NEW))
    await house.price("DLX", "BAR", 1, 1, NEW)
    await dying()
    assert sold.nights() == [OLD, None, OLD, OLD]
    await house.price("DLX", "BAR", 1, 1, OTHER)
    await dying()
    assert sold.nights() == [OLD, OTHER, OLD, OLD]
    status = await read_channel(world.hub, world.asking, id)
    assert (status.push.failure, status.push.behind_since) == (None, None)
