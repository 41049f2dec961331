"""A person settles what no machine can know, and says why."""

from __future__ import annotations

import enum

import msgspec

from core.application.bookings.follow_booking import follow_booking
from core.application.bookings.settle_booking import TOLD
from core.application.hub import Asking, Hub, write_audit
from core.domain.bookings.booking import (
    Booking,
    BookingState,
    SupplierBooking,
    SupplierState,
    confirmed,
    failed,
    refused,
)
from core.domain.events.booking_events import booking_event
from core.domain.money import Money
from core.domain.problem import Conflict, Fault, Invalid, NotFound
from core.domain.refusal import Refusal
from core.domain.tenancy import Permission
from ports.jobs import Bell


class Resolution(enum.StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    FAILED = "failed"


class Resolve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """supplier_reference: theirs, needed for confirmed. fee: what a cancelled one cost."""

    outcome: Resolution
    reason: str
    supplier_reference: str | None = None
    fee: Money | None = None


async def resolve_booking(hub: Hub, asking: Asking, id: str, resolve: Resolve) -> Booking:
    """Conflict: the booking does not need an operator. The reason goes into the audit trail."""
    asking.need(Permission.BOOKINGS_WRITE)
    if not resolve.reason.strip():
        raise Invalid(Fault("/reason", "say how you know"))
    if resolve.outcome is Resolution.CONFIRMED and not resolve.supplier_reference:
        raise Invalid(Fault("/supplier_reference", "is needed to confirm it"))
    if resolve.fee is not None and resolve.fee.minor < 0:
        raise Invalid(Fault("/fee/minor", "must be 0 or more"))
    asking = msgspec.structs.replace(asking, reason=resolve.reason)
    async with hub.store.begin(asking.scope) as tx:
        booking = await tx.booking(id)
        if booking is None:
            raise NotFound("booking", id)
        if booking.state is not BookingState.NEEDS_OPERATOR:
            raise Conflict("not_resolvable", f"the booking is {booking.state}; nothing is open")
        currency = booking.offer.price.net.currency
        if resolve.fee is not None and resolve.fee.currency != currency:
            raise Invalid(Fault("/fee/currency", f"the booking is priced in {currency}"))
        after = _resolved(hub, booking, resolve)
        await tx.put_booking(after)
        bell = await follow_booking(hub, tx, after)
        await tx.record(booking_event(TOLD[after.state], after), hub.clock.now())
        await write_audit(hub, tx, asking, "booking.resolved", id, before=booking, after=after)
    await hub.jobs.ring(Bell.DELIVERIES)
    if bell is not None:
        await hub.jobs.ring(bell)
    return after


def _resolved(hub: Hub, booking: Booking, resolve: Resolve) -> Booking:
    now = hub.clock.now()
    why = Refusal("operator", "settled by an operator")
    match resolve.outcome:
        case Resolution.REFUSED:
            return refused(booking, why, now)
        case Resolution.FAILED:
            return failed(booking, why, now)
        case _:
            answer = SupplierBooking(
                supplier_reference=resolve.supplier_reference or booking.supplier_reference or "",
                vendor_reference=booking.vendor_reference,
                state=SupplierState(resolve.outcome.value),
                fee=resolve.fee,
            )
            settled = confirmed(booking, answer, now)
            return msgspec.structs.replace(settled, refusal=None, amendment=None)
