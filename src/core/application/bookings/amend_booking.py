"""Change names or dates where the supplier allows it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from core.application.bookings.name_people import put_people
from core.application.bookings.sellers import Order
from core.application.bookings.send_booking import need_everybody, seller_and_people
from core.application.bookings.settle_booking import settle_booking
from core.application.clear_answer import clear_answer
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.domain.bookings.booking import (
    Amendment,
    Booking,
    BookingState,
    SupplierBooking,
    SupplierState,
    amended,
    amending,
    amendment_refused,
    cancelled,
    is_about,
    needs_operator,
)
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.party import GuestName, Holder, Party, check_party
from core.domain.money import CurrencyMismatch
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.refusal import IllegalMove, Refusal
from core.domain.stay import Stay
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.jobs import Bell
from ports.store import Tx


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """stay: new dates. holder and rooms: new names, always both, for the same occupancy."""

    stay: Stay | None = None
    holder: Holder | None = None
    rooms: tuple[tuple[GuestName, ...], ...] | None = None


async def amend_booking(hub: Hub, asking: Asking, id: str, change: Change) -> Booking:
    """The booking after the supplier's answer; `amending` while that is not clear.

    Conflict `not_supported`: this supplier cannot amend; cancel and book again.
    """
    asking.need(Permission.BOOKINGS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        booking = await tx.booking(id)
        if booking is None:
            raise NotFound("booking", id)
        _, _, manifest = await connection_parts(hub, tx, booking.connection)
        offer = booking.offer
        if "amend" not in manifest.can or not isinstance(offer, HotelOffer):
            raise Conflict("not_supported", f"{manifest.title} cannot amend; cancel and book again")
        if booking.state is not BookingState.CONFIRMED:
            raise Conflict("not_amendable", f"a {booking.state} booking cannot be amended")
        wish = await _amendment(hub, tx, booking, offer, change)
        now = hub.clock.now()
        intent = amending(booking, wish, send(now, manifest.deadline_s), now)
        await tx.put_booking(intent)
        await write_intent(hub, tx, asking, "booking.amending", id, before=booking, after=intent)
    await ring_after(hub, Bell.BOOKINGS, intent.check_at, told=False)
    return await send_amendment(hub, asking, intent)


async def _amendment(
    hub: Hub, tx: Tx, booking: Booking, offer: HotelOffer, change: Change
) -> Amendment:
    stay = change.stay or offer.stay
    if change.stay is not None and stay.has_begun(hub.clock.now()):
        raise Invalid(Fault("/check_in", "is in the past"))
    if (change.holder is None) != (change.rooms is None):
        raise Invalid(Fault("", "holder and rooms are changed together"))
    if change.holder is None or change.rooms is None:
        if change.stay is None:
            raise Invalid(
                Fault("", "name what should change: check_in and check_out, or holder and rooms")
            )
        return Amendment(stay, booking.holder, booking.guests)
    party = Party(change.holder, change.rooms)
    check_party(offer, party)
    return Amendment(stay, *await put_people(hub, tx, party))


async def send_amendment(hub: Hub, asking: Asking, booking: Booking) -> Booking:
    """Ask the supplier for the whole booking as it should become; a repeat changes nothing."""
    wish = booking.amendment
    if wish is None:
        raise IllegalMove("there is no amendment to send")
    answer = await clear_answer(_ask(hub, asking, booking, wish), booking.submission)
    if answer is None or (
        isinstance(answer, SupplierBooking) and not _is_clear(booking, wish, answer)
    ):
        return booking
    return await settle_booking(
        hub, asking, booking, "booking.amend_answered", lambda b: after_amend(hub, b, answer)
    )


async def _ask(hub: Hub, asking: Asking, booking: Booking, wish: Amendment) -> SupplierBooking:
    seller, people = await seller_and_people(hub, asking, booking)
    need_everybody(booking, people)
    order = Order(people[wish.holder], wish.guests, people)
    async with in_time(hub, booking.submission):
        return await seller.amend(booking.supplier_reference or "", wish.stay, order)


def _is_clear(booking: Booking, wish: Amendment, answer: SupplierBooking) -> bool:
    """False: of another booking, with the hotel still to agree, or a yes to other dates."""
    if not is_about(booking, answer) or answer.state is SupplierState.ON_REQUEST:
        return False
    return answer.state is not SupplierState.CONFIRMED or answer.stay in (None, wish.stay)


def after_amend(
    hub: Hub, booking: Booking, answer: SupplierBooking | Refusal
) -> tuple[Booking, str | None]:
    now = hub.clock.now()
    if isinstance(answer, SupplierBooking):
        if answer.state is SupplierState.CANCELLED:
            return cancelled(booking, answer, now), "booking.cancelled"
        if answer.state is SupplierState.CONFIRMED:
            return _amended(booking, answer, now)
        answer = Refusal("vendor_refused", f"the supplier holds it as {answer.state}")
    return amendment_refused(booking, answer, now), "booking.amendment_refused"


def _amended(booking: Booking, answer: SupplierBooking, now: datetime) -> tuple[Booking, str]:
    try:
        return amended(booking, answer, now), "booking.amended"
    except CurrencyMismatch as e:
        why = f"it was amended, at a price that cannot be taken over ({e})"
        return needs_operator(booking, why, now), "booking.needs_operator"
