"""Events of bookings, made from what they are about."""

from __future__ import annotations

from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.booking import Booking
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import HotelOffer
from core.domain.event import EventDraft
from core.domain.events.catalogue import draft
from core.domain.events.catalogue.bookings import (
    ActivitySold,
    BookingPayload,
    FlightSold,
    FlightTold,
    HotelSold,
    VoucherPayload,
)


def booking_event(name: str, booking: Booking) -> EventDraft:
    cancellation = booking.cancellation
    payload = BookingPayload(
        booking=booking.id,
        state=booking.state,
        reference=booking.reference,
        vendor_reference=booking.vendor_reference,
        supplier_reference=booking.supplier_reference,
        connection=booking.connection,
        sold=_sold(booking),
        sell=booking.offer.price.sell,
        fee=cancellation.fee if cancellation else None,
        refusal=booking.refusal.code if booking.refusal else None,
    )
    return draft(name, booking.id, payload, booking.partner)


def _sold(booking: Booking) -> HotelSold | ActivitySold | FlightSold:
    match booking.offer:
        case HotelOffer(hotel=hotel, stay=stay, rooms=rooms):
            return HotelSold(hotel.code, hotel.name, stay.check_in, stay.check_out, len(rooms))
        case ActivityOffer(product=product, option=option, starts_at=starts_at, units=units):
            tickets = sum(unit.count for unit in units)
            return ActivitySold(product.code, product.name, option.name, starts_at, tickets)
        case FlightOffer(segments=segments):
            flights = tuple(
                FlightTold(f"{s.carrier}{s.number}", s.origin, s.destination, s.departs_at)
                for s in segments
            )
            return FlightSold(flights, len(booking.guests))


def voucher_event(booking: Booking, vouchers: int) -> EventDraft:
    payload = VoucherPayload(booking.id, vouchers)
    return draft("voucher.issued", booking.id, payload, booking.partner)
