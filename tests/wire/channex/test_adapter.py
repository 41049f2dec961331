"""What is Channex's own, on real sockets against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters._kit.transport import AioTransport
from adapters._kit.wiring import Wiring
from adapters.channex import MANIFEST
from adapters.channex.client import PROPERTIES_AT_ONCE
from adapters.channex.config import ChannexConfig
from adapters.channex.mapping import ari, revisions
from adapters.channex.mapping.rooms import Plan
from adapters.channex.simulator import API_KEY, HOTELS, PREFIX, Manner
from adapters.channex.simulator.wish import Wish, WishedRoom
from core.domain.connections.connection import Verdict
from core.domain.money import Money
from core.domain.stock.ari import (
    AriLine,
    AvailabilityLine,
    Prices,
    RateLine,
    RestrictionLine,
    Restrictions,
    ShownKind,
    Span,
)
from core.domain.tenancy import Environment
from entrypoints.sandbox import STALLS, Sandbox
from ports.errors import BrokenContract, Misconfigured, NotSupported, Unavailable, VendorError
from ports.limiter import Rate
from tests.contract.channel_rig import SteppingClock
from tests.contract.channex_rig import ChannexRig, channex
from tests.contract.opening import opened
from tests.contract.test_ari_channel import FIRST, WEEK
from tests.servers.asgi import serving

pytestmark = pytest.mark.anyio
TWIN, _, FAMILY = HOTELS[0].rooms
BAR, FAMILY_BAR = TWIN.plans[0].id, FAMILY.plans[0].id


@pytest.fixture
async def rig() -> AsyncIterator[ChannexRig]:
    async with channex() as opened_rig:
        yield opened_rig


def prices(*told: tuple[int, str], extra: str | None = None, currency: str = "SAR") -> Prices:
    by_adults = tuple((n, Money.of(amount, currency)) for n, amount in told)
    return Prices(by_adults, Money.of(extra, currency) if extra else None)


async def refusals(rig: ChannexRig, *lines: AriLine) -> list[tuple[int, str]]:
    answer = await rig.channel.push(rig.property_code, lines)
    assert answer.taken
    return [(refused.line, refused.code) for refused in answer.refused]


# ------------------------------------------------------------------ prices


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (prices((1, "400"), (2, "450"), (3, "500"), (4, "540")), {1: 400, 2: 450, 3: 500, 4: 540}),
        (prices((2, "450"), extra="60"), {2: 450, 3: 510, 4: 570}),
        (prices((1, "400"), (4, "540")), {1: 400, 4: 540}),
        (prices((4, "540"), (6, "700"), extra="50"), {4: 540}),
    ],
)
async def test_each_occupancy_that_a_plan_takes_gets_its_price(
    rig: ChannexRig, told: Prices, held: dict[int, int]
) -> None:
    assert await refusals(rig, RateLine(FAMILY.id, FAMILY_BAR, WEEK, told)) == []
    assert rig.simulator.stock.rates[FAMILY_BAR, FIRST] == held


async def test_a_plan_by_the_room_gets_the_price_of_its_own_occupancy(rig: ChannexRig) -> None:
    told = prices((1, "300"), (2, "333.50"), (3, "400"))
    assert await refusals(rig, RateLine(TWIN.id, BAR, WEEK, told)) == []
    assert rig.prices(TWIN.id, BAR, FIRST) == prices((2, "333.5"))


async def test_what_cannot_be_priced_is_named_and_not_sent(rig: ChannexRig) -> None:
    lines = [
        RateLine(TWIN.id, BAR, WEEK, prices((1, "300"))),
        RateLine(TWIN.id, BAR, WEEK, prices((2, "300"), currency="USD")),
        RateLine(TWIN.id, "another-plan", WEEK, prices((2, "300"))),
        RateLine(TWIN.id, BAR, WEEK, prices((2, "0"))),
    ]
    named = [(0, "no_price"), (1, "currency"), (2, "unknown_rate_plan"), (3, "rate")]
    assert await refusals(rig, *lines) == named
    assert rig.simulator.calls["restrictions"] == 0
    good = RateLine(TWIN.id, BAR, WEEK, prices((2, "300")))
    assert await refusals(rig, lines[0], good) == [(0, "no_price")]
    assert rig.prices(TWIN.id, BAR, FIRST) == prices((2, "300"))


async def test_plans_are_asked_for_once_in_a_while(rig: ChannexRig) -> None:
    line = RateLine(TWIN.id, BAR, WEEK, prices((2, "300")))
    for _ in range(3):
        await refusals(rig, line)
    assert rig.simulator.calls["rate_plans"] == 1
    rig.clock.ahead_s += 1000
    await refusals(rig, line)
    assert rig.simulator.calls["rate_plans"] == 2


# ------------------------------------------------------------------ warnings


async def test_a_rate_and_a_restriction_of_the_same_days_are_told_apart(rig: ChannexRig) -> None:
    rate = RateLine(TWIN.id, BAR, WEEK, prices((2, "300")))
    bound = RestrictionLine(TWIN.id, BAR, WEEK, Restrictions(stop_sell=True))
    rig.simulator.manner = Manner(refuse=(1,))
    assert [line for line, _ in await refusals(rig, rate, bound)] == [1]
    assert rig.prices(TWIN.id, BAR, FIRST) is not None
    rig.simulator.manner = Manner(refuse=(0,))
    assert [line for line, _ in await refusals(rig, rate, bound)] == [0]
    assert rig.restrictions(TWIN.id, BAR, FIRST) == bound.restrictions


async def test_a_warning_that_names_no_line_leaves_all_of_it_open(rig: ChannexRig) -> None:
    rig.simulator.manner = Manner(strange=True)
    line = AvailabilityLine(TWIN.id, WEEK, 3)
    answer = await rig.channel.push(rig.property_code, [line])
    assert not answer.taken
    assert answer.refused == ()


async def test_days_that_are_past_or_too_far_are_refused(rig: ChannexRig) -> None:
    today = rig.simulator.today(HOTELS[0])
    distribution = MANIFEST.distribution
    assert distribution is not None
    first, last = (
        today + timedelta(days=n) for n in (distribution.first_day, distribution.last_day)
    )
    good = [AvailabilityLine(TWIN.id, Span(day, day), 1) for day in (first, last)]
    assert await refusals(rig, *good) == []
    one = timedelta(days=1)
    bad = [AvailabilityLine(TWIN.id, Span(d, d), 1) for d in (first - one, last + one)]
    assert [line for line, _ in await refusals(rig, *bad)] == [0, 1]


async def test_availability_goes_alone(rig: ChannexRig) -> None:
    mixed = [
        AvailabilityLine(TWIN.id, WEEK, 1),
        RestrictionLine(TWIN.id, BAR, WEEK, Restrictions()),
    ]
    with pytest.raises(NotSupported):
        await rig.channel.push(rig.property_code, mixed)
    assert [len(message) for message in rig.channel.messages(mixed)] == [1, 1]


def test_no_message_is_over_ten_megabytes() -> None:
    """Forty thousand lines, as twenty rooms with four plans have for five hundred days."""
    told = prices(*((n, "1234567.89") for n in range(1, 19)))
    lines = [RateLine(TWIN.id, BAR, WEEK, told) for _ in range(40_000)]
    messages = ari.messages(lines)
    assert len(messages) < 6
    family = Plan(BAR, "", TWIN.id, "SAR", True, tuple(range(1, 19)))
    for message in messages:
        sent = ari.push(HOTELS[0].id, message, {BAR: family})
        assert len(sent.content) < 10_000_000


# ------------------------------------------------------------------ limits


class SpentElsewhere:
    """A budget that other processes have used up for *wait_s*."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        self.asked: set[str] = set()

    async def acquire(self, budget: str, *, rate: Rate, cost: int = 1) -> float:
        self.asked.add(budget)
        assert rate.at_once + rate.count * 60 / rate.per_s <= 10
        return self.wait_s


