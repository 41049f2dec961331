"""A booking as they tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from adapters.hotelbeds.mapping.offers import summed
from adapters.hotelbeds.mapping.wire import Booking, Listed
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.money import Money
from core.domain.stay import Stay

STATES = {"CONFIRMED": SupplierState.CONFIRMED, "CANCELLED": SupplierState.CANCELLED}
PAGE = 50
KEPT_DAYS = 400


def told(booking: Booking) -> SupplierBooking | None:
    """None: a status that is neither a yes nor a no. ValueError: it contradicts itself."""
    state = STATES.get(booking.status)
    if state is None:
        return None
    hotel, currency = booking.hotel, booking.currency
    live = state is SupplierState.CONFIRMED and currency is not None
    fee = hotel.cancellation_amount if hotel and state is SupplierState.CANCELLED else None
    steps = [
        rate.cancellation_policies for room in (hotel.rooms if hotel else ()) for rate in room.rates
    ]
    return SupplierBooking(
        supplier_reference=booking.reference,
        vendor_reference=booking.client_reference,
        state=state,
        net=Money.of(booking.total_net, currency)
        if live and currency and booking.total_net is not None
        else None,
        stay=Stay(hotel.check_in, hotel.check_out)
        if hotel and hotel.check_in and hotel.check_out
        else None,
        holder=(booking.holder.name, booking.holder.surname) if booking.holder else None,
        cancellation=summed(steps, currency) if live and currency and any(steps) else None,
        fee=Money.of(fee, currency) if fee is not None and currency else None,
    )


def fee(booking: Booking) -> Money:
    """What a simulated cancellation costs. ValueError: it does not say."""
    amount = booking.hotel.cancellation_amount if booking.hotel else None
    if amount is None or booking.currency is None:
        raise ValueError("no cancellation amount")
    return Money.of(amount, booking.currency)


def list_query(key: str, now: datetime, page: int) -> dict[str, str]:
    """Everything created under *key*, cancelled too. Their days are Spanish: one is added."""
    return {
        "clientReference": key,
        "filterType": "CREATION",
        "status": "ALL",
        "start": (now - timedelta(days=KEPT_DAYS)).date().isoformat(),
        "end": (now + timedelta(days=1)).date().isoformat(),
        "from": str(page * PAGE + 1),
        "to": str((page + 1) * PAGE),
    }


def under(key: str, listed: Iterable[Listed]) -> list[Listed]:
    """Theirs is a search field: what only resembles *key* is not ours."""
    return [one for one in listed if one.client_reference == key]


def chosen(listed: list[Listed]) -> Listed | None:
    """The one that counts: a cancelled one does not when there is another.

    ValueError: several that are not cancelled; a person must cancel all but one.
    """
    live = [one for one in listed if STATES.get(one.status) is not SupplierState.CANCELLED]
    if len(live) > 1:
        raise ValueError("several bookings under one reference")
    return next(iter(live or listed), None)


def cancel_query(*, really: bool) -> dict[str, str]:
    return {"cancellationFlag": "CANCELLATION" if really else "SIMULATION"}
