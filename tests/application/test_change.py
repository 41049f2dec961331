"""Cancelling and amending, when the answer is clear, unclear, late or wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.application.bookings.amend_booking import Change, amend_booking
from core.application.bookings.cancel_booking import cancel_booking, cancellation_fee
from core.application.bookings.read_booking import erase_person
from core.domain.bookings.booking import Booking, BookingState, SupplierBooking, SupplierState
from core.domain.bookings.party import GuestName, Holder
from core.domain.money import Money
from core.domain.problem import Conflict, Invalid
from core.domain.stay import Stay
from ports import errors
from ports.hotel_supplier import AmendOrder
from tests.application.test_booking import OFFER, error
from tests.fakes.hub import World
from tests.fakes.vendors import LOST, NOT_SENT, ScriptedSupplier
from tests.unit.domain.given import a_policy, an_answer, sar

pytestmark = pytest.mark.anyio
S = BookingState
STAY = Stay(OFFER.stay.check_in, OFFER.stay.check_out + timedelta(days=1))
NAMES: Any = {
    "holder": Holder("Ana", "Contoh"),
    "rooms": ((GuestName("Ana", "Contoh"), GuestName("Budi", "Contoh")),),
}


async def cancel(world: World, booking: Booking) -> Booking:
    return await cancel_booking(world.hub, world.asking, booking.id)


async def amend(world: World, booking: Booking, **change: Any) -> Booking:
    return await amend_booking(world.hub, world.asking, booking.id, Change(**change))


@pytest.mark.parametrize(
    "kind", [errors.Refused, errors.Unavailable, errors.Misconfigured, errors.NotSupported]
)
async def test_a_cancellation_that_was_not_made_leaves_it_booked(
    world: World, kind: type[errors.VendorError]
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("cancel", error(kind))
    after = await cancel(world, booking)
    assert (after.state, after.cancellation) == (S.CONFIRMED, None)
    assert (await world.told(booking.id))[-1] == "booking.cancellation_refused"
    assert (await cancel(world, booking)).state is S.CANCELLED


@pytest.mark.parametrize("how", [LOST, NOT_SENT])
async def test_an_unclear_cancellation_is_asked_about_and_made_once(world: World, how: str) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("cancel", how)
    assert (await cancel(world, booking)).state is S.CANCELLING
    assert (await cancel(world, booking)).state is S.CANCELLING
    await world.until_quiet()
    assert world.supplier.cancelled[booking.vendor_reference] == 1
    assert await world.told(booking.id) == ["booking.confirmed", "booking.cancelled"]


async def test_an_outage_at_the_second_try_says_nothing_of_the_first(world: World) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("cancel", NOT_SENT, error(errors.Unavailable))
    await cancel(world, booking)
    world.clock.move(80)
    await world.check_due()
    assert (await world.booking(booking.id)).state is S.CANCELLING
    world.supplier.change(booking.vendor_reference, state=SupplierState.CANCELLED)
    await world.until_quiet()
    assert await world.told(booking.id) == ["booking.confirmed", "booking.cancelled"]


async def test_a_cancellation_nobody_answers_becomes_a_persons_task(world: World) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("cancel", NOT_SENT, NOT_SENT)
    await cancel(world, booking)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR
    assert world.supplier.calls["cancel"] == 2


async def test_a_request_is_cancelled_before_the_hotel_answers(world: World) -> None:
    world.supplier.answers = SupplierState.ON_REQUEST
    booking = await world.book(OFFER)
    after = await cancel(world, booking)
    assert after.state is S.CANCELLED
    assert after.cancellation is not None
    assert after.cancellation.fee == sar(0)


async def test_a_request_whose_cancellation_is_refused_still_waits_for_the_hotel(
    world: World,
) -> None:
    world.supplier.answers = SupplierState.ON_REQUEST
    booking = await world.book(OFFER)
    world.supplier.next("cancel", error(errors.Refused))
    assert (await cancel(world, booking)).state is S.PENDING_SUPPLIER
    world.supplier.change(booking.vendor_reference, state=SupplierState.CONFIRMED)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert (after.state, after.refusal, after.cancellation) == (S.CONFIRMED, None, None)


async def test_the_fee_is_asked_of_the_supplier_else_read_from_the_policy(world: World) -> None:
    policy = a_policy((timedelta(hours=1), 30_000))
    booking = await world.book(msgspec.structs.replace(OFFER, cancellation=policy))
    assert await cancellation_fee(world.hub, world.asking, booking.id) == sar(0)
    world.clock.move(3600)
    assert await cancellation_fee(world.hub, world.asking, booking.id) == sar(30_000)
    world.supplier.fee = sar(12_345)
    assert await cancellation_fee(world.hub, world.asking, booking.id) == sar(12_345)


@pytest.mark.parametrize("change", [{"stay": STAY}, NAMES, {"stay": STAY, **NAMES}])
@pytest.mark.parametrize("how", [None, LOST, NOT_SENT])
async def test_an_amendment_is_made_whatever_becomes_of_the_answer(
    world: World, change: Any, how: str | None
) -> None:
    booking = await world.book(OFFER)
    if how is not None:
        world.supplier.next("amend", how)
    await amend(world, booking, **change)
    await world.until_quiet()
    after = await world.booking(booking.id)
    held = world.supplier.bookings[booking.vendor_reference]
    async with world.store.read(world.scope) as view:
        people = await view.people([after.holder])
    assert after.state is S.CONFIRMED
    assert after.stay == held.stay == change.get("stay", OFFER.stay)
    assert held.holder == (people[after.holder].name, people[after.holder].surname)
    assert await world.told(booking.id) == ["booking.confirmed", "booking.amended"]


async def test_an_amendment_the_supplier_never_took_is_refused_after_it_is_certain(
    world: World,
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", NOT_SENT, NOT_SENT)
    await amend(world, booking, stay=STAY)
    world.clock.move(60 + 15)
    await world.check_due()
    assert world.supplier.calls["amend"] == 1  # it may yet take the first one
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert world.supplier.calls["amend"] == 2
    assert (after.state, after.stay) == (S.CONFIRMED, OFFER.stay)
    assert (await world.told(booking.id))[-1] == "booking.amendment_refused"


async def test_a_supplier_that_is_never_certain_leaves_an_amendment_to_a_person(
    world: World,
) -> None:
    world.manifest("hotels", absence_certain_after_s=None)
    booking = await world.book(OFFER)
    world.supplier.next("amend", NOT_SENT)
    await amend(world, booking, stay=STAY)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR
    assert world.supplier.calls["amend"] == 1


async def test_an_amendment_the_hotel_is_asked_about_is_not_yet_made(world: World) -> None:
    booking = await world.book(OFFER)
    asks = msgspec.structs.replace(
        world.supplier.bookings[booking.vendor_reference], state=SupplierState.ON_REQUEST
    )
    world.supplier.next("amend", asks)
    assert (await amend(world, booking, stay=STAY)).state is S.AMENDING
    world.supplier.change(booking.vendor_reference, stay=STAY)
    await world.until_quiet()
    assert await world.told(booking.id) == ["booking.confirmed", "booking.amended"]


@pytest.mark.parametrize("asked", [True, False])
async def test_a_booking_found_cancelled_while_it_is_amended_is_cancelled(
    world: World, asked: bool
) -> None:
    booking = await world.book(OFFER)
    gone = an_answer(SupplierState.CANCELLED, stay=STAY, vendor_reference=booking.vendor_reference)
    world.supplier.next("amend", LOST if asked else gone)
    await amend(world, booking, stay=STAY)
    world.supplier.change(booking.vendor_reference, state=SupplierState.CANCELLED)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert (after.state, after.amendment) == (S.CANCELLED, None)
    assert (await world.told(booking.id))[-1] == "booking.cancelled"


async def test_an_amendment_in_another_currency_is_not_taken_and_not_asked_for_ever(
    world: World,
) -> None:
    booking = await world.book(OFFER)
    odd = msgspec.structs.replace(
        world.supplier.bookings[booking.vendor_reference], net=Money(1, "USD"), stay=STAY
    )
    world.supplier.next("amend", odd)
    await amend(world, booking, stay=STAY)
    world.supplier.change(booking.vendor_reference, net=Money(1, "USD"), stay=STAY)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR


@pytest.mark.parametrize("kind", [errors.Refused, errors.Unavailable])
async def test_a_refused_amendment_leaves_it_as_it_was(
    world: World, kind: type[errors.VendorError]
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", error(kind))
    after = await amend(world, booking, stay=STAY)
    assert (after.state, after.stay, after.amendment) == (S.CONFIRMED, OFFER.stay, None)
    assert (await world.told(booking.id))[-1] == "booking.amendment_refused"


async def test_what_is_no_amendment(world: World) -> None:
    booking = await world.book(OFFER)
    past = Stay(
        OFFER.stay.check_in.replace(year=2020), OFFER.stay.check_in.replace(year=2020, day=15)
    )
    for change in ({}, {"holder": NAMES["holder"]}, {"rooms": NAMES["rooms"]}, {"stay": past}):
        with pytest.raises(Invalid):
            await amend(world, booking, **change)
    world.manifest("hotels", can=frozenset())
    with pytest.raises(Conflict) as caught:
        await amend(world, booking, stay=STAY)
    assert caught.value.code == "not_supported"
    assert await world.booking(booking.id) == booking


SAME_HOLDER: Any = {
    "holder": Holder("Siti", "Contoh"),
    "rooms": ((GuestName("Siti", "Contoh"), GuestName("Dewi", "Contoh")),),
}


@pytest.mark.parametrize("how", [LOST, NOT_SENT])
async def test_a_change_that_cannot_be_seen_is_sent_again_and_not_taken_for_made(
    world: World, how: str
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", how)
    await amend(world, booking, **SAME_HOLDER)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert world.supplier.calls["amend"] == 2
    assert (after.state, after.guests != booking.guests) == (S.CONFIRMED, True)
    assert await world.told(booking.id) == ["booking.confirmed", "booking.amended"]


async def test_a_change_that_cannot_be_seen_and_is_never_answered_is_a_persons_task(
    world: World,
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", NOT_SENT, NOT_SENT)
    await amend(world, booking, **SAME_HOLDER)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR
    assert world.supplier.calls["amend"] == 2


async def test_an_outage_at_its_second_try_says_nothing_of_a_change_that_cannot_be_seen(
    world: World,
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", LOST, error(errors.Unavailable))
    await amend(world, booking, **SAME_HOLDER)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR
    assert "booking.amendment_refused" not in await world.told(booking.id)


async def test_a_guest_erased_before_its_second_sending_says_nothing_of_the_first(
    world: World,
) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", LOST)
    now = await amend(world, booking, **SAME_HOLDER)
    assert now.amendment is not None
    await erase_person(world.hub, world.asking, now.amendment.guests[-1].person)
    await world.until_quiet()
    assert (await world.booking(booking.id)).state is S.NEEDS_OPERATOR
    assert world.supplier.calls["amend"] == 1
    assert await world.told(booking.id) == ["booking.confirmed", "booking.needs_operator"]


async def test_names_told_in_another_case_and_spacing_are_the_same_names(world: World) -> None:
    booking = await world.book(OFFER)
    world.supplier.next("amend", LOST)
    spaced = {**NAMES, "holder": Holder(" Ana", "De  Contoh ")}
    await amend(world, booking, **spaced)
    world.supplier.change(booking.vendor_reference, holder=("ANA", "DE CONTOH"))
    await world.until_quiet()
    assert (await world.told(booking.id))[-1] == "booking.amended"
    assert world.supplier.calls["amend"] == 1


async def test_a_yes_to_other_dates_is_no_yes(world: World) -> None:
    booking = await world.book(OFFER)
    unmoved = world.supplier.bookings[booking.vendor_reference]
    world.supplier.next("amend", unmoved)
    assert (await amend(world, booking, stay=STAY)).state is S.AMENDING
    world.supplier.next("amend", NOT_SENT)
    await world.until_quiet()
    after = await world.booking(booking.id)
    assert (after.state, after.stay) == (S.CONFIRMED, OFFER.stay)
    assert (await world.told(booking.id))[-1] == "booking.amendment_refused"


@pytest.mark.parametrize("verb", [cancel, amend])
async def test_an_answer_about_another_booking_changes_nothing(world: World, verb: Any) -> None:
    booking = await world.book(OFFER)
    another = an_answer(SupplierState.CANCELLED, vendor_reference="S8888888", stay=STAY)
    change = {"stay": STAY} if verb is amend else {}

    class Confused(ScriptedSupplier):
        async def cancel(self, supplier_reference: str) -> SupplierBooking:
            return another

        async def amend(self, supplier_reference: str, order: AmendOrder) -> SupplierBooking:
            return another

    world.vendors.clients["hotels"] = Confused(world.clock)
    assert (await verb(world, booking, **change)).state in (S.CANCELLING, S.AMENDING)
    assert await world.told(booking.id) == ["booking.confirmed"]


@pytest.mark.parametrize("fee", [Money(1, "USD"), sar(-1)])
async def test_a_fee_that_makes_no_sense_is_not_known(world: World, fee: Money) -> None:
    booking = await world.book(OFFER)
    world.supplier.fee = fee
    after = await cancel(world, booking)
    assert after.cancellation is not None
    assert (after.state, after.cancellation.fee) == (S.CANCELLED, None)