async def test_a_budget_that_others_have_spent_says_when_to_come_back(rig: ChannexRig) -> None:
    """All processes draw on one, for each property and address; nothing is sent beyond it."""
    clock, transport, limiter = SteppingClock(), AioTransport(), SpentElsewhere(45.0)
    wiring = Wiring(
        connection="con_other",
        budget="acc_test",
        environment=Environment.TEST,
        transport=transport,
        limiter=limiter,
        clock=clock,
    )
    async with serving(rig.simulator.asgi) as address:
        config = ChannexConfig(api_key=API_KEY, base_url=f"{address}{PREFIX}")
        async with MANIFEST.open(config, wiring) as other:
            with pytest.raises(Unavailable) as refused:
                await other.push(rig.property_code, [AvailabilityLine(TWIN.id, WEEK, 1)])
    await transport.aclose()
    assert refused.value.retry_after_s == 45.0
    assert limiter.asked == {f"acc_test:{rig.property_code}:availability"}
    assert rig.simulator.calls["availability"] == 0


async def test_where_they_say_too_many_a_minute_is_waited(rig: ChannexRig) -> None:
    line = AvailabilityLine(TWIN.id, WEEK, 1)
    rig.break_("availability", "rate_limited", 0, times=None)
    with pytest.raises(Unavailable) as refused:
        await rig.channel.push(rig.property_code, [line])
    assert refused.value.retry_after_s == 60  # they say not how long; their guide does


