"""Cancel at the supplier, whose fee is final."""

from __future__ import annotations

from core.application.bookings.send_booking import seller_and_people
from core.application.bookings.settle_booking import settle_booking
from core.application.clear_answer import clear_answer
from core.application.connection_parts import connection_parts
from core.application.hub import Asking, Hub, ring_after, write_intent
from core.application.in_time import in_time
from core.application.payments.close_payment import close_links
from core.application.vendor_problem import problem_of
from core.domain.bookings.booking import (
    Booking,
    BookingState,
    SupplierBooking,
    SupplierState,
    cancellation_refused,
    cancelled,
    cancelling,
    is_about,
)
from core.domain.money import Money
from core.domain.problem import Conflict, NotFound
from core.domain.refusal import IllegalMove, Refusal
from core.domain.submission import send
from core.domain.tenancy import Permission
from ports.errors import NotSupported, VendorError
from ports.jobs import Bell
from ports.store import Tx


async def cancellation_fee(hub: Hub, asking: Asking, id: str) -> Money:
    """What cancelling now would cost, asked of the supplier, else read from the policy."""
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        booking = await view.booking(id)
    if booking is None:
        raise NotFound("booking", id)
    if booking.state is not BookingState.CONFIRMED or booking.supplier_reference is None:
        raise Conflict("not_cancellable", f"a {booking.state} booking has no fee to ask")
    try:
        seller, _ = await seller_and_people(hub, asking, booking)
        return await seller.cancellation_fee(booking.supplier_reference)
    except NotSupported:
        offer = booking.offer
        return offer.cancellation.fee_at(hub.clock.now(), offer.price.net.currency)
    except VendorError as e:
        raise problem_of(e) from e


async def cancel_booking(hub: Hub, asking: Asking, id: str) -> Booking:
    """The booking after the supplier's answer; `cancelling` while that is not clear.

    Cancelling a cancelled booking returns it as it is. Its open payment links are closed.
    """
    asking.need(Permission.BOOKINGS_WRITE)
    async with hub.store.begin(asking.scope) as tx:
        booking = await tx.booking(id)
        if booking is None:
            raise NotFound("booking", id)
        if booking.state in (BookingState.CANCELLED, BookingState.CANCELLING):
            return booking
        await _without_tickets(tx, id)
        _, _, manifest = await connection_parts(hub, tx, booking.connection)
        now = hub.clock.now()
        try:
            intent = cancelling(booking, asking.reason, send(now, manifest.deadline_s), now)
        except IllegalMove as e:
            raise Conflict("not_cancellable", str(e)) from None
        await tx.put_booking(intent)
        await write_intent(hub, tx, asking, "booking.cancelling", id, before=booking, after=intent)
    await ring_after(hub, Bell.BOOKINGS, intent.check_at, told=False)
    after = await send_cancellation(hub, asking, intent)
    if after.state is BookingState.CANCELLED:
        await close_links(hub, asking.scope, id)
    return after


async def _without_tickets(tx: Tx, id: str) -> None:
    """Conflict: its PNR has tickets, or may have: flights are not let go under them."""
    pnr = await tx.pnr_of(id)
    if pnr is not None and not pnr.may_be_cancelled:
        raise Conflict(
            "has_tickets",
            f"its PNR {pnr.id} is {pnr.state}: void or refund its tickets first",
            resource=pnr.id,
        )


async def send_cancellation(hub: Hub, asking: Asking, booking: Booking) -> Booking:
    """Ask the supplier to cancel; a repeat is safe, for it answers that it is cancelled."""
    answer = await clear_answer(_ask(hub, asking, booking), booking.submission)
    if answer is None or (isinstance(answer, SupplierBooking) and not is_about(booking, answer)):
        return booking
    pnr = answer.pnr if isinstance(answer, SupplierBooking) else None
    return await settle_booking(
        hub, asking, booking, "booking.cancel_answered", lambda b: after_cancel(hub, b, answer), pnr
    )


async def _ask(hub: Hub, asking: Asking, booking: Booking) -> SupplierBooking:
    seller, _ = await seller_and_people(hub, asking, booking)
    async with in_time(hub, booking.submission):
        return await seller.cancel(booking.supplier_reference or booking.vendor_reference)


def after_cancel(
    hub: Hub, booking: Booking, answer: SupplierBooking | Refusal
) -> tuple[Booking, str | None]:
    now = hub.clock.now()
    if isinstance(answer, Refusal):
        return cancellation_refused(booking, answer, now), "booking.cancellation_refused"
    if answer.state is SupplierState.CANCELLED:
        return cancelled(booking, answer, now), "booking.cancelled"
    why = Refusal("vendor_refused", f"the supplier still holds it as {answer.state}")
    return cancellation_refused(booking, why, now), "booking.cancellation_refused"
