"""A booking as they tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from adapters.octo.mapping import amounts, ids, times
from adapters.octo.mapping.order import HOLD_MINUTES, RELEASED
from adapters.octo.mapping.wire import Availability, Booking, Contact, Option, Product
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.terms import CancellationPolicy
from core.domain.money import Money, zero

STATES = {
    "CONFIRMED": SupplierState.CONFIRMED,
    "REDEEMED": SupplierState.CONFIRMED,
    "PENDING": SupplierState.ON_REQUEST,
    "REJECTED": SupplierState.REFUSED,
    "CANCELLED": SupplierState.CANCELLED,
}
HELD = "ON_HOLD"


def is_gone(booking: Booking, now: datetime) -> bool:
    """A hold that ran out or was given back: it was never a booking, and cannot become one."""
    if booking.status == HELD:
        return booking.utc_expires_at is not None and booking.utc_expires_at <= now
    if booking.status == "CANCELLED" and booking.utc_confirmed_at is None:
        return booking.cancellation is not None and booking.cancellation.reason == RELEASED
    return booking.status == "EXPIRED"


def outlives(booking: Booking, now: datetime) -> bool:
    """A hold older than any we ask for, and still alive: somebody extended it."""
    if booking.status != HELD or is_gone(booking, now) or booking.utc_created_at is None:
        return False
    return now - booking.utc_created_at > timedelta(minutes=HOLD_MINUTES)


def is_confirmed(booking: Booking) -> bool:
    return STATES.get(booking.status) is SupplierState.CONFIRMED


def is_cancelled(booking: Booking) -> bool:
    return STATES.get(booking.status) is SupplierState.CANCELLED


def told(booking: Booking, key: str | None = None) -> SupplierBooking | None:
    """key: our reference, when it is known that the booking is under it.

    None: a status that is neither a yes nor a no. ValueError: it contradicts itself.
    """
    state = STATES.get(booking.status)
    if state is None:
        return None
    net = (
        amounts.net(booking.pricing)
        if booking.pricing and booking.pricing.net is not None
        else None
    )
    live = state in (SupplierState.CONFIRMED, SupplierState.ON_REQUEST)
    return SupplierBooking(
        supplier_reference=booking.supplier_reference or booking.uuid,
        vendor_reference=_reference(booking) if key is None else key,
        state=state,
        net=net if live else None,
        holder=_holder(booking.contact),
        cancellation=_policy(booking, net) if live else None,
        fee=_fee(booking, net) if state is SupplierState.CANCELLED else None,
    )


def list_query(supplier_reference: str) -> dict[str, str]:
    return {"supplierReference": supplier_reference}


def the_one(supplier_reference: str, listed: Iterable[Booking]) -> Booking | None:
    """Theirs is a search field: what only resembles the reference is not it.

    ValueError: several have it, or what has it is under no uuid.
    """
    found = [one for one in listed if one.supplier_reference == supplier_reference]
    if len({one.uuid.lower() for one in found}) > 1:
        raise ValueError("several bookings under one reference")
    if not all(ids.is_uuid(one.uuid) for one in found):
        raise ValueError("a booking under no uuid")
    return next(iter(found), None)


def _reference(booking: Booking) -> str:
    """Ours, when theirs for us is it; some suppliers write their own word there."""
    ours = booking.reseller_reference or ""
    return ours if ids.same(ids.booking(ours), booking.uuid) else ""


def _holder(contact: Contact | None) -> tuple[str, str] | None:
    if contact is None or not (contact.first_name or contact.last_name):
        return None
    return (contact.first_name or "", contact.last_name or "")


def _policy(booking: Booking, net: Money | None) -> CancellationPolicy | None:
    """Where they repeat what was booked."""
    if net is None:
        return None
    try:
        product = msgspec.json.decode(booking.product, type=Product)
        option = msgspec.json.decode(booking.option, type=Option)
        row = msgspec.json.decode(booking.availability, type=Availability)
        return times.cancellation(option, row, times.zone(product, row), net)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _fee(booking: Booking, net: Money | None) -> Money | None:
    """They say only whether all, a part or nothing is given back; a part is not said how much."""
    if net is None:
        return None
    refund = booking.cancellation.refund if booking.cancellation else None
    if booking.utc_confirmed_at is None or refund == "FULL":
        return zero(net.currency)
    return net if refund == "NONE" else None