# ------------------------------------------------------------------ reading back


async def test_what_is_held_is_shown_as_it_was_told(rig: ChannexRig) -> None:
    lines = [
        RateLine(FAMILY.id, FAMILY_BAR, WEEK, prices((1, "400"), (2, "450"), extra="60")),
        RateLine(TWIN.id, BAR, WEEK, prices((2, "300"))),
        RestrictionLine(TWIN.id, BAR, WEEK, Restrictions(True, False, True, 2, 3, 9)),
    ]
    await rig.channel.push(rig.property_code, lines)
    await rig.channel.push(rig.property_code, [AvailabilityLine(TWIN.id, WEEK, 5)])
    shown = await rig.channel.shown(rig.property_code, WEEK.first, WEEK.last)
    assert shown.kind is ShownKind.HELD
    free = {(row.room, row.day): row.free for row in shown.availability}
    assert free[TWIN.id, FIRST] == 5
    rates = {(row.room, row.plan, row.day): row for row in shown.rates}
    assert len(rates) == 6 * 7
    twin = rates[TWIN.id, BAR, FIRST]
    assert twin.prices == prices((2, "300"))
    assert twin.restrictions == Restrictions(True, False, True, 2, 3, 9)
    family = rates[FAMILY.id, FAMILY_BAR, FIRST]
    assert family.prices == prices((1, "400"), (2, "450"), (3, "510"), (4, "570"))
    assert family.restrictions == Restrictions()


async def test_a_long_stretch_is_read_in_parts(rig: ChannexRig) -> None:
    shown = await rig.channel.shown(rig.property_code, FIRST, FIRST + timedelta(days=399))
    assert rig.simulator.calls["availability_held"] == 3
    assert len(shown.availability) == 3 * 400
    assert all(row.prices is None for row in shown.rates)


# ------------------------------------------------------------------ reservations


def wish(adults: int = 2, **other: object) -> Wish:
    room = WishedRoom(FAMILY.id, FAMILY_BAR, FIRST, FIRST + timedelta(days=2), adults, **other)  # type: ignore[arg-type]
    return Wish((room,), paid=True)


async def test_an_occupancy_is_booked_under_the_plan_it_belongs_to(rig: ChannexRig) -> None:
    rig.simulator.book(rig.property_code, wish(adults=2), force=True)
    (pulled,) = await rig.source.pull([rig.property_code])
    (room,) = rig.source.parse(pulled.raw).rooms
    assert (room.room, room.plan) == (FAMILY.id, FAMILY_BAR)
    assert FAMILY.plans[0].option(2).encode() in pulled.raw


