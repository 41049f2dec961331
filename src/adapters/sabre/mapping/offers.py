"""Itineraries → offers.

A leg's date is that of the group's leg description at the same place, never found by the
leg's reference; each flight of it may leave a day or two later, and arrive later still.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from adapters.sabre.mapping import penalties
from adapters.sabre.mapping import wire_shop as wire
from core.domain.bookings.flight import Cabin, FlightOffer, PassengerFare, Segment
from core.domain.bookings.terms import Price, Tax
from core.domain.fare_rules.rules import Act
from core.domain.money import Money, zero
from core.domain.person import PassengerType

CABINS = {
    "P": Cabin.FIRST,
    "F": Cabin.FIRST,
    "J": Cabin.BUSINESS,
    "C": Cabin.BUSINESS,
    "S": Cabin.PREMIUM_ECONOMY,
    "Y": Cabin.ECONOMY,
}
# What they say, as an error, when they looked and there was nothing.
_NOTHING = ("NO FARE", "NO FLIGHT", "NO AVAIL", "NO ITINERAR", "NO SCHEDULE", "TOO RESTRICTIVE")
_itinerary = msgspec.json.Decoder(wire.Itinerary)
_response = msgspec.json.Decoder(wire.Response)


class Found(NamedTuple):
    """unreadable: itineraries left out. fault: their own words why there is nothing at all,
    when it was not that they looked and found nothing."""

    offers: tuple[FlightOffer, ...]
    unreadable: int = 0
    fault: str = ""


class Place(NamedTuple):
    """Where and when an answer is read."""

    connection: str
    zone: ZoneInfo
    now: datetime


class Flown(NamedTuple):
    """A flight of an itinerary before it is priced. leaves: with the airport's offset."""

    schedule: wire.Schedule
    departs_at: datetime
    arrives_at: datetime
    leaves: datetime


class Component(NamedTuple):
    """A fare of an offer, as it travels in its source. first, last: segments, from 0."""

    origin: str
    destination: str
    carrier: str
    fare_basis: str
    first: int
    last: int

    def __str__(self) -> str:
        return "|".join(map(str, self))


def component(text: str) -> Component:
    """ValueError: not one of ours."""
    origin, destination, carrier, fare_basis, first, last = text.split("|")
    return Component(origin, destination, carrier, fare_basis, int(first), int(last))


def read(data: bytes, place: Place) -> Found:
    """ValueError: not a grouped itinerary response."""
    grouped = _response.decode(data).grouped_itinerary_response
    known = _Known(grouped)
    found: list[FlightOffer] = []
    unreadable = 0
    for group in grouped.itinerary_groups:
        dates = [leg.departure_date for leg in group.group_description.leg_descriptions]
        for raw in group.itineraries:
            try:
                found.extend(_offers(_itinerary.decode(raw), dates, known, place))
            except (ValueError, LookupError, ArithmeticError):
                unreadable += 1
    return Found(tuple(found), unreadable, "" if found else _fault(grouped.messages))


def _fault(messages: Iterable[wire.Message]) -> str:
    errors = [m for m in messages if m.severity == "Error"]
    if any(words in m.text.upper() for m in errors for words in _NOTHING):
        return ""
    return next((m.code or m.type for m in errors), "")


class _Known:
    """What itineraries refer to, by id."""

    def __init__(self, grouped: wire.Grouped) -> None:
        self.schedules = {s.id: s for s in grouped.schedule_descs}
        self.legs = {leg.id: leg for leg in grouped.leg_descs}
        self.fares = {fare.id: fare for fare in grouped.fare_component_descs}
        self.bags = {bag.id: bag for bag in grouped.baggage_allowance_descs}


def _offers(
    itinerary: wire.Itinerary, dates: list[str], known: _Known, place: Place
) -> Iterable[FlightOffer]:
    legs = [
        _flown(known.legs[leg.ref], date.fromisoformat(on), known)
        for leg, on in zip(itinerary.legs, dates, strict=True)
    ]
    for pricing in itinerary.pricing_information:
        if pricing.fare is not None:
            yield _offer(legs, pricing.fare, known, place)


def _flown(leg: wire.Leg, on: date, known: _Known) -> list[Flown]:
    flights = []
    for ref in leg.schedules:
        schedule = known.schedules[ref.ref]
        day = on + timedelta(days=ref.departure_date_adjustment)
        leaves = datetime.combine(day, time.fromisoformat(schedule.departure.time))
        lands = datetime.combine(
            day + timedelta(days=schedule.arrival.date_adjustment),
            time.fromisoformat(schedule.arrival.time),
        )
        flights.append(
            Flown(schedule, leaves.replace(tzinfo=None), lands.replace(tzinfo=None), leaves)
        )
    return flights


