"""What every GDS keeps, whoever is behind it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
import traceback
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from adapters import registry
from core.domain.bookings.flight import Bound, FlightOffer, FlightSearch
from core.domain.bookings.pnr import CouponStatus, Pnr, QueueReason, SegmentStatus, Task
from core.domain.bookings.terms import PriceChanged, SoldOut
from core.domain.connections.connection import Verdict
from core.domain.person import PassengerType
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.gds import Gds, PnrOrder, Queued, Ssr, Traveller
from ports.manifest import Role
from tests.contract.gds_rigs import LIVE_SYSTEMS, ROUTE, SYSTEMS, Rig, SabreRig, sabre
from tests.contract.hotel_rigs import told
from tests.contract.opening import CONNECTION

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(int(time.time()) % 1_000_000)
ADULT, CHILD, INFANT = PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT
ONE = {ADULT: 1}
FAMILY = {ADULT: 2, CHILD: 1, INFANT: 1}
BODIES = ("truncated", "empty", "wrong_type", "malformed", "huge")
PASSPORT = "X0000001"


@pytest.fixture(params=[*SYSTEMS, *(pytest.param(n, marks=pytest.mark.live) for n in LIVE_SYSTEMS)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with {**SYSTEMS, **LIVE_SYSTEMS}[request.param]() as opened:
        yield opened


@pytest.fixture
async def wire() -> AsyncIterator[SabreRig]:
    async with sabre() as opened:
        yield opened


def a_key() -> str:
    return f"S{next(NUMBERS):07d}"


def a_search(party: dict[PassengerType, int] = ONE, *, returns: bool = True) -> FlightSearch:
    there = datetime.now(UTC).date() + timedelta(days=60)
    origin, destination = ROUTE
    bounds = [Bound(origin, destination, there)]
    if returns:
        bounds.append(Bound(destination, origin, there + timedelta(days=12)))
    return FlightSearch(tuple(bounds), party, max_stops=0)


async def an_offer(
    rig: Rig, party: dict[PassengerType, int] = ONE, *, refundable: bool = True
) -> FlightOffer:
    found = await rig.gds.shop(a_search(party), deadline_s=20)
    checked = await rig.gds.check(next(o for o in found if o.refundable is refundable))
    assert isinstance(checked, FlightOffer)
    return checked


def an_order(offer: FlightOffer, name: str = "Siti") -> PnrOrder:
    travellers: list[Traveller] = []
    for fare in offer.fares:
        for _ in range(fare.count):
            number = len(travellers) + 1
            years = {ADULT: 35, CHILD: 8, INFANT: 1}[fare.type]
            travellers.append(
                Traveller(
                    number=number,
                    type=fare.type,
                    name=f"{name}{'ABCDEFGHI'[number]}",
                    surname="Contoh",
                    title="Mrs",
                    born_on=date(datetime.now(UTC).year - years, 3, 12),
                    gender="F",
                    with_adult=1 if fare.type is INFANT else None,
                    passport=PASSPORT,
                    passport_country="ID",
                    passport_ends_on=date(2033, 1, 31),
                    nationality="ID",
                )
            )
    requests = (Ssr("WCHR", 1), Ssr("MOML", 0))
    return PnrOrder(offer, tuple(travellers), "siti@example.com", "+62-21-5550100", requests)


async def made(rig: Rig, key: str, party: dict[PassengerType, int] = ONE) -> Pnr:
    answer = await rig.gds.create_pnr(an_order(await an_offer(rig, party)), key=key)
    assert isinstance(answer, Pnr)
    return answer


# ---------------------------------------------------------------- shopping and checking


async def test_offers_say_all_that_selling_needs(rig: Rig) -> None:
    search = a_search(FAMILY)
    found = await rig.gds.shop(search, deadline_s=20)
    assert found
    for offer in found:
        assert offer.connection == CONNECTION
        assert sum(offer.bounds) == len(offer.segments)
        assert len(offer.bounds) == len(search.bounds)
        assert {f.type: f.count for f in offer.fares} == FAMILY
        net = sum((f.base + f.taxes).minor * f.count for f in offer.fares)
        assert (offer.price.net.minor, offer.price.sell) == (net, offer.price.net)
        assert all(s.rbd and s.fare_basis and s.arrives_at.tzinfo is None for s in offer.segments)
        assert offer.ticket_by is not None
        assert offer.ticket_by.utcoffset() == timedelta()
        assert offer.cancellation.steps


async def test_only_a_refundable_fare_gives_something_back(rig: Rig) -> None:
    for offer in await rig.gds.shop(a_search(), deadline_s=20):
        now = datetime.now(UTC) + timedelta(seconds=5)
        fee = offer.cancellation.fee_at(now, offer.price.net.currency)
        assert (fee < offer.price.net) is offer.refundable


async def test_a_check_ends_the_need_for_one(rig: Rig) -> None:
    checked = await an_offer(rig)
    assert not checked.recheck
    assert checked.price.sell == checked.price.net


async def test_a_dearer_check_tells_the_new_price(rig: Rig) -> None:
    offer = (await rig.gds.shop(a_search(), deadline_s=20))[0]
    rig.break_next("check", "dearer", 10)
    checked = await rig.gds.check(offer)
    assert isinstance(checked, FlightOffer)
    assert offer.price.net < checked.price.net


async def test_what_is_gone_at_the_check_is_said_so(rig: Rig) -> None:
    offer = (await rig.gds.shop(a_search(), deadline_s=20))[0]
    rig.break_next("check", "sold_out")
    assert isinstance(await rig.gds.check(offer), SoldOut)


async def test_rules_come_with_their_text_and_what_is_structured(rig: Rig) -> None:
    offer = await an_offer(rig)
    rules = await rig.gds.fare_rules(offer)
    assert len(rules) == 2
    for one in rules:
        assert one.fare_basis in {s.fare_basis for s in offer.segments}
        assert one.structured == offer.penalties
        assert any(c.number == 16 and c.lines for c in one.categories)
        assert one.penalties


# ---------------------------------------------------------------- PNRs


async def test_a_pnr_is_confirmed_at_its_price_and_found_again(rig: Rig) -> None:
    offer = await an_offer(rig, FAMILY)
    pnr = await rig.gds.create_pnr(an_order(offer), key=(key := a_key()))
    assert isinstance(pnr, Pnr)
    assert len(pnr.locator) == 6
    assert [s.status for s in pnr.segments] == [SegmentStatus.HK] * len(offer.segments)
    assert [s.segment.departs_at for s in pnr.segments] == [s.departs_at for s in offer.segments]
    assert (pnr.net, pnr.tasks, pnr.ticketed) == (offer.price.net, (), False)
    assert pnr.ticket_by is not None
    assert pnr.fare_until is not None
    assert pnr.due_by == min(pnr.ticket_by, pnr.fare_until)
    found = await rig.gds.find(key)
    assert found is not None
    assert found.signature
    assert msgspec.structs.replace(found, signature=pnr.signature) == pnr
    assert await rig.gds.retrieve(pnr.locator) == found
    await rig.gds.cancel(pnr.locator)


async def test_a_key_that_was_never_sent_is_not_found(rig: Rig) -> None:
    assert await rig.gds.find(a_key()) is None


async def test_a_kill_between_end_transaction_and_its_answer_makes_no_second_pnr(rig: Rig) -> None:
    order = an_order(await an_offer(rig))
    rig.break_next("create_pnr", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.gds.create_pnr(order, key=(key := a_key()))
    assert rig.at_vendor(key) == 1
    found = await rig.gds.find(key)
    assert found is not None
    assert not found.cancelled
    assert rig.at_vendor(key) == 1


async def test_the_same_key_twice_is_two_pnrs_so_nobody_repeats(rig: Rig) -> None:
    order = an_order(await an_offer(rig))
    key = a_key()
    for _ in range(2):
        assert isinstance(await rig.gds.create_pnr(order, key=key), Pnr)
    assert rig.at_vendor(key) == 2
    for name in registry.names():
        manifest = registry.load(name)
        if Role.GDS in manifest.roles:
            assert (manifest.repeatable_for_s, manifest.absence_certain_after_s) == (None, None)


@pytest.mark.parametrize(("how", "kind"), [("sold_out", SoldOut), ("dearer", PriceChanged)])
async def test_what_cannot_be_had_is_a_value_and_makes_nothing(
    rig: Rig, how: str, kind: type
) -> None:
    order = an_order(await an_offer(rig))
    rig.break_next("create_pnr", how, 5)
    assert isinstance(await rig.gds.create_pnr(order, key=(key := a_key())), kind)
    assert rig.at_vendor(key) == 0


async def test_a_name_no_ticket_can_show_is_refused_before_anything_is_sent(rig: Rig) -> None:
    order = an_order(await an_offer(rig), name="سيتي")
    with pytest.raises(Refused, match="name"):
        await rig.gds.create_pnr(order, key=(key := a_key()))
    assert rig.at_vendor(key) == 0


async def test_a_locator_that_is_none_is_refused(rig: Rig) -> None:
    for locator in ("ZZZZZZ", "no"):
        with pytest.raises(Refused):
            await rig.gds.retrieve(locator)


async def test_many_at_once_do_not_mix(rig: Rig) -> None:
    order = an_order(await an_offer(rig))
    keys = [a_key() for _ in range(4)]
    pnrs = await asyncio.gather(*(rig.gds.create_pnr(order, key=key) for key in keys))
    assert len({p.locator for p in pnrs if isinstance(p, Pnr)}) == len(keys)
    for key, pnr in zip(keys, pnrs, strict=True):
        assert isinstance(pnr, Pnr)
        assert any(key in remark for remark in pnr.remarks)


# ---------------------------------------------------------------- tickets


async def test_tickets_are_issued_once_and_told_again(rig: Rig) -> None:
    pnr = await made(rig, key := a_key(), FAMILY)
    tickets = await rig.gds.ticket(pnr.locator, key=key)
    assert sorted(t.passenger for t in tickets) == [1, 2, 3, 4]
    assert all(c.status is CouponStatus.OPEN for t in tickets for c in t.coupons)
    assert all(len(t.number) == 13 and t.live for t in tickets)
    assert list(await rig.gds.ticket(pnr.locator, key=key)) == list(tickets)
    assert (await rig.gds.retrieve(pnr.locator)).ticketed


async def test_a_lost_ticketing_is_unknown_and_retrieve_tells(rig: Rig) -> None:
    pnr = await made(rig, key := a_key())
    rig.break_next("ticket", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.gds.ticket(pnr.locator, key=key)
    before = (await rig.gds.retrieve(pnr.locator)).tickets
    assert len(before) == 1
    assert tuple(await rig.gds.ticket(pnr.locator, key=key)) == before


async def test_tickets_are_voided_on_their_day_and_the_pnr_stays(rig: Rig) -> None:
    pnr = await made(rig, key := a_key())
    await rig.gds.ticket(pnr.locator, key=key)
    with pytest.raises(Refused):
        await rig.gds.cancel(pnr.locator)
    after = await rig.gds.void(pnr.locator)
    assert [t.live for t in after.tickets] == [False]
    assert not after.cancelled
    assert await rig.gds.void(pnr.locator) == after
    assert (await rig.gds.cancel(pnr.locator)).cancelled


async def test_after_the_void_window_they_are_refunded(rig: Rig) -> None:
    pnr = await made(rig, key := a_key(), FAMILY)
    await rig.gds.ticket(pnr.locator, key=key)
    rig.a_day_later()
    with pytest.raises(Refused):
        await rig.gds.void(pnr.locator)
    quote = await rig.gds.refund_quote(pnr.locator)
    assert quote.penalty.minor > 0
    assert quote.refund + quote.penalty == pnr.net
    after = await rig.gds.refund(pnr.locator)
    assert {c.status for t in after.tickets for c in t.coupons} == {CouponStatus.REFUNDED}


async def test_a_lost_void_is_unknown_and_retrieve_tells(rig: Rig) -> None:
    pnr = await made(rig, key := a_key())
    await rig.gds.ticket(pnr.locator, key=key)
    rig.break_next("void", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.gds.void(pnr.locator)
    assert not (await rig.gds.retrieve(pnr.locator)).ticketed


# ---------------------------------------------------------------- cancelling, and what carriers do


async def test_cancelling_twice_is_cancelled(rig: Rig) -> None:
    pnr = await made(rig, a_key())
    once = await rig.gds.cancel(pnr.locator)
    assert once.cancelled
    assert await rig.gds.cancel(pnr.locator) == once


async def test_a_lost_cancellation_is_unknown_and_retrieve_tells(rig: Rig) -> None:
    pnr = await made(rig, a_key())
    rig.break_next("cancel", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.gds.cancel(pnr.locator)
    assert (await rig.gds.retrieve(pnr.locator)).cancelled


async def test_a_schedule_change_shows_what_was_and_what_to_do(rig: Rig) -> None:
    pnr = await made(rig, a_key())
    rig.carrier(pnr.locator, SegmentStatus.TK)
    first = (await rig.gds.retrieve(pnr.locator)).segments[0]
    assert first.was == pnr.segments[0].segment.departs_at
    assert first.segment.departs_at == first.was + timedelta(minutes=90)
    assert first.task is Task.TELL_AND_ACKNOWLEDGE
    reasons = {q.reason for q in await rig.gds.queued() if q.locator == pnr.locator}
    assert reasons == {QueueReason.OURS, QueueReason.SCHEDULE_CHANGED}


async def test_what_the_carrier_cancelled_has_to_be_booked_anew(rig: Rig) -> None:
    pnr = await made(rig, a_key())
    rig.carrier(pnr.locator, SegmentStatus.HX)
    assert Task.REBOOK in (await rig.gds.retrieve(pnr.locator)).tasks
    reasons = {q.reason for q in await rig.gds.queued() if q.locator == pnr.locator}
    assert QueueReason.CANCELLED_BY_CARRIER in reasons


async def test_a_queue_is_read_left_and_joined_again(rig: Rig) -> None:
    first, second = await made(rig, a_key()), await made(rig, a_key())
    waiting = [q for q in await rig.gds.queued() if q.reason is QueueReason.OURS]
    assert [q.locator for q in waiting][-2:] == [first.locator, second.locator]
    for _ in range(2):  # one that is not there is well
        await rig.gds.dequeue(waiting[-2])
    assert not await _waits(rig, first.locator)
    assert await _waits(rig, second.locator)
    for _ in range(2):
        await rig.gds.enqueue(first.locator)
    assert len(await _waits(rig, first.locator)) == 1


async def _waits(rig: Rig, locator: str) -> list[Queued]:
    return [q for q in await rig.gds.queued() if q.locator == locator]


async def test_a_missing_right_is_never_a_no(rig: Rig) -> None:
    order = an_order(await an_offer(rig))
    pnr = await made(rig, a_key())
    for operation in OPERATIONS:
        rig.break_next(operation, "forbidden")
        with pytest.raises(Misconfigured):
            await ask(rig, operation, order, pnr)
    assert rig.at_vendor("SREFUSED") == 0
    assert not (await rig.gds.retrieve(pnr.locator)).cancelled


async def test_too_many_requests_says_when_to_come_back(rig: Rig) -> None:
    order = an_order(await an_offer(rig))
    rig.break_next("create_pnr", "rate_limited", 7)
    with pytest.raises(Unavailable) as refused:
        await rig.gds.create_pnr(order, key="SREFUSED")
    assert refused.value.retry_after_s == 7
    assert rig.at_vendor("SREFUSED") == 0


async def test_the_connection_test_verifies(rig: Rig) -> None:
    assert (await rig.gds.probe()).verdict is Verdict.VERIFIED


# ---------------------------------------------------------------- what only a wire can do

OPERATIONS = ("shop", "check", "create_pnr", "find", "retrieve", "ticket", "cancel", "queued")


async def ask(rig: Rig, operation: str, order: PnrOrder, pnr: Pnr) -> object:
    gds = rig.gds
    match operation:
        case "shop":
            return await gds.shop(a_search(), deadline_s=5)
        case "check":
            return await gds.check(order.offer)
        case "create_pnr":
            return await gds.create_pnr(order, key="SREFUSED")
        case "find":
            return await gds.find("SREFUSED")
        case "retrieve":
            return await gds.retrieve(pnr.locator)
        case "ticket":
            return await gds.ticket(pnr.locator, key="SREFUSED")
        case "cancel":
            return await gds.cancel(pnr.locator)
        case "fare_rules":
            return await gds.fare_rules(order.offer)
        case "queued":
            return await gds.queued()
    return await gds.void(pnr.locator)


@pytest.mark.parametrize("how", BODIES)
@pytest.mark.parametrize("operation", ["shop", "check", "retrieve", "queued", "fare_rules"])
async def test_an_unreadable_answer_to_a_question_is_a_broken_contract(
    wire: SabreRig, operation: str, how: str
) -> None:
    order, pnr = an_order(await an_offer(wire)), await made(wire, a_key())
    wire.break_(operation, how, times=None)
    with pytest.raises(BrokenContract):
        await ask(wire, operation, order, pnr)
    wire.simulator.faults.clear()


@pytest.mark.parametrize("how", [*BODIES, "lost", "error_after", "timeout", "partial"])
@pytest.mark.parametrize("operation", ["create_pnr", "ticket", "cancel"])
async def test_an_unreadable_answer_to_an_order_is_unknown_not_a_no(
    wire: SabreRig, operation: str, how: str
) -> None:
    if operation == "cancel" and how in ("timeout", "partial"):
        how = "lost"
    order, pnr = an_order(await an_offer(wire)), await made(wire, a_key())
    wire.break_next(operation, how)
    with pytest.raises(OutcomeUnknown):
        await ask(wire, operation, order, pnr)
    if operation == "create_pnr":
        found = await wire.gds.find("SREFUSED")
        assert found is not None
        assert wire.at_vendor("SREFUSED") == 1
    else:
        after = await wire.gds.retrieve(pnr.locator)
        assert after.cancelled or after.ticketed


@pytest.mark.parametrize("operation", ["ticket", "void", "refund"])
async def test_a_no_after_some_of_several_tickets_is_no_clear_no(
    wire: SabreRig, operation: str
) -> None:
    pnr = await made(wire, key := a_key(), FAMILY)
    if operation != "ticket":
        await wire.gds.ticket(pnr.locator, key=key)
    if operation == "refund":
        wire.a_day_later()
    wire.break_next(operation, "halved")
    with pytest.raises(OutcomeUnknown):
        await end_or_issue(wire.gds, operation, pnr.locator, key)


async def end_or_issue(gds: Gds, operation: str, locator: str, key: str) -> object:
    match operation:
        case "ticket":
            return await gds.ticket(locator, key=key)
        case "void":
            return await gds.void(locator)
    return await gds.refund(locator)


@pytest.mark.parametrize("how", ["system_error", "unavailable", "drop", "unknown_fault"])
async def test_a_failing_vendor_is_unclear_for_orders_only(wire: SabreRig, how: str) -> None:
    order = an_order(await an_offer(wire))
    wire.break_next("create_pnr", how)
    with pytest.raises(OutcomeUnknown):
        await wire.gds.create_pnr(order, key="SREFUSED")
    assert wire.at_vendor("SREFUSED") == 0
    if how != "unknown_fault":
        wire.break_next("shop", how)
        assert await wire.gds.shop(a_search(), deadline_s=20)


async def test_no_secret_and_no_name_shows_in_any_error_or_log(
    wire: SabreRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    order, pnr = an_order(await an_offer(wire)), await made(wire, a_key())
    shown = []
    hows = [*BODIES, "lost", "forbidden", "rate_limited", "system_error", "unknown_fault"]
    for operation, how in itertools.product((*OPERATIONS, "fare_rules"), hows):
        wire.simulator.faults.clear()
        wire.clock.ahead_s += 60  # the breaker has rested
        wire.break_(operation, how, 60, times=None)
        try:
            await ask(wire, operation, order, pnr)
        except VendorError as e:
            shown += [told(e), "".join(traceback.format_exception(e))]
    wire.simulator.faults.clear()
    assert len(shown) > 100
    everything = "\n".join([*shown, caplog.text, *(repr(vars(r)) for r in caplog.records)])
    for secret in (*wire.secrets, "Contoh", "CONTOH", "siti@example.com", PASSPORT):
        assert secret not in everything


def test_every_gds_has_a_rig() -> None:
    systems = {n for n in registry.names() if Role.GDS in registry.load(n).roles}
    assert systems <= set(SYSTEMS)
    assert {f"{name}-live" for name in systems} <= set(LIVE_SYSTEMS)
