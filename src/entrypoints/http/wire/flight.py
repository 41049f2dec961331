"""Shopping flights, pricing one again, and the rules of its fares."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.bookings.fan_out import SupplierAnswer
from core.application.bookings.offer_token import OfferOnSale
from core.application.bookings.price_flight import Priced
from core.domain.bookings import flight as domain
from core.domain.bookings.flight import FlightOffer as DomainOffer
from core.domain.fare_rules import FareRules
from core.domain.money import Money
from core.domain.person import PassengerType
from core.domain.problem import Fault, Invalid
from entrypoints.http.wire.fare import Fare, fare
from entrypoints.http.wire.quote import Token
from entrypoints.http.wire.sale import FlightSale, Supplier, flight_sale, supplier
from entrypoints.http.wire.values import Asked, Id

Airport = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class NewBound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One leg that is asked for. origin, destination: IATA airports or cities. date: local."""

    origin: Airport
    destination: Airport
    date: datetime.date


class FlightSearch(Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """passengers: how many of each type, with at least one adult (ADT); CNN are 2 to 11, INF
    under 2 and on a lap, no more of them than adults. max_stops: of a bound; null: any."""

    bounds: Annotated[tuple[NewBound, ...], Meta(min_length=1, max_length=domain.MAX_BOUNDS)]
    passengers: Annotated[
        dict[PassengerType, Annotated[int, Meta(ge=1, le=domain.MAX_PASSENGERS)]],
        Meta(min_length=1),
    ]
    cabin: domain.Cabin = domain.Cabin.ECONOMY
    max_stops: Annotated[int, Meta(ge=0, le=3)] | None = None

    def wish(self) -> domain.FlightSearch:
        """Invalid: a bound that goes nowhere, dates out of order, or passengers that cannot be."""
        bounds = []
        for place, bound in enumerate(self.bounds):
            try:
                bounds.append(domain.Bound(bound.origin, bound.destination, bound.date))
            except ValueError as e:
                raise Invalid(Fault(f"/bounds/{place}", str(e))) from None
        try:
            return domain.FlightSearch(tuple(bounds), self.passengers, self.cabin, self.max_stops)
        except ValueError as e:
            field = "/bounds" if str(e).startswith("bounds") else "/passengers"
            raise Invalid(Fault(field, str(e))) from None


class FlightOffer(msgspec.Struct, frozen=True, kw_only=True):
    """offer: the token to price and quote it with; nothing is stored until then."""

    offer: str
    sale: FlightSale
    expires_at: datetime.datetime | None


class FlightsFound(msgspec.Struct, frozen=True):
    """suppliers: what became of each. offers: the cheapest first, by currency. note: why nobody
    was asked; null where somebody was."""

    suppliers: tuple[Supplier, ...]
    offers: tuple[FlightOffer, ...]
    note: str | None


class FlightSupplierFound(msgspec.Struct, frozen=True):
    """The data of an event `supplier`: one supplier's answer, as it comes."""

    supplier: Supplier
    offers: tuple[FlightOffer, ...]


class PriceFlight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """offer: the token of an offer that a search found."""

    offer: Token


class FlightPriced(msgspec.Struct, frozen=True, kw_only=True):
    """The offer as it stands now, under a token of its own. previous_sell: what it cost before,
    where that changed."""

    offer: str
    sale: FlightSale
    expires_at: datetime.datetime | None
    previous_sell: Money | None


class FareQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either an offer's token, or a booking of a flight."""

    offer: Token | None = None
    booking: Id | None = None


class FareRulesTold(msgspec.Struct, frozen=True):
    """One for each fare, in the order of the segments."""

    fares: tuple[Fare, ...]


def offer(of: OfferOnSale[DomainOffer], *, net: bool) -> FlightOffer:
    sale = flight_sale(of.offer, net=net)
    return FlightOffer(offer=of.token, sale=sale, expires_at=of.offer.expires_at)


def found(of: SupplierAnswer[DomainOffer], offers: tuple[FlightOffer, ...]) -> FlightSupplierFound:
    return FlightSupplierFound(supplier(of), offers)


def priced(of: Priced, *, net: bool) -> FlightPriced:
    return FlightPriced(
        offer=of.on_sale.token,
        sale=flight_sale(of.on_sale.offer, net=net),
        expires_at=of.on_sale.offer.expires_at,
        previous_sell=of.previous_sell,
    )


def rules(of: DomainOffer, fares: Sequence[FareRules], now: datetime.datetime) -> FareRulesTold:
    """now: when a booking would be made."""
    departs = of.segments[0].departs_at.replace(tzinfo=datetime.UTC)
    return FareRulesTold(tuple(fare(rules, now, departs) for rules in fares))