def _offer(legs: list[list[Flown]], fare: wire.Fare, known: _Known, place: Place) -> FlightOffer:
    flights = [flight for leg in legs for flight in leg]
    infos = [passenger.passenger_info for passenger in fare.passenger_info_list]
    lead = _lead(infos)
    parts, booked = _components(lead, flights, known)
    net, fares = _fares(infos, fare)
    found = penalties.structured(infos)
    counts = {penalties.fare_type(i.passenger_type): i.passenger_number for i in infos}
    refundable = penalties.allowed(found, Act.REFUND)
    return FlightOffer(
        connection=place.connection,
        segments=_segments(flights, parts, booked, _allowances(lead, known)),
        bounds=tuple(len(leg) for leg in legs),
        fares=fares,
        price=_price(net, fares),
        validating_carrier=fare.validating_carrier_code,
        source=tuple(str(part) for part in parts),
        ticket_by=limit(fare.last_ticket_date, fare.last_ticket_time, place.zone),
        refundable=False if refundable is None and lead.non_refundable else refundable,
        changeable=penalties.allowed(found, Act.CHANGE),
        penalties=found,
        cancellation=penalties.policy(found, counts, net, _departs(flights), place.now),
    )


def _lead(infos: list[wire.PassengerInfo]) -> wire.PassengerInfo:
    """The adult, whose fare the segments show. ValueError: nobody is one."""
    for info in infos:
        if passenger_type(info.passenger_type) is _ADULT:
            return info
    raise ValueError("no adult")


def _components(
    lead: wire.PassengerInfo, flights: list[Flown], known: _Known
) -> tuple[list[Component], list[wire.Booked]]:
    """The adult's fares, and what each flight is booked in. ValueError: they do not cover it."""
    parts: list[Component] = []
    booked: list[wire.Booked] = []
    for raw in lead.fare_components:
        here = [s.segment for s in raw.segments if s.segment is not None]
        first, last = len(booked), len(booked) + len(here) - 1
        booked += here
        described, start, end = known.fares[raw.ref], flights[first], flights[last]
        parts.append(
            Component(
                raw.begin_airport or start.schedule.departure.airport,
                raw.end_airport or end.schedule.arrival.airport,
                described.governing_carrier or start.schedule.carrier.marketing,
                described.fare_basis_code,
                first,
                last,
            )
        )
    if len(booked) != len(flights):
        raise ValueError("fares do not cover the flights")
    return parts, booked


def _segments(
    flights: list[Flown],
    parts: list[Component],
    booked: list[wire.Booked],
    bags: dict[int, str],
) -> tuple[Segment, ...]:
    basis = {n: part.fare_basis for part in parts for n in range(part.first, part.last + 1)}
    return tuple(
        Segment(
            carrier=flight.schedule.carrier.marketing,
            number=str(flight.schedule.carrier.marketing_flight_number),
            origin=flight.schedule.departure.airport,
            destination=flight.schedule.arrival.airport,
            departs_at=flight.departs_at,
            arrives_at=flight.arrives_at,
            rbd=seat.booking_code,
            fare_basis=basis[n],
            cabin=CABINS[seat.cabin_code],
            operated_by=_operator(flight.schedule.carrier),
            baggage=bags.get(n, ""),
        )
        for n, (flight, seat) in enumerate(zip(flights, booked, strict=True))
    )


def _operator(carrier: wire.Carrier) -> str:
    return "" if carrier.operating == carrier.marketing else carrier.operating


def _allowances(lead: wire.PassengerInfo, known: _Known) -> dict[int, str]:
    """By segment. A: checked bags that are free."""
    found = {}
    for bags in lead.baggage_information:
        allowance = known.bags.get(bags.allowance.ref) if bags.allowance else None
        if allowance is None or bags.provision_type not in ("", "A"):
            continue
        words = f"{allowance.weight} {allowance.unit}" if allowance.weight else ""
        if allowance.piece_count is not None:
            words = f"{allowance.piece_count} PC"
        found.update({segment.id: words for segment in bags.segments})
    return found


_ADULT = PassengerType.ADULT


def passenger_type(code: str) -> PassengerType:
    if code == "INF":
        return PassengerType.INFANT
    return PassengerType.CHILD if code.startswith("C") else PassengerType.ADULT


def _fares(
    infos: list[wire.PassengerInfo], fare: wire.Fare
) -> tuple[Money, tuple[PassengerFare, ...]]:
    """ValueError: the passengers' fares do not add up to the total."""
    fares = []
    for info in infos:
        total = info.passenger_total_fare
        taxes = Money.of(total.total_tax_amount, total.currency)
        whole = Money.of(total.total_fare, total.currency)
        type_ = passenger_type(info.passenger_type)
        fares.append(PassengerFare(type_, info.passenger_number, whole - taxes, taxes))
    net = Money.of(fare.total_fare.total_price, fare.total_fare.currency)
    if net.minor != sum((f.base + f.taxes).minor * f.count for f in fares):
        raise ValueError("the fares do not add up")
    return net, tuple(fares)


def _price(net: Money, fares: tuple[PassengerFare, ...]) -> Price:
    taxes = Money(sum(f.taxes.minor * f.count for f in fares), net.currency)
    return Price(
        net=net,
        sell=net,
        commission=zero(net.currency),
        taxes=(Tax("Taxes and carrier charges", taxes, included=True),),
    )


def _departs(flights: list[Flown]) -> datetime:
    leaves = flights[0].leaves
    return (leaves if leaves.tzinfo else leaves.replace(tzinfo=UTC)).astimezone(UTC)


def limit(day: str | None, hour: str | None, zone: ZoneInfo) -> datetime | None:
    """A limit as they tell it, in the PCC's own time; without an hour, the day's last minute."""
    if not day:
        return None
    at = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour or "23:59"))
    return at.replace(tzinfo=zone).astimezone(UTC)
