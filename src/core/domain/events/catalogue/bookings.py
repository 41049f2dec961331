"""Bookings and their vouchers."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from core.domain.bookings.booking import BookingState
from core.domain.events.catalogue.event_type import BOOKING, CONNECTION, FIRST_DAY, SELL, EventType
from core.domain.money import Money


class HotelSold(msgspec.Struct, frozen=True, tag_field="kind", tag="hotel"):
    hotel_code: str
    hotel_name: str
    check_in: date
    check_out: date
    rooms: int


class ActivitySold(msgspec.Struct, frozen=True, tag_field="kind", tag="activity"):
    """starts_at: local to the place, without an offset."""

    product_code: str
    product_name: str
    option_name: str
    starts_at: datetime
    tickets: int


class FlightSold(msgspec.Struct, frozen=True, tag_field="kind", tag="flight"):
    flights: tuple[FlightTold, ...]
    passengers: int


class FlightTold(msgspec.Struct, frozen=True):
    """departs_at: local to the airport, without an offset."""

    flight: str
    origin: str
    destination: str
    departs_at: datetime


class BookingPayload(msgspec.Struct, frozen=True):
    """fee: what the supplier keeps of a cancelled booking. refusal: why a wish was not granted."""

    booking: str
    state: BookingState
    reference: str
    vendor_reference: str
    supplier_reference: str | None
    connection: str
    sold: HotelSold | ActivitySold | FlightSold
    sell: Money
    fee: Money | None
    refusal: str | None


class VoucherPayload(msgspec.Struct, frozen=True):
    """vouchers: how many; what is on them is fetched by the booking's id."""

    booking: str
    vouchers: int


_BOOKING = BookingPayload(
    booking=BOOKING,
    state=BookingState.CONFIRMED,
    reference="UMR-2027-0114",
    vendor_reference="S7K2M9QX43BDVTHC",
    supplier_reference="102-7745120",
    connection=CONNECTION,
    sold=HotelSold(
        hotel_code="604113",
        hotel_name="Ajyad Courtyard Makkah",
        check_in=FIRST_DAY,
        check_out=date(2027, 1, 19),
        rooms=2,
    ),
    sell=SELL,
    fee=None,
    refusal=None,
)


def _booking(name: str, state: BookingState, means: str, **other: object) -> EventType:
    example = msgspec.structs.replace(_BOOKING, state=state, **other)
    return EventType(f"booking.{name}", "booking/1", means, example)


_B = BookingState
TYPES = (
    _booking("confirmed", _B.CONFIRMED, "The supplier confirmed the booking."),
    _booking("pending_supplier", _B.PENDING_SUPPLIER, "It is on request; the hotel answers later."),
    _booking("refused", _B.REFUSED, "The supplier said no.", refusal="sold_out"),
    _booking("failed", _B.FAILED, "It certainly does not exist.", refusal="vendor_unavailable"),
    _booking(
        "needs_operator",
        _B.NEEDS_OPERATOR,
        "Nobody can know by machine; a person settles it.",
        refusal="unknown",
    ),
    _booking("amended", _B.CONFIRMED, "Its dates or names were changed at the supplier."),
    _booking(
        "amendment_refused",
        _B.CONFIRMED,
        "It stays as it was.",
        refusal="vendor_refused",
    ),
    _booking(
        "cancelled",
        _B.CANCELLED,
        "It was cancelled; fee is what the supplier keeps.",
        fee=Money(82500, "SAR"),
    ),
    _booking(
        "cancellation_refused",
        _B.CONFIRMED,
        "It stays booked.",
        refusal="vendor_refused",
    ),
    EventType(
        "voucher.issued",
        "voucher/1",
        "The vouchers of a booking are here: GET /v1/bookings/{id}/voucher.",
        VoucherPayload(booking=BOOKING, vouchers=3),
    ),
)
