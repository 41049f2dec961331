"""What Channex has a property management system show before it goes live, on its two-room property.

Each step is one call, answered with the number of a task, and what is then held.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta

import msgspec
import pytest

from adapters.channex.simulator.hotels import HOTELS
from core.domain.channels.channel_reservation import Revision
from core.domain.money import Money
from core.domain.stay import Stay
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    Span,
)
from tests.contract.channel_rig import Wish, WishedRoom
from tests.contract.channex_rig import ChannexRig, channex
from tests.contract.test_ari_channel import TODAY, days, held, said

pytestmark = pytest.mark.anyio
TWIN, DOUBLE = HOTELS[0].rooms[:2]
TWIN_BAR, TWIN_BB = (plan.id for plan in TWIN.plans)
DOUBLE_BAR, DOUBLE_BB = (plan.id for plan in DOUBLE.plans)
MONTH = TODAY + timedelta(days=60)


@pytest.fixture
async def rig() -> AsyncIterator[ChannexRig]:
    async with channex() as opened:
        yield opened


def span(first: int, last: int | None = None) -> Span:
    """Days of a month that begins in two months."""
    last = first if last is None else last
    return Span(MONTH + timedelta(days=first - 1), MONTH + timedelta(days=last - 1))


def price(plan: str, when: Span, amount: str) -> RateLine:
    room = TWIN.id if plan in (TWIN_BAR, TWIN_BB) else DOUBLE.id
    return RateLine(room, plan, when, Prices(((2, Money.of(amount, "SAR")),)))


def bound(plan: str, when: Span, restrictions: Restrictions) -> RestrictionLine:
    room = TWIN.id if plan in (TWIN_BAR, TWIN_BB) else DOUBLE.id
    return RestrictionLine(room, plan, when, restrictions)


def at_least(nights: int) -> Restrictions:
    return Restrictions(min_stay_arrival=nights, min_stay_through=nights)


STOP = Restrictions(stop_sell=True)
STEPS: dict[str, Sequence[AriLine]] = {
    "2 one price of one day": [price(TWIN_BAR, span(22), "333")],
    "3 prices of several plans": [
        price(TWIN_BAR, span(21), "333"),
        price(DOUBLE_BAR, span(25), "444"),
        price(DOUBLE_BB, span(29), "456.23"),
    ],
    "4 prices of several plans over days": [
        price(TWIN_BAR, span(1, 10), "241"),
        price(DOUBLE_BAR, span(10, 16), "312.66"),
        price(DOUBLE_BB, span(1, 20), "111"),
    ],
    "5 minimum stays": [
        bound(TWIN_BAR, span(23), at_least(3)),
        bound(DOUBLE_BAR, span(25), at_least(2)),
        bound(DOUBLE_BB, span(15), at_least(5)),
    ],
    "6 stop sell": [
        bound(TWIN_BAR, span(14), STOP),
        bound(DOUBLE_BAR, span(16), STOP),
        bound(DOUBLE_BB, span(20), STOP),
    ],
    "7 several restrictions": [
        bound(TWIN_BAR, span(1, 10), Restrictions(closed_to_arrival=True, max_stay=4)),
        bound(TWIN_BB, span(12, 16), Restrictions(closed_to_departure=True, min_stay_arrival=6)),
        bound(DOUBLE_BAR, span(10, 16), Restrictions(closed_to_arrival=True, min_stay_through=2)),
        bound(DOUBLE_BB, span(1, 20), at_least(10)),
    ],
    "8 half a year": [
        price(TWIN_BAR, span(31, 182), "432"),
        bound(TWIN_BAR, span(31, 182), at_least(2)),
        price(DOUBLE_BAR, span(31, 182), "342"),
        bound(DOUBLE_BAR, span(31, 182), at_least(3)),
    ],
    "9 rooms of one day": [
        AvailabilityLine(TWIN.id, span(21), 7),
        AvailabilityLine(DOUBLE.id, span(25), 0),
    ],
    "10 rooms over days": [
        AvailabilityLine(TWIN.id, span(10, 16), 3),
        AvailabilityLine(DOUBLE.id, span(17, 24), 4),
    ],
}


@pytest.mark.parametrize("step", STEPS)
async def test_each_step_is_one_call_with_a_task_and_is_held(rig: ChannexRig, step: str) -> None:
    lines = STEPS[step]
    (message,) = rig.channel.messages(lines)
    answer = await rig.channel.push(rig.property_code, message)
    assert answer.taken
    assert not answer.refused
    assert answer.reference
    assert sum(rig.simulator.calls[name] for name in ("availability", "restrictions")) == 1
    for line in lines:
        assert {repr(held(rig, line, day)) for day in days(line.span)} == {repr(said(line))}


def every_day(first: date, count: int) -> list[Span]:
    return [Span(day, day) for day in (first + timedelta(days=n) for n in range(count))]


async def test_1_all_of_five_hundred_days_is_two_calls(rig: ChannexRig) -> None:
    """Different from day to day, as at a real hotel: nothing can be put together."""
    today = rig.simulator.today(HOTELS[0])
    lines: list[AriLine] = []
    for n, when in enumerate(every_day(today, 500)):
        for room in (TWIN, DOUBLE):
            lines.append(AvailabilityLine(room.id, when, (n * 7 + room.adults) % 20))
            for place, plan in enumerate(room.plans):
                lines.append(price(plan.id, when, str(300 + (n * 13 + place * 40) % 200)))
                lines.append(bound(plan.id, when, at_least(2 + n % 3)))
    lines.sort(key=lambda line: isinstance(line, AvailabilityLine))  # as all of it is news
    messages = rig.channel.messages(lines)
    assert len(messages) == 2
    for message in messages:
        answer = await rig.channel.push(rig.property_code, message)
        assert answer.reference
        assert not answer.refused
    assert rig.simulator.calls["availability"] == rig.simulator.calls["restrictions"] == 1
    for line in lines[:: len(lines) // 50]:
        assert held(rig, line, line.span.first) == said(line)


async def test_11_a_booking_its_change_and_its_cancellation_are_received(rig: ChannexRig) -> None:
    stay = Stay(MONTH, MONTH + timedelta(days=3))
    wish = Wish((WishedRoom(TWIN.id, TWIN_BAR, stay, by_night=(300, 300, 300)),))
    reference = rig.reserve(wish)
    steps = [Revision.NEW, Revision.MODIFIED, Revision.CANCELLED]
    for expected in steps:
        (pulled,) = await rig.source.pull([rig.property_code])
        told = rig.source.parse(pulled.raw)
        assert (told.revision, told.reference) == (expected, reference)
        assert told.sold_on == "Booking.com"
        await rig.source.acknowledge(told, ours="res_1")
        assert await rig.source.pull([rig.property_code]) == []
        if expected is Revision.NEW:
            later = Stay(MONTH, MONTH + timedelta(days=4))
            longer = WishedRoom(TWIN.id, TWIN_BAR, later, by_night=(300, 300, 300, 310))
            rig.modify(reference, msgspec.structs.replace(wish, rooms=(longer,)))
        elif expected is Revision.MODIFIED:
            rig.cancel(reference)


async def test_12_nobody_is_over_the_limit_however_much_there_is_to_say(rig: ChannexRig) -> None:
    """Their side counts strictly: ten calls of a property within any minute, each address apart."""
    began = rig.clock.ahead_s
    for n in range(25):
        await rig.channel.push(rig.property_code, [AvailabilityLine(TWIN.id, span(1), n)])
    assert rig.free(TWIN.id, MONTH) == 24
    assert rig.clock.ahead_s - began >= 60 * 25 / 10 - 15
    other = HOTELS[1]
    before = rig.clock.ahead_s
    line = AvailabilityLine(other.rooms[0].id, span(1), 1)
    await rig.channel.push(other.id, [line])
    assert rig.clock.ahead_s == before  # another property has a budget of its own


async def test_13_only_what_is_said_is_sent(rig: ChannexRig) -> None:
    await rig.channel.push(rig.property_code, [AvailabilityLine(TWIN.id, span(1), 5)])
    assert rig.simulator.stock.free == {(TWIN.id, MONTH): 5}
    assert rig.simulator.stock.rates == {}
    assert await rig.channel.push(rig.property_code, []) is not None
    assert rig.simulator.calls["availability"] == 1
