"""What every hotel supplier keeps, whoever is behind it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
import traceback
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from adapters import registry
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.hotel import Collect, HotelCodes, HotelOffer, HotelSearch
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Verdict
from core.domain.person import Guest, Person, PersonKind
from core.domain.stay import Occupancy, Stay
from ports.errors import (
    BrokenContract,
    Misconfigured,
    OutcomeUnknown,
    Refused,
    Unavailable,
    VendorError,
)
from ports.hotel_supplier import AmendOrder, BookingOrder, HotelSupplier
from ports.manifest import Role
from tests.contract.hotel_rigs import (
    LIVE,
    OWN,
    SUPPLIERS,
    HotelbedsRig,
    MemoryRig,
    Rig,
    hotelbeds,
    told,
)
from tests.contract.opening import CONNECTION
from tests.patience import PATIENCE_S

pytestmark = pytest.mark.anyio
NUMBERS = itertools.count(int(time.time()) % 1_000_000)
TWO = (Occupancy(2),)
FAMILY = (Occupancy(2), Occupancy(2, (9,)), Occupancy(2))
BODIES = ("truncated", "empty", "wrong_type", "malformed", "huge")
NOTE = "a note only the hotel should read"


@pytest.fixture(params=[*SUPPLIERS, *(pytest.param(n, marks=pytest.mark.live) for n in LIVE)])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with {**SUPPLIERS, **LIVE}[request.param]() as opened:
        yield opened


@pytest.fixture(params=sorted(set(SUPPLIERS) - OWN))
async def vendor(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """Suppliers that somebody else keeps."""
    async with SUPPLIERS[request.param]() as opened:
        yield opened


@pytest.fixture
async def wire() -> AsyncIterator[HotelbedsRig]:
    async with hotelbeds() as opened:
        yield opened


def a_key() -> str:
    return f"S{next(NUMBERS):07d}"


def a_search(rig: Rig, rooms: tuple[Occupancy, ...] = TWO) -> HotelSearch:
    arrival = datetime.now(UTC).date() + timedelta(days=60)
    return HotelSearch(rig.destination, Stay(arrival, arrival + timedelta(days=4)), rooms, "ID")


async def offered(rig: Rig, rooms: tuple[Occupancy, ...] = TWO) -> Sequence[HotelOffer]:
    found = await rig.supplier.search(a_search(rig, rooms), deadline_s=20)
    assert found
    return found


async def an_offer(
    rig: Rig, rooms: tuple[Occupancy, ...] = TWO, *, free: bool = True
) -> HotelOffer:
    """Checked, paid by the agency, and free to cancel now, or not."""
    now = datetime.now(UTC)
    for offer in await offered(rig, rooms):
        fee = offer.cancellation.fee_at(now, offer.price.net.currency)
        if offer.collect is Collect.PREPAID and (fee.minor == 0) is free:
            checked = await rig.supplier.check(offer)
            assert isinstance(checked, HotelOffer)
            return checked
    raise AssertionError("nothing of the kind is for sale")


def an_order(offer: HotelOffer) -> BookingOrder:
    guests, people = [], {}
    for place, room in enumerate(offer.rooms):
        for number, age in enumerate([None] * room.occupancy.adults + [*room.occupancy.children]):
            id = f"per_{place}_{number}"
            kind = PersonKind.ADULT if age is None else PersonKind.CHILD
            guests.append(Guest(id, place, kind, age))
            people[id] = Person(id, f"Tamu{'ABCDEF'[number]}", "Contoh")
    holder = Person("per_holder", "Siti", "Contoh", email="siti@example.com", note=NOTE)
    return BookingOrder(offer, holder, tuple(guests), people)


async def booked(rig: Rig, offer: HotelOffer, key: str) -> SupplierBooking:
    answer = await rig.supplier.book(an_order(offer), key=key)
    assert isinstance(answer, SupplierBooking)
    return answer


# ---------------------------------------------------------------- searching and checking


async def test_offers_say_all_that_selling_needs(rig: Rig) -> None:
    search = a_search(rig)
    for offer in await offered(rig):
        assert (offer.connection, offer.stay) == (CONNECTION, search.stay)
        assert [room.occupancy for room in offer.rooms] == list(search.rooms)
        assert offer.price.net.minor > 0
        assert offer.price.sell == offer.price.net or offer.collect is Collect.HOTEL
        assert all(s.starts_at.utcoffset() == timedelta() for s in offer.cancellation.steps)
        assert len(offer.source) == len(offer.rooms)


async def test_rooms_keep_the_order_in_which_they_were_asked(rig: Rig) -> None:
    checked = await an_offer(rig, FAMILY)
    assert [room.occupancy for room in checked.rooms] == list(FAMILY)
    answer = await booked(rig, checked, key := a_key())
    assert answer.net == checked.price.net
    assert await rig.supplier.find(key) == answer
    await rig.supplier.cancel(answer.supplier_reference)


async def test_a_search_by_codes_asks_only_for_ours(rig: Rig) -> None:
    wanted = (await offered(rig))[0].hotel.code
    search = msgspec.structs.replace(
        a_search(rig), destination=HotelCodes({CONNECTION: (wanted,), "con_other": ("7",)})
    )
    found = await rig.supplier.search(search, deadline_s=20)
    assert {offer.hotel.code for offer in found} == {wanted}
    other = msgspec.structs.replace(search, destination=HotelCodes({"con_other": ("7",)}))
    assert not await rig.supplier.search(other, deadline_s=20)


async def test_a_check_ends_the_need_for_one(rig: Rig) -> None:
    checked = await an_offer(rig)
    assert not checked.recheck
    assert checked.expires_at is None
    assert checked.price.sell == checked.price.net


async def test_a_dearer_check_tells_the_new_price(rig: Rig) -> None:
    offer = (await offered(rig))[0]
    rig.break_next("check", "dearer", 10)
    checked = await rig.supplier.check(offer)
    assert isinstance(checked, HotelOffer)
    assert offer.price.net < checked.price.net
    assert checked.price.net.minor == pytest.approx(offer.price.net.minor * 1.1, abs=1)


@pytest.mark.parametrize(("how", "kind"), [("sold_out", SoldOut), ("expired", OfferExpired)])
async def test_what_is_gone_at_the_check_is_said_so(rig: Rig, how: str, kind: type) -> None:
    offer = (await offered(rig))[0]
    rig.break_next("check", how)
    assert isinstance(await rig.supplier.check(offer), kind)


# ---------------------------------------------------------------- booking


async def test_a_booking_is_confirmed_at_its_price_and_found_again(rig: Rig) -> None:
    offer = await an_offer(rig)
    answer = await booked(rig, offer, key := a_key())
    assert answer.state is SupplierState.CONFIRMED
    assert answer.vendor_reference == key
    assert answer.net == offer.price.net
    assert answer.stay == offer.stay
    assert answer.cancellation == offer.cancellation
    assert await rig.supplier.find(key) == answer
    await rig.supplier.cancel(answer.supplier_reference)


async def test_a_key_that_was_never_sent_is_not_found(rig: Rig) -> None:
    assert await rig.supplier.find(a_key()) is None


async def test_a_lost_answer_is_unknown_and_is_found_again(rig: Rig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.book(an_order(offer), key=(key := a_key()))
    found = await rig.supplier.find(key)
    assert found is not None
    assert found.state is SupplierState.CONFIRMED
    assert rig.at_vendor(key) == 1


async def test_the_same_key_twice_does_what_the_manifest_says(rig: Rig) -> None:
    assert rig.at_vendor("STWICE") == 0
    offer = await an_offer(rig)
    for _ in range(2):
        await booked(rig, offer, "STWICE")
    assert rig.at_vendor("STWICE") == (1 if rig.honours_key else 2)


async def test_finding_first_makes_one_booking_of_two_sendings(rig: Rig) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", "lost")
    key = a_key()
    for _ in range(2):
        try:
            answer = await rig.supplier.find(key) or await booked(rig, offer, key)
        except OutcomeUnknown:
            continue
        assert answer.state is SupplierState.CONFIRMED
    assert rig.at_vendor(key) == 1


@pytest.mark.parametrize(
    ("how", "kind"), [("sold_out", SoldOut), ("dearer", PriceChanged), ("expired", OfferExpired)]
)
async def test_what_cannot_be_had_is_a_value_and_books_nothing(
    rig: Rig, how: str, kind: type
) -> None:
    offer = await an_offer(rig)
    rig.break_next("book", how, 5)
    key = a_key()
    assert isinstance(await rig.supplier.book(an_order(offer), key=key), kind)
    assert rig.at_vendor(key) == 0
    assert await rig.supplier.find(key) is None


async def test_many_bookings_at_once_do_not_mix(rig: Rig) -> None:
    offer = await an_offer(rig)
    keys = [a_key() for _ in range(4)]
    answers = await asyncio.gather(*(booked(rig, offer, key) for key in keys))
    assert [answer.vendor_reference for answer in answers] == keys
    assert len({answer.supplier_reference for answer in answers}) == len(keys)
    for answer in answers:
        await rig.supplier.cancel(answer.supplier_reference)


async def test_on_request_is_neither_confirmed_nor_absent() -> None:
    rig = MemoryRig()
    rig.supplier.on_request = True
    offer = await an_offer(rig)
    assert offer.on_request
    for accept, state in ((True, SupplierState.CONFIRMED), (False, SupplierState.REFUSED)):
        answer = await booked(rig, offer, key := a_key())
        assert answer.state is SupplierState.ON_REQUEST
        assert await rig.supplier.find(key) == answer
        rig.supplier.answer_request(key, accept=accept)
        later = await rig.supplier.find(key)
        assert later is not None
        assert later.state is state


# ---------------------------------------------------------------- cancelling and amending


async def test_the_fee_is_the_policys_and_cancelling_keeps_it(rig: Rig) -> None:
    for free in (True, False):
        offer = await an_offer(rig, free=free)
        answer = await booked(rig, offer, key := a_key())
        fee = await rig.supplier.cancellation_fee(answer.supplier_reference)
        assert fee == offer.cancellation.fee_at(datetime.now(UTC), fee.currency)
        assert (fee.minor == 0) is free
        cancelled = await rig.supplier.cancel(answer.supplier_reference)
        assert (cancelled.state, cancelled.fee) == (SupplierState.CANCELLED, fee)
        assert await rig.supplier.find(key) == cancelled


async def test_cancelling_twice_is_cancelled(rig: Rig) -> None:
    answer = await booked(rig, await an_offer(rig), a_key())
    once = await rig.supplier.cancel(answer.supplier_reference)
    twice = await rig.supplier.cancel(answer.supplier_reference)
    assert once == twice
    assert twice.state is SupplierState.CANCELLED


async def test_a_lost_cancellation_is_unknown_and_find_tells(rig: Rig) -> None:
    answer = await booked(rig, await an_offer(rig), key := a_key())
    rig.break_next("cancel", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.cancel(answer.supplier_reference)
    found = await rig.supplier.find(key)
    assert found is not None
    assert found.state is SupplierState.CANCELLED


def amended(offer: HotelOffer, *, nights: int) -> AmendOrder:
    order = an_order(offer)
    stay = Stay(offer.stay.check_in, offer.stay.check_in + timedelta(days=nights))
    people = {id: Person(id, "Baru", p.surname) for id, p in order.people.items()}
    return AmendOrder(stay, offer, Person("per_new", "Ali", "Baru"), order.guests, people)


async def test_dates_and_names_are_amended(rig: Rig) -> None:
    offer = await an_offer(rig, FAMILY)
    answer = await booked(rig, offer, key := a_key())
    after = await rig.supplier.amend(answer.supplier_reference, amended(offer, nights=3))
    assert after.stay == Stay(offer.stay.check_in, offer.stay.check_in + timedelta(days=3))
    assert [part.title() for part in after.holder or ()] == ["Ali", "Baru"]
    assert after.net is not None
    assert after.net < offer.price.net
    assert await rig.supplier.find(key) == after


async def test_what_may_not_be_amended_is_refused_and_stays(rig: Rig) -> None:
    offer = await an_offer(rig, free=False)
    answer = await booked(rig, offer, key := a_key())
    with pytest.raises(Refused):
        await rig.supplier.amend(answer.supplier_reference, amended(offer, nights=3))
    assert await rig.supplier.find(key) == answer


async def test_a_lost_amendment_is_unknown_and_find_tells(rig: Rig) -> None:
    offer = await an_offer(rig)
    answer = await booked(rig, offer, key := a_key())
    rig.break_next("amend", "lost")
    with pytest.raises(OutcomeUnknown):
        await rig.supplier.amend(answer.supplier_reference, amended(offer, nights=3))
    found = await rig.supplier.find(key)
    assert found is not None
    assert found.stay is not None
    assert found.stay.nights == 3


# ---------------------------------------------------------------- refusals that are not answers


async def ask(rig: Rig, operation: str, offer: HotelOffer, reference: str) -> object:
    supplier: HotelSupplier = rig.supplier
    match operation:
        case "search":
            return await supplier.search(a_search(rig), deadline_s=3)
        case "check":
            return await supplier.check(offer)
        case "book":
            return await supplier.book(an_order(offer), key="SREFUSED")
        case "find":
            return await supplier.find("SREFUSED")
        case "cancel":
            return await supplier.cancel(reference)
        case "cancellation_fee":
            return await supplier.cancellation_fee(reference)
    return await supplier.amend(reference, amended(offer, nights=3))


OPERATIONS = ("search", "check", "book", "find", "cancellation_fee", "cancel", "amend")


@pytest.mark.parametrize("how", ["unauthorised", "forbidden"])
async def test_a_wrong_credential_is_never_a_no(vendor: Rig, how: str) -> None:
    offer = await an_offer(vendor)
    answer = await booked(vendor, offer, key := a_key())
    for operation in OPERATIONS:
        vendor.break_next(operation, how)
        with pytest.raises(Misconfigured):
            await ask(vendor, operation, offer, answer.supplier_reference)
    assert vendor.at_vendor("SREFUSED") == 0
    assert await vendor.supplier.find(key) == answer


async def test_too_many_requests_says_when_to_come_back(vendor: Rig) -> None:
    offer = await an_offer(vendor)
    vendor.break_next("book", "rate_limited", 7)
    with pytest.raises(Unavailable) as refused:
        await vendor.supplier.book(an_order(offer), key="SREFUSED")
    assert refused.value.retry_after_s == 7
    vendor.break_next("search", "rate_limited", 30)
    with pytest.raises(Unavailable) as late:
        await vendor.supplier.search(a_search(vendor), deadline_s=3)
    assert late.value.retry_after_s == 30
    assert vendor.at_vendor("SREFUSED") == 0


async def test_the_connection_test_verifies(rig: Rig) -> None:
    assert (await rig.supplier.probe()).verdict is Verdict.VERIFIED


# ---------------------------------------------------------------- what only a wire can do


@pytest.mark.parametrize("how", BODIES)
@pytest.mark.parametrize("operation", ["search", "check", "find", "cancellation_fee"])
async def test_an_unreadable_answer_to_a_question_is_a_broken_contract(
    wire: HotelbedsRig, operation: str, how: str
) -> None:
    offer = await an_offer(wire)
    answer = await booked(wire, offer, a_key())
    wire.break_(operation, how, times=None)
    with pytest.raises(BrokenContract):
        await ask(wire, operation, offer, answer.supplier_reference)


@pytest.mark.parametrize("how", [*BODIES, "lost", "error_after"])
@pytest.mark.parametrize("operation", ["book", "cancel", "amend"])
async def test_an_unreadable_answer_to_an_order_is_unknown_not_a_no(
    wire: HotelbedsRig, operation: str, how: str
) -> None:
    offer = await an_offer(wire)
    answer = await booked(wire, offer, key := a_key())
    wire.break_next(operation, how)
    with pytest.raises(OutcomeUnknown):
        await ask(wire, operation, offer, answer.supplier_reference)
    found = await wire.supplier.find("SREFUSED" if operation == "book" else key)
    assert found is not None
    assert found != answer


@pytest.mark.parametrize("how", ["system_error", "unavailable", "drop"])
async def test_a_failing_vendor_is_unavailable_for_questions_only(
    wire: HotelbedsRig, how: str
) -> None:
    offer = await an_offer(wire)
    wire.break_next("search", how)
    assert await wire.supplier.search(a_search(wire), deadline_s=20)
    wire.break_next("book", how)
    with pytest.raises(OutcomeUnknown):
        await wire.supplier.book(an_order(offer), key="SREFUSED")
    assert wire.at_vendor("SREFUSED") == 0
    wire.break_("search", how, times=None)
    with pytest.raises(Unavailable):
        await wire.supplier.search(a_search(wire), deadline_s=5)


async def test_a_status_outside_the_contract_is_neither_confirmed_nor_absent(
    wire: HotelbedsRig,
) -> None:
    offer = await an_offer(wire)
    wire.break_next("book", "odd_status")
    with pytest.raises(OutcomeUnknown):
        await wire.supplier.book(an_order(offer), key=(key := a_key()))
    with pytest.raises(OutcomeUnknown):
        await wire.supplier.find(key)


async def test_a_search_ends_at_its_deadline(wire: HotelbedsRig) -> None:
    wire.break_next("search", "hang")
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await wire.supplier.search(a_search(wire), deadline_s=0.3)
    assert time.monotonic() - began < PATIENCE_S / 2


async def test_a_slow_answer_within_the_deadline_is_an_answer(wire: HotelbedsRig) -> None:
    wire.break_next("search", "delay", 0.2)
    assert await wire.supplier.search(a_search(wire), deadline_s=20)


async def test_no_secret_shows_in_any_error_or_log(
    wire: HotelbedsRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    offer = await an_offer(wire)
    answer = await booked(wire, offer, a_key())
    shown = []
    hows = [*BODIES, "lost", "unauthorised", "forbidden", "over_quota", "rate_limited"]
    for operation, how in itertools.product(OPERATIONS, [*hows, "system_error"]):
        wire.simulator.faults.clear()
        wire.clock.ahead_s += 60  # the breaker has rested
        wire.break_(operation, how, 60, times=None)
        try:
            await ask(wire, operation, offer, answer.supplier_reference)
        except VendorError as e:
            shown += [told(e), "".join(traceback.format_exception(e))]
    assert len(shown) == 2 * len(OPERATIONS) * (len(hows) + 1)
    assert "breaker" not in "".join(shown)
    everything = "\n".join([*shown, caplog.text, *(repr(vars(r)) for r in caplog.records)])
    for secret in (*wire.secrets, NOTE, "Contoh", "siti@example.com"):
        assert secret not in everything


def test_every_hotel_supplier_has_a_rig() -> None:
    suppliers = {n for n in registry.names() if Role.HOTEL_SUPPLIER in registry.load(n).roles}
    assert suppliers <= set(SUPPLIERS)
    assert {f"{name}-live" for name in suppliers - OWN} <= set(LIVE)
