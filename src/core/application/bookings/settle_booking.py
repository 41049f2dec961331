"""Write what became of a booking, once, with the event that tells it."""

from __future__ import annotations

from collections.abc import Callable

from core.application.bookings.follow_booking import follow_booking
from core.application.hub import Asking, Hub, ring_after, write_audit
from core.domain.bookings.booking import Booking, BookingState
from core.domain.bookings.pnr import Pnr
from core.domain.events.booking_events import booking_event
from ports.jobs import Bell

TOLD = {
    BookingState.CONFIRMED: "booking.confirmed",
    BookingState.PENDING_SUPPLIER: "booking.pending_supplier",
    BookingState.REFUSED: "booking.refused",
    BookingState.FAILED: "booking.failed",
    BookingState.CANCELLED: "booking.cancelled",
    BookingState.NEEDS_OPERATOR: "booking.needs_operator",
}
Decision = Callable[[Booking], tuple[Booking, str | None]]


async def settle_booking(
    hub: Hub,
    asking: Asking,
    asked: Booking,
    action: str,
    decide: Decision,
    pnr: Pnr | None = None,
) -> Booking:
    """Apply *decide* (→ the booking after, and the event's name) to *asked* as stored now.

    *asked* is the booking as it was when the supplier was called. If somebody else has
    settled or sent it since, nothing is written and the stored booking is returned.
    pnr: what the answer told of it, where it is one.
    """
    async with hub.store.begin(asking.scope) as tx:
        current = await tx.booking(asked.id)
        if current is None:
            raise LookupError(asked.id)
        if current.state is not asked.state or current.submission != asked.submission:
            return current
        after, event = decide(current)
        await tx.put_booking(after)
        bell = await follow_booking(hub, tx, after, pnr) if event is not None else None
        if event is not None:
            await tx.record(booking_event(event, after), hub.clock.now())
            await write_audit(hub, tx, asking, action, after.id, before=current, after=after)
    await ring_after(hub, Bell.BOOKINGS, after.check_at, told=event is not None)
    if bell is not None:
        await hub.jobs.ring(bell)
    return after
