"""A booking as they tell it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from adapters.sabre.mapping.offers import CABINS, limit
from adapters.sabre.mapping.order import remark
from adapters.sabre.mapping.wire_booking import Booking, Fare, Flight
from adapters.sabre.mapping.wire_booking import Coupon as WireCoupon
from adapters.sabre.mapping.wire_booking import Ticket as WireTicket
from core.domain.bookings.flight import Cabin, Segment
from core.domain.bookings.pnr import (
    Coupon,
    CouponStatus,
    DocumentKind,
    Pnr,
    PnrSegment,
    SegmentStatus,
    Ticket,
)
from core.domain.money import Money

COUPONS = {
    "Not Flown": CouponStatus.OPEN,
    "Okay": CouponStatus.OPEN,
    "Reactivated": CouponStatus.OPEN,
    "Airport Control": CouponStatus.OPEN,
    "Checked In": CouponStatus.CHECKED_IN,
    "Lifted": CouponStatus.LIFTED,
    "Flown": CouponStatus.FLOWN,
    "Voided": CouponStatus.VOID,
    "Refunded": CouponStatus.REFUNDED,
    "Exchanged": CouponStatus.EXCHANGED,
    "Suspended": CouponStatus.SUSPENDED,
}
STATUSES = {s.value: s for s in SegmentStatus if s is not SegmentStatus.OTHER}


def query(locator: str) -> bytes:
    """All of it: only a whole reading gives a signature that a change may use."""
    return msgspec.json.encode({"confirmationId": locator})


def remarks_query(locator: str) -> bytes:
    return msgspec.json.encode({"confirmationId": locator, "returnOnly": ["REMARKS"]})


def holds(booking: Booking, key: str) -> bool:
    return any(r.text.strip() == remark(key) for r in booking.remarks)


def told(booking: Booking, locator: str, zone: ZoneInfo) -> Pnr:
    """ValueError: it contradicts itself. A cancelled PNR has no flights any more."""
    active = active_fares(booking)
    return Pnr(
        locator=locator,
        segments=tuple(_segment(f, _bases(active)) for f in booking.flights),
        tickets=tuple(_ticket(t) for t in booking.flight_tickets),
        ticket_by=_ticket_by(booking, active, zone),
        fare_until=_fare_until(active, zone),
        net=_net(active),
        remarks=tuple(r.text for r in booking.remarks if r.type in ("", "GENERAL")),
        cancelled=not booking.flights,
        signature=booking.booking_signature,
    )


def active_fares(booking: Booking) -> list[Fare]:
    """The price quotes that tickets can be issued at."""
    return [
        fare
        for fare in booking.fares
        if fare.record_type_code == "PQ" and fare.pricing_status_code == "A"
    ]


def _bases(fares: Iterable[Fare]) -> dict[str, str]:
    """Flight → fare basis, of the first fare that names it: the adult's."""
    found: dict[str, str] = {}
    for fare in fares:
        for part in fare.fare_construction:
            for flight in part.flights:
                found.setdefault(flight.item_id, part.fare_basis_code)
    return found


def _segment(flight: Flight, bases: dict[str, str]) -> PnrSegment:
    booked = _at(flight.departure_date, flight.departure_time)
    lands = _at(flight.arrival_date, flight.arrival_time)
    if flight.updated_arrival_date and flight.updated_arrival_time:
        lands = _at(flight.updated_arrival_date, flight.updated_arrival_time)
    departs = booked
    if flight.updated_departure_date and flight.updated_departure_time:
        departs = _at(flight.updated_departure_date, flight.updated_departure_time)
    status = flight.flight_status_code.strip().upper()
    return PnrSegment(
        segment=Segment(
            carrier=flight.airline_code,
            number=str(flight.flight_number),
            origin=flight.from_airport_code,
            destination=flight.to_airport_code,
            departs_at=departs,
            arrives_at=lands,
            rbd=flight.booking_class,
            fare_basis=bases.get(flight.item_id, ""),
            cabin=CABINS.get(flight.cabin_type_code, Cabin.ECONOMY),
            operated_by=_operator(flight),
        ),
        status=STATUSES.get(status, SegmentStatus.OTHER),
        status_text=status,
        was=booked if departs != booked else None,
        carrier_locator=flight.confirmation_id,
    )


def _operator(flight: Flight) -> str:
    operator = flight.operating_airline_code
    return "" if operator == flight.airline_code else operator


def _at(day: str, hour: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(hour))


def _ticket(ticket: WireTicket) -> Ticket:
    kind = ticket.ticket_status_code.startswith("M")
    coupons = ticket.flight_coupons or ticket.all_coupons
    return Ticket(
        number=ticket.number,
        passenger=ticket.traveler_index,
        issued_on=date.fromisoformat(ticket.date),
        coupons=tuple(_coupon(n, c) for n, c in enumerate(coupons, 1)),
        kind=DocumentKind.EMD if kind else DocumentKind.TICKET,
    )


def _coupon(number: int, coupon: WireCoupon) -> Coupon:
    return Coupon(number, COUPONS.get(coupon.coupon_status, CouponStatus.UNKNOWN))


def _ticket_by(booking: Booking, fares: Iterable[Fare], zone: ZoneInfo) -> datetime | None:
    """The earliest of the limits: of the booking, and of each stored fare."""
    details = [booking.creation_details, *(fare.creation_details for fare in fares)]
    limits = (limit(d.purchase_deadline_date, d.purchase_deadline_time, zone) for d in details)
    return min((at for at in limits if at is not None), default=None)


def _fare_until(fares: Iterable[Fare], zone: ZoneInfo) -> datetime | None:
    """A stored price is guaranteed for the day it was stored, by the PCC's clock."""
    days = [f.creation_details.creation_date for f in fares if f.creation_details.creation_date]
    if not days:
        return None
    midnight = datetime.combine(date.fromisoformat(min(days)), time(), zone) + timedelta(days=1)
    return midnight.astimezone(UTC)


def _net(fares: list[Fare]) -> Money | None:
    totals = [
        Money.of(fare.totals.total, fare.totals.currency_code)
        for fare in fares
        for _ in fare.traveler_indices or (1,)
        if fare.totals is not None
    ]
    if not totals:
        return None
    whole = totals[0]
    for total in totals[1:]:
        whole = whole + total
    return whole