async def test_a_room_that_is_mapped_nowhere_is_kept(rig: ChannexRig) -> None:
    rig.simulator.book(rig.property_code, wish(unmapped=True), force=True)
    (pulled,) = await rig.source.pull([rig.property_code])
    (room,) = rig.source.parse(pulled.raw).rooms
    assert (room.room, room.plan, room.stay.nights) == ("", "", 2)


def test_an_id_that_looks_like_a_card_is_none() -> None:
    id = "547015c3-0044-4449-8413-a0cd18d31432"
    item = {"id": id, "attributes": {"id": id, "notes": "my card is 4111 1111 1111 1111"}}
    message, kept = revisions.pulled(msgspec.json.encode(item))
    assert message == id
    assert msgspec.json.decode(kept) == {
        "id": id,
        "attributes": {"id": id, "notes": "my card is **** **** **** 1111"},
    }


async def test_two_properties_are_asked_in_one_call(rig: ChannexRig) -> None:
    rig.simulator.book(rig.property_code, wish(), force=True)
    other, room = HOTELS[1], HOTELS[1].rooms[0]
    stay = WishedRoom(room.id, room.plans[0].id, FIRST, FIRST + timedelta(days=1))
    rig.simulator.book(other.id, Wish((stay,)), force=True)
    found = await rig.source.pull([rig.property_code, other.id])
    assert {rig.source.parse(one.raw).property_code for one in found} == {
        rig.property_code,
        other.id,
    }
    assert rig.simulator.calls["feed"] == 1
    only = await rig.source.pull([other.id])
    assert [rig.source.parse(one.raw).property_code for one in only] == [other.id]


async def test_properties_that_cannot_be_asked_do_not_keep_the_others(rig: ChannexRig) -> None:
    rig.simulator.book(rig.property_code, wish(), force=True)
    others = [str(uuid4()) for _ in range(PROPERTIES_AT_ONCE)]
    rig.break_("pull", "unauthorised", times=1)
    (pulled,) = await rig.source.pull([*others, rig.property_code])
    assert rig.source.parse(pulled.raw).property_code == rig.property_code
    rig.break_("pull", "unauthorised", times=None)
    with pytest.raises(Misconfigured):
        await rig.source.pull([*others, rig.property_code])


@pytest.mark.parametrize("how", ["no id", "an id that is none", "no attributes"])
async def test_a_hundred_revisions_that_cannot_be_read_hide_no_other_and_are_all_kept(
    rig: ChannexRig, how: str
) -> None:
    for _ in range(101):
        rig.simulator.book(rig.property_code, wish(), force=True)
    for revision in rig.simulator.ledger.revisions[:100]:
        if how == "no attributes":
            revision["attributes"] = {"property_id": rig.property_code}
        else:
            revision["attributes"]["number"] = revision["id"]
            revision["id"] = 17 if how == "an id that is none" else None
    found = await rig.source.pull([rig.property_code])
    assert len({one.message for one in found}) == 101
    assert rig.source.parse(found[-1].raw).message == found[-1].message
    for one in found[:-1]:
        assert b"4111111111111111" not in one.raw
        with pytest.raises(BrokenContract):
            rig.source.parse(one.raw)


async def test_a_feed_that_knows_no_pages_is_read_once_and_not_for_ever(rig: ChannexRig) -> None:
    for _ in range(101):
        rig.simulator.book(rig.property_code, wish(), force=True)
    rig.simulator.manner = Manner(pages=False)
    assert len(await rig.source.pull([rig.property_code])) == 200
    assert rig.simulator.calls["feed"] == 2


async def test_told_in_disorder_and_twice_they_still_have_an_order(rig: ChannexRig) -> None:
    booking = rig.simulator.book(rig.property_code, wish(), force=True)
    rig.simulator.modify(booking, wish(adults=3))
    rig.simulator.cancel(booking)
    rig.simulator.manner = Manner(disorder=True, repeat=True)
    told = [rig.source.parse(one.raw) for one in await rig.source.pull([rig.property_code])]
    assert len(told) == 6
    assert len({one.message for one in told}) == 3
    newest = max(told, key=lambda one: one.order)
    assert newest.revision.value == "cancelled"


