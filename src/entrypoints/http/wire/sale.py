"""What is sold, whatever it is: a room, a visit or a flight, told by its kind."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import msgspec

from core.application.bookings.fan_out import Outcome, SupplierAnswer
from core.application.bookings.offer_token import OfferOnSale
from core.domain.bookings import activity, flight, terms
from core.domain.bookings import hotel as hotels
from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.offer import AnOffer, Offer
from core.domain.fare_rules import StructuredPenalty
from core.domain.money import Money
from core.domain.person import PassengerType


class Price(msgspec.Struct, frozen=True):
    """sell: what the customer pays. taxes: included ones are inside it, the others are paid
    at the property. net, commission, minimum_sell: only for keys with prices:net."""

    sell: Money
    taxes: tuple[terms.Tax, ...]
    net: Money | msgspec.UnsetType = msgspec.UNSET
    commission: Money | msgspec.UnsetType = msgspec.UNSET
    minimum_sell: Money | msgspec.UnsetType | None = msgspec.UNSET


class CancellationPolicy(msgspec.Struct, frozen=True):
    """free_until: from then on cancelling costs money, which may be past; null: it never does.

    steps: from each instant on cancelling costs its fee, until the next.
    """

    free_until: datetime.datetime | None
    steps: tuple[terms.CancellationStep, ...]


class HotelSale(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="hotel"):
    """Rooms: hotel, dates, board, price and terms."""

    connection: str
    hotel: hotels.Hotel
    check_in: datetime.date
    check_out: datetime.date
    nights: int
    rooms: tuple[hotels.Room, ...]
    rate_plan: hotels.RatePlan
    board: hotels.Board
    board_name: str
    price: Price
    cancellation: CancellationPolicy
    collect: hotels.Collect
    nationality: str
    rate_comments: str
    on_request: bool


class ActivitySale(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="activity"):
    """Tickets of one start. starts_at, ends_at: local to the product's timezone, without an
    offset; all_day: any time of that day. left: places, null where the supplier does not say."""

    connection: str
    product: activity.Product
    option: activity.Option
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    all_day: bool
    units: tuple[activity.Unit, ...]
    left: int | None
    price: Price
    cancellation: CancellationPolicy
    collect: hotels.Collect
    conditions: str
    on_request: bool


class FlightSale(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="flight"):
    """An itinerary. segments: hours local to each airport, without an offset; bounds: how many
    of them belong to each bound that was asked for, in order. ticket_by: the fare's own limit.
    refundable, changeable: null where it is not known. fares: only for keys with prices:net."""

    connection: str
    segments: tuple[flight.Segment, ...]
    bounds: tuple[int, ...]
    passengers: dict[PassengerType, int]
    fares: tuple[flight.PassengerFare, ...] | msgspec.UnsetType
    price: Price
    validating_carrier: str
    ticket_by: datetime.datetime | None
    refundable: bool | None
    changeable: bool | None
    penalties: tuple[StructuredPenalty, ...]
    cancellation: CancellationPolicy
    collect: hotels.Collect
    on_request: bool


Sale = HotelSale | ActivitySale | FlightSale


class Supplier(msgspec.Struct, frozen=True):
    """One supplier's part of a search. code: why it failed or was skipped."""

    connection: str
    adapter: str
    outcome: Outcome
    elapsed_ms: int
    offers: int
    code: str | None
    message: str | None


def price(of: terms.Price, *, net: bool) -> Price:
    if not net:
        return Price(of.sell, of.taxes)
    return Price(of.sell, of.taxes, of.net, of.commission, of.minimum_sell)


def policy(of: terms.CancellationPolicy) -> CancellationPolicy:
    return CancellationPolicy(of.free_until, of.steps)


def sale(of: Offer, *, net: bool) -> Sale:
    match of:
        case HotelOffer():
            return hotel_sale(of, net=net)
        case ActivityOffer():
            return activity_sale(of, net=net)
        case FlightOffer():
            return flight_sale(of, net=net)


def hotel_sale(of: HotelOffer, *, net: bool) -> HotelSale:
    return HotelSale(
        connection=of.connection,
        hotel=of.hotel,
        check_in=of.stay.check_in,
        check_out=of.stay.check_out,
        nights=of.stay.nights,
        rooms=of.rooms,
        rate_plan=of.rate_plan,
        board=of.board,
        board_name=of.board_name,
        price=price(of.price, net=net),
        cancellation=policy(of.cancellation),
        collect=of.collect,
        nationality=of.nationality,
        rate_comments=of.rate_comments,
        on_request=of.on_request,
    )


def activity_sale(of: ActivityOffer, *, net: bool) -> ActivitySale:
    return ActivitySale(
        connection=of.connection,
        product=of.product,
        option=of.option,
        starts_at=of.starts_at,
        ends_at=of.ends_at,
        all_day=of.all_day,
        units=of.units,
        left=of.left,
        price=price(of.price, net=net),
        cancellation=policy(of.cancellation),
        collect=of.collect,
        conditions=of.conditions,
        on_request=of.on_request,
    )


def flight_sale(of: FlightOffer, *, net: bool) -> FlightSale:
    return FlightSale(
        connection=of.connection,
        segments=of.segments,
        bounds=of.bounds,
        passengers=of.party,
        fares=of.fares if net else msgspec.UNSET,
        price=price(of.price, net=net),
        validating_carrier=of.validating_carrier,
        ticket_by=of.ticket_by,
        refundable=of.refundable,
        changeable=of.changeable,
        penalties=of.penalties,
        cancellation=policy(of.cancellation),
        collect=of.collect,
        on_request=of.on_request,
    )


def supplier(of: SupplierAnswer[AnOffer]) -> Supplier:
    return Supplier(
        of.connection, of.adapter, of.outcome, of.elapsed_ms, len(of.offers), of.code, of.message
    )


def cheapest_first(offers: Iterable[OfferOnSale[AnOffer]]) -> list[OfferOnSale[AnOffer]]:
    """By currency, then by sell: two currencies are not compared."""
    return sorted(offers, key=lambda o: (o.offer.price.sell.currency, o.offer.price.sell.minor))
