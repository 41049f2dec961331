"""A grouped itinerary response, as far as it is read. Numbers stay exact.

Everything that repeats is described once and referred to by its id; an itinerary is decoded by
itself (Raw), so that a bad one spoils no other, and the decoder is never held for long.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Wire(msgspec.Struct, rename="camel", gc=False):
    """No cycles: the collector need not look at the thousands of them."""


class Message(Wire):
    severity: str = ""
    type: str = ""
    code: str = ""
    text: str = ""


class End(Wire):
    airport: str
    time: str
    date_adjustment: int = 0


class Carrier(Wire):
    marketing: str
    marketing_flight_number: int
    operating: str = ""


class Schedule(Wire):
    id: int
    departure: End
    arrival: End
    carrier: Carrier


class ScheduleRef(Wire):
    ref: int
    departure_date_adjustment: int = 0


class Leg(Wire):
    id: int
    schedules: tuple[ScheduleRef, ...]


class FareComponent(Wire):
    id: int
    fare_basis_code: str
    governing_carrier: str = ""


class Allowance(Wire):
    id: int
    piece_count: int | None = None
    weight: int | None = None
    unit: str = ""


class LegDescription(Wire):
    departure_date: str


class GroupDescription(Wire):
    leg_descriptions: tuple[LegDescription, ...]


class Group(Wire):
    group_description: GroupDescription
    itineraries: tuple[msgspec.Raw, ...] = ()


class Grouped(Wire):
    messages: tuple[Message, ...] = ()
    schedule_descs: tuple[Schedule, ...] = ()
    leg_descs: tuple[Leg, ...] = ()
    fare_component_descs: tuple[FareComponent, ...] = ()
    baggage_allowance_descs: tuple[Allowance, ...] = ()
    itinerary_groups: tuple[Group, ...] = ()


class Response(Wire):
    grouped_itinerary_response: Grouped


class Ref(Wire):
    ref: int


class Booked(Wire):
    booking_code: str
    cabin_code: str = "Y"


class ComponentSegment(Wire):
    """None: a surface sector, which is no flight."""

    segment: Booked | None = None


class Component(Wire):
    ref: int
    begin_airport: str = ""
    end_airport: str = ""
    segments: tuple[ComponentSegment, ...] = ()


class TotalFare(Wire):
    total_fare: Decimal
    total_tax_amount: Decimal
    currency: str


class Penalty(Wire):
    type: str
    applicability: str
    changeable: bool | None = None
    refundable: bool | None = None
    amount: Decimal | None = None
    currency: str | None = None


class Penalties(Wire):
    penalties: tuple[Penalty, ...] = ()


class BagSegment(Wire):
    id: int


class Bags(Wire):
    provision_type: str = ""
    segments: tuple[BagSegment, ...] = ()
    allowance: Ref | None = None


class PassengerInfo(Wire):
    passenger_type: str
    passenger_number: int
    passenger_total_fare: TotalFare
    fare_components: tuple[Component, ...]
    non_refundable: bool | None = None
    penalties_info: Penalties = msgspec.field(default_factory=Penalties)
    baggage_information: tuple[Bags, ...] = ()


class Passenger(Wire):
    passenger_info: PassengerInfo


class Total(Wire):
    total_price: Decimal
    currency: str


class Fare(Wire):
    validating_carrier_code: str
    passenger_info_list: tuple[Passenger, ...]
    total_fare: Total
    last_ticket_date: str | None = None
    last_ticket_time: str | None = None


class Pricing(Wire):
    fare: Fare | None = None


class Itinerary(Wire):
    legs: tuple[Ref, ...]
    pricing_information: tuple[Pricing, ...]