async def test_a_booking_takes_its_room_off_and_only_we_give_it_back(rig: ChannexRig) -> None:
    await rig.channel.push(rig.property_code, [AvailabilityLine(FAMILY.id, WEEK, 2)])
    booking = rig.simulator.book(rig.property_code, wish())
    assert rig.free(FAMILY.id, FIRST) == 1
    rig.simulator.cancel(booking)
    assert rig.free(FAMILY.id, FIRST) == 1
    await rig.channel.push(rig.property_code, [AvailabilityLine(FAMILY.id, WEEK, 2)])
    assert rig.free(FAMILY.id, FIRST) == 2


@given(st.binary(max_size=300))
def test_no_bytes_make_parsing_fall(raw: bytes) -> None:
    with pytest.raises((ValueError, msgspec.MsgspecError)):
        revisions.reservation(raw)


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"id": "1", "attributes": {"rooms": [7]}}'])
async def test_hostile_bytes_are_a_broken_contract(rig: ChannexRig, raw: bytes) -> None:
    with pytest.raises(BrokenContract):
        rig.source.parse(raw)


@pytest.mark.parametrize("how", ["huge", "proxy", "forbidden"])
@pytest.mark.parametrize("operation", ["feed", "availability", "property", "availability_held"])
async def test_whatever_answers_only_port_errors_come_out(
    rig: ChannexRig, operation: str, how: str
) -> None:
    asks: dict[str, Callable[[], Awaitable[object]]] = {
        "feed": lambda: rig.source.pull([rig.property_code]),
        "availability": lambda: rig.channel.push(
            rig.property_code, [AvailabilityLine(TWIN.id, WEEK, 1)]
        ),
        "property": lambda: rig.channel.catalogue(rig.property_code),
        "availability_held": lambda: rig.channel.shown(rig.property_code, FIRST, FIRST),
    }
    rig.break_(operation, how, 0, times=None)
    with pytest.raises(VendorError) as caught:
        await asks[operation]()
    assert API_KEY not in str(caught.value)


# ------------------------------------------------------------------ connecting


async def test_the_connection_test_says_what_is_wrong(rig: ChannexRig) -> None:
    found = await rig.channel.probe()
    assert found.evidence["properties"] == "2"
    assert found.evidence["property_codes"] == ", ".join(f"{h.id} ({h.title})" for h in HOTELS)
    for how, verdict in (
        ("unauthorised", Verdict.REJECTED),
        ("away", Verdict.UNREACHABLE),
        ("malformed", Verdict.CANNOT_TEST),
        ("proxy", Verdict.UNREACHABLE),
    ):
        rig.heal()
        rig.break_("properties", how, 0, times=None)
        assert (await rig.channel.probe()).verdict is verdict


def test_environments_do_not_mix() -> None:
    def faults(url: str, environment: Environment) -> int:
        config = ChannexConfig(api_key="fakekey0", base_url=url)
        return len(MANIFEST.check(config, environment))

    assert not faults("https://staging.channex.io/api/v1", Environment.TEST)
    assert not faults("http://127.0.0.1:8900/channex/api/v1", Environment.TEST)
    assert faults("https://app.channex.io/api/v1", Environment.TEST)
    assert not faults("https://app.channex.io/api/v1", Environment.LIVE)
    assert not faults("https://secure.channex.io/api/v1", Environment.LIVE)
    assert faults("https://staging.channex.io/api/v1", Environment.LIVE)
    assert faults("http://app.channex.io/api/v1", Environment.LIVE)
    assert faults("https://channex.io.example.com/api/v1", Environment.LIVE)


async def test_the_sandbox_serves_it() -> None:
    (stall,) = [one for one in STALLS if one.adapter == "channex"]
    async with serving(Sandbox()) as address:
        config = {**stall.config, "base_url": f"{address}{stall.path}"}
        async with opened("channex", config, SteppingClock()) as channel:
            assert (await channel.probe()).verdict is Verdict.VERIFIED
            catalogue = await channel.catalogue(HOTELS[1].id)
            assert [room.name for room in catalogue.rooms] == ["Kamar Deluxe"]
