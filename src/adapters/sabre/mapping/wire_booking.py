"""Bookings and tickets as Booking Management tells them, as far as they are read."""

from __future__ import annotations

import msgspec


class Wire(msgspec.Struct, rename="camel"):
    pass


class Error(Wire):
    category: str = ""
    type: str = ""


class Flight(Wire):
    item_id: str
    flight_number: int
    airline_code: str
    from_airport_code: str
    to_airport_code: str
    departure_date: str
    departure_time: str
    arrival_date: str
    arrival_time: str
    flight_status_code: str = ""
    booking_class: str = ""
    cabin_type_code: str = ""
    operating_airline_code: str = ""
    confirmation_id: str = ""
    updated_departure_date: str | None = None
    updated_departure_time: str | None = None
    updated_arrival_date: str | None = None
    updated_arrival_time: str | None = None


class Creation(Wire):
    creation_date: str | None = None
    purchase_deadline_date: str | None = None
    purchase_deadline_time: str | None = None


class Totals(Wire):
    total: str
    currency_code: str


class FlightRef(Wire):
    item_id: str = ""


class Construction(Wire):
    flights: tuple[FlightRef, ...] = ()
    fare_basis_code: str = ""


class Fare(Wire):
    """record_type_code PQ: a price quote that tickets can be issued at."""

    record_id: str = ""
    record_type_code: str = ""
    pricing_status_code: str = ""
    traveler_indices: tuple[int, ...] = ()
    fare_construction: tuple[Construction, ...] = ()
    creation_details: Creation = msgspec.field(default_factory=Creation)
    totals: Totals | None = None


class Remark(Wire):
    type: str = ""
    text: str = ""


class Coupon(Wire):
    coupon_status: str = ""
    coupon_status_code: str = ""


class Ticket(Wire):
    number: str
    date: str
    traveler_index: int
    flight_coupons: tuple[Coupon, ...] = ()
    all_coupons: tuple[Coupon, ...] = ()
    ticket_status_code: str = ""


class Traveller(Wire):
    """Names stay with them: only that there is one is read."""

    passenger_code: str = ""


class Booking(Wire):
    booking_id: str = ""
    booking_signature: str = ""
    flights: tuple[Flight, ...] = ()
    travelers: tuple[Traveller, ...] = ()
    fares: tuple[Fare, ...] = ()
    remarks: tuple[Remark, ...] = ()
    flight_tickets: tuple[Ticket, ...] = ()
    creation_details: Creation = msgspec.field(default_factory=Creation)
    errors: tuple[Error, ...] = ()


class Created(Wire):
    confirmation_id: str = ""
    booking: Booking | None = None
    errors: tuple[Error, ...] = ()


class Penalty(Wire):
    amount: str | None = None
    currency_code: str | None = None


class RefundPenalty(Wire):
    applicability: str = ""
    penalty: Penalty = msgspec.field(default_factory=Penalty)


class Checked(Wire):
    number: str = ""
    is_voidable: bool = False
    is_refundable: bool = False
    is_automated_refunds_eligible: bool = False
    refund_totals: Totals | None = None
    refund_penalties: tuple[RefundPenalty, ...] = ()


class Done(Wire):
    """The answer to ticketing, voiding, refunding, cancelling and checking alike."""

    errors: tuple[Error, ...] = ()
    warnings: tuple[Error, ...] = ()
    tickets: tuple[Checked, ...] = ()
    booking: Booking | None = None
