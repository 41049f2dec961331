"""Book at most once: every answer a supplier can give, and none."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.application.bookings.book_quote import NewBooking, book_quote
from core.application.bookings.cancel_booking import cancel_booking
from core.application.bookings.reconcile_booking import reconcile_booking
from core.application.bookings.resolve_booking import Resolution, Resolve, resolve_booking
from core.domain.bookings.booking import BookingState, SupplierBooking, SupplierState
from core.domain.bookings.hotel import Collect, Room
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.money import Money
from core.domain.problem import Conflict, Invalid
from core.domain.stay import Occupancy, Stay
from core.domain.submission import REQUEST_CHECKS_S
from core.domain.tenancy import Scope
from ports import errors
from ports.hotel_supplier import BookingOrder
from ports.store import Page
from tests.fakes.hub import PARTY, World
from tests.fakes.vendors import HANGS, LOST, NOT_SENT, FakeVendors, ScriptedSupplier
from tests.unit.domain.given import an_answer, an_offer, sar

pytestmark = pytest.mark.anyio
S = BookingState
OFFER = an_offer(rooms=(Room("DBL", "Double", Occupancy(2)),))
OTHER_STAY = Stay(OFFER.stay.check_in, OFFER.stay.check_out + timedelta(days=1))


def error(kind: type[errors.VendorError]) -> errors.VendorError:
    return kind("no", vendor="scripted", vendor_code="E1")


@pytest.mark.parametrize(
    ("answer", "state", "code", "event"),
    [
        (None, S.CONFIRMED, None, "booking.confirmed"),
        (SoldOut(), S.REFUSED, "sold_out", "booking.refused"),
        (PriceChanged(), S.REFUSED, "price_changed", "booking.refused"),
        (OfferExpired(), S.REFUSED, "offer_expired", "booking.refused"),
        (error(errors.Refused), S.REFUSED, "vendor_refused", "booking.refused"),
        (error(errors.Unavailable), S.FAILED, "vendor_unavailable", "booking.failed"),
        (error(errors.Skipped), S.FAILED, "vendor_unavailable", "booking.failed"),
        (error(errors.Misconfigured), S.FAILED, "vendor_misconfigured", "booking.failed"),
        (error(errors.NotSupported), S.FAILED, "not_supported", "booking.failed"),
        (error(errors.OutcomeUnknown), S.SUBMITTING, None, None),
        (error(errors.BrokenContract), S.SUBMITTING, None, None),
    ],
)
async def test_what_each_answer_makes_of_it(
    world: World, answer: Any, state: S, code: str | None, event: str | None
) -> None:
    if answer is not None:
        world.supplier.next("book", answer)
    booking = await world.book(OFFER)
    assert booking == await world.booking(booking.id)
    assert booking.state is state
    assert (booking.refusal.code if booking.refusal else None) == code
    assert await world.told(booking.id) == ([event] if event else [])
    async with world.store.read(world.scope) as view:
        trail = await view.audit_entries(Page(), subject=booking.id)
    actions = [e.action for e in reversed(trail)]
    assert actions == ["booking.submitted", *(["booking.settled"] if event else [])]
    assert {e.request for e in trail} == {"req_1"}


async def test_on_request_waits_for_the_hotel_and_is_told_once(world: World) -> None:
    world.supplier.answers = SupplierState.ON_REQUEST
    booking = await world.book(OFFER)
    assert booking.state is S.PENDING_SUPPLIER
    for _ in range(3):
        world.clock.move(7200)
        await world.check_due()
    assert (await world.booking(booking.id)).state is S.PENDING_SUPPLIER
    world.supplier.change(booking.vendor_reference, state=SupplierState.CONFIRMED)
    await world.until_quiet()
    assert await world.told(booking.id) == ["booking.pending_supplier", "booking.confirmed"]


async def test_a_hotel_that_declines_a_request_is_a_refusal(world: World) -> None:
    world.supplier.answers = SupplierState.ON_REQUEST
    booking = await world.book(OFFER)
    world.supplier.change(booking.vendor_reference, state=SupplierState.REFUSED)
    await world.until_quiet()
    assert await world.told(booking.id) == ["booking.pending_supplier", "booking.refused"]


async def test_a_hotel_that_never_answers_becomes_a_persons_task(world: World) -> None:
    world.supplier.answers = SupplierState.ON_REQUEST
    booking = await world.book(OFFER)
    assert booking.submission is not None
    nearly = msgspec.structs.replace(booking.submission, checks=len(REQUEST_CHECKS_S) - 3)
    async with world.store.begin(world.scope) as tx:
        await tx.put_booking(msgspec.structs.replace(booking, submission=nearly))
    await world.until_quiet()
    assert world.supplier.calls["find"] == 3
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR
    why = Resolve(Resolution.CONFIRMED, "rang the hotel", supplier_reference="R-1")
    settled = await resolve_booking(world.hub, world.asking, booking.id, why)
    assert (settled.state, settled.supplier_reference) == (S.CONFIRMED, "R-1")
    assert (await world.told(booking.id))[1:] == ["booking.needs_operator", "booking.confirmed"]


async def test_a_lost_answer_is_found_and_confirmed_once(world: World) -> None:
    world.supplier.next("book", LOST)
    booking = await world.book(OFFER)
    assert booking.state is S.SUBMITTING
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert (after.state, after.supplier_reference) == (
        S.CONFIRMED,
        f"R-{booking.vendor_reference}-1",
    )
    assert world.supplier.booked[booking.vendor_reference] == 1
    assert await world.told(booking.id) == ["booking.confirmed"]


async def test_nothing_is_asked_while_the_call_may_still_be_in_flight(world: World) -> None:
    world.supplier.next("book", NOT_SENT)
    booking = await world.book(OFFER)
    world.clock.move(59)
    await reconcile_booking(world.hub, world.scope, booking.id)
    assert world.supplier.calls["find"] == 0


async def test_not_found_waits_until_it_is_certain_then_is_sent_once_more(world: World) -> None:
    world.supplier.next("book", NOT_SENT)
    booking = await world.book(OFFER)
    world.clock.move(60 + 119)
    await world.check_due()
    assert world.supplier.calls == {"book": 1, "find": 1}
    await world.until_quiet()
    assert world.supplier.calls["book"] == 2
    assert world.supplier.booked[booking.vendor_reference] == 1
    assert (await world.booking(booking.id)).state is S.CONFIRMED


async def test_after_the_quote_it_is_not_sent_again(world: World) -> None:
    world.manifest("hotels", absence_certain_after_s=3600.0)
    world.supplier.next("book", NOT_SENT)
    booking = await world.book(OFFER)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert (after.state, after.refusal.code if after.refusal else "") == (S.FAILED, "absent")
    assert world.supplier.calls["book"] == 1
    assert await world.told(booking.id) == ["booking.failed"]


async def test_an_outage_at_the_second_try_says_nothing_of_the_first(world: World) -> None:
    world.supplier.next("book", NOT_SENT, error(errors.Unavailable))
    booking = await world.book(OFFER)
    world.clock.move(60 + 121)
    await world.check_due()
    world.clock.move(60)
    await world.check_due()
    assert world.supplier.calls["book"] == 2
    assert (await world.booking(booking.id)).state is S.SUBMITTING
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert (after.state, after.refusal and after.refusal.code) == (S.FAILED, "absent")


async def test_it_is_never_sent_more_than_twice(world: World) -> None:
    world.supplier.next("book", NOT_SENT, NOT_SENT, NOT_SENT)
    booking = await world.book(OFFER)
    await world.until_quiet()
    assert world.supplier.calls["book"] == 2
    assert (await world.booking(booking.id)).state is S.FAILED


async def test_a_vendor_that_cannot_prove_absence_calls_a_person(world: World) -> None:
    world.manifest("hotels", absence_certain_after_s=None)
    world.supplier.next("book", NOT_SENT)
    booking = await world.book(OFFER)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert after.state is S.NEEDS_OPERATOR
    assert (world.supplier.calls["book"], world.supplier.calls["find"]) == (1, 6)
    assert await world.told(booking.id) == ["booking.needs_operator"]


async def test_a_supplier_that_cannot_be_asked_is_asked_again_and_then_a_person(
    world: World,
) -> None:
    world.supplier.next("book", LOST)
    booking = await world.book(OFFER)
    world.supplier.next("find", *[error(errors.Misconfigured)] * 5)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.CONFIRMED
    world.supplier.next("book", LOST)
    lost = await world.book(OFFER)
    world.supplier.next("find", *[error(errors.Unavailable)] * 100)
    await world.until_quiet()
    assert (await world.booking(lost.id)).state is S.NEEDS_OPERATOR


@pytest.mark.parametrize("how", [LOST, NOT_SENT])
async def test_two_reconcilers_at_once_do_it_once(world: World, how: str) -> None:
    world.supplier.next("book", how)
    booking = await world.book(OFFER)
    world.clock.move(1000)
    both = (reconcile_booking(world.hub, world.scope, booking.id) for _ in range(2))
    await asyncio.gather(*both)
    assert world.supplier.booked[booking.vendor_reference] == 1
    assert await world.told(booking.id) == ["booking.confirmed"]


class Slow(ScriptedSupplier):
    """While it books, time passes and whatever falls due is checked."""

    def __init__(self, world: World, wait_s: float) -> None:
        super().__init__(world.clock)
        self.world, self.wait_s = world, wait_s

    async def book(
        self, order: BookingOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        self.world.clock.move(self.wait_s)
        await self.world.check_due()
        return await super().book(order, key=key)


async def test_an_answer_later_than_the_reconciler_changes_nothing(world: World) -> None:
    slow = Slow(world, wait_s=75)
    slow.next("book", SoldOut())
    world.vendors.clients["hotels"] = slow
    late = await world.book(OFFER)
    assert late.submission is not None
    assert (late.state, late.submission.checks) == (S.SUBMITTING, 1)
    assert late == await world.booking(late.id)
    assert await world.told(late.id) == []


async def test_a_process_that_slept_between_intent_and_call_sends_nothing_any_more(
    world: World,
) -> None:
    asleep = asyncio.Event()

    class Sleeper(FakeVendors):
        async def hotel_supplier(
            self, scope: Scope, connection: Connection, account: VendorAccount
        ) -> Any:
            if not asleep.is_set():
                asleep.set()
                world.clock.move(10_000)
                await world.until_quiet()
            return await self._client(scope, connection, account)

    vendors = Sleeper(*world.vendors.known.values())
    vendors.clients = world.vendors.clients
    hub = dataclasses.replace(world.hub, vendors=vendors)
    quote = await world.a_quote(OFFER, holds=timedelta(days=1))
    new = NewBooking(quote.id, PARTY)
    booking = await book_quote(hub, world.asking, new)
    assert world.supplier.booked[booking.vendor_reference] == 1, "by the one that was awake"
    assert (await world.booking(booking.id)).state is S.CONFIRMED


@pytest.mark.parametrize("on_request", [False, True])
@pytest.mark.parametrize("how", [None, LOST])
@pytest.mark.parametrize(
    "told", [{"net": sar(100_001)}, {"net": Money(100_000, "USD")}, {"stay": OTHER_STAY}]
)
async def test_what_was_booked_otherwise_than_ordered_is_a_persons_task(
    world: World, told: Any, how: str | None, on_request: bool
) -> None:
    class Careless(ScriptedSupplier):
        def _answered(self, what: object, key: str) -> SupplierBooking:
            self.change(key, **told)
            return super()._answered(what, key)

    careless = Careless(world.clock)
    careless.answers = SupplierState.ON_REQUEST if on_request else SupplierState.CONFIRMED
    if how is not None:
        careless.next("book", how)
    world.vendors.clients["hotels"] = careless
    booking = await world.book(OFFER)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert after.state is S.NEEDS_OPERATOR
    assert after.supplier_reference == f"R-{booking.vendor_reference}-1"
    assert await world.told(booking.id) == ["booking.needs_operator"]


async def test_where_the_hotel_collects_its_net_price_is_its_own(world: World) -> None:
    offer = msgspec.structs.replace(OFFER, collect=Collect.HOTEL)
    world.supplier.next("book", LOST)
    booking = await world.book(offer)
    world.supplier.change(booking.vendor_reference, net=sar(1))
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.CONFIRMED


async def test_an_answer_about_another_booking_says_nothing_of_this_one(world: World) -> None:
    another = an_answer(SupplierState.CONFIRMED, vendor_reference="S8888888")
    world.supplier.next("book", another)
    booking = await world.book(OFFER)
    assert booking.state is S.SUBMITTING
    for gone in (SupplierState.CANCELLED, SupplierState.REFUSED):
        world.supplier.next("find", msgspec.structs.replace(another, state=gone))
    world.clock.move(75)
    await world.check_due()
    world.clock.move(30)
    await world.check_due()
    assert (await world.booking(booking.id)).state is S.SUBMITTING
    await world.until_quiet()
    assert world.supplier.booked[booking.vendor_reference] == 1


async def test_a_client_that_goes_away_does_not_take_the_outcome_along(world: World) -> None:

    world.supplier.next("book", HANGS)
    task = asyncio.create_task(world.book(OFFER))
    await world.clock.until_asleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (booking,) = await world.bookings()
    assert booking.state is S.SUBMITTING
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.CONFIRMED
    assert world.supplier.booked[booking.vendor_reference] == 1


async def test_a_guest_erased_before_the_second_sending_stops_it(world: World) -> None:
    world.supplier.next("book", NOT_SENT)
    booking = await world.book(OFFER)
    async with world.store.begin(world.scope) as tx:
        await tx.erase_person(booking.holder)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.REFUSED
    assert world.supplier.calls["book"] == 1


async def test_a_person_settles_only_with_a_reason_and_in_the_bookings_currency(
    world: World,
) -> None:
    world.manifest("hotels", absence_certain_after_s=None)
    world.supplier.next("book", NOT_SENT)
    booking = await world.book(OFFER)
    await world.until_quiet()
    resolve = Resolve(Resolution.CANCELLED, "saw it in their extranet", "R-1", sar(500))
    for wrong, pointer in (
        ({"reason": " "}, "/reason"),
        ({"outcome": Resolution.CONFIRMED, "supplier_reference": None}, "/supplier_reference"),
        ({"fee": Money(1, "USD")}, "/fee/currency"),
        ({"fee": sar(-1)}, "/fee/minor"),
    ):
        bad = msgspec.structs.replace(resolve, **wrong)
        with pytest.raises(Invalid) as caught:
            await resolve_booking(world.hub, world.asking, booking.id, bad)
        assert caught.value.faults[0].pointer == pointer
    after = await resolve_booking(world.hub, world.asking, booking.id, resolve)
    assert after.cancellation is not None
    assert (after.state, after.cancellation.fee) == (S.CANCELLED, sar(500))
    with pytest.raises(Conflict):
        await resolve_booking(world.hub, world.asking, booking.id, resolve)


async def test_an_expired_quote_is_not_booked(world: World) -> None:

    quote = await world.a_quote(OFFER)
    world.clock.move(1200)
    with pytest.raises(Conflict) as caught:
        await book_quote(world.hub, world.asking, NewBooking(quote.id, PARTY))
    assert caught.value.code == "quote_expired"
    assert await world.bookings() == []


async def test_cancelling_what_cannot_be_cancelled(world: World) -> None:
    world.supplier.next("book", SoldOut())
    booking = await world.book(OFFER)
    with pytest.raises(Conflict):
        await cancel_booking(world.hub, world.asking, booking.id)


async def test_a_quote_is_booked_once(world: World) -> None:
    quote = await world.a_quote(OFFER)
    new = NewBooking(quote.id, PARTY)
    first = await book_quote(world.hub, world.asking, new)

    with pytest.raises(Conflict) as caught:
        await book_quote(world.hub, world.asking, new)

    assert (caught.value.code, caught.value.resource) == ("quote_used", first.id)
    assert len(world.supplier.bookings) == 1


async def test_a_quote_whose_booking_certainly_failed_may_be_booked_again(world: World) -> None:
    quote = await world.a_quote(OFFER)
    new = NewBooking(quote.id, PARTY)
    world.supplier.next("book", error(errors.Unavailable))
    failed = await book_quote(world.hub, world.asking, new)

    again = await book_quote(world.hub, world.asking, new)

    assert (failed.state, again.state) == (BookingState.FAILED, BookingState.CONFIRMED)
