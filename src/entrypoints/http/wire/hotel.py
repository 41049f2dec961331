"""Search, offers and quotes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.offer_token import OfferOnSale
from core.application.search_hotels import Outcome, SupplierAnswer
from core.domain import hotel as domain
from core.domain.money import Money
from entrypoints.http.wire.values import Id, stay_of


class HotelSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """check_in, check_out: local dates at the property, check-out exclusive.

    nationality: of the lead guest, ISO 3166. connections: ask only these.
    deadline_s: answer by then with what there is; never later than the hub's own deadline.
    """

    destination: domain.Destination
    check_in: datetime.date
    check_out: datetime.date
    rooms: Annotated[tuple[domain.Occupancy, ...], Meta(min_length=1, max_length=domain.MAX_ROOMS)]
    nationality: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    connections: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=200)] | None = None
    deadline_s: Annotated[float, Meta(gt=0, le=60)] | None = None

    def wish(self) -> domain.HotelSearch:
        stay = stay_of(self.check_in, self.check_out)
        return domain.HotelSearch(self.destination, stay, self.rooms, self.nationality)


class Price(msgspec.Struct, frozen=True):
    """sell: what the customer pays. taxes: included ones are inside it, the others are paid
    at the property. net, commission, minimum_sell: only for keys with prices:net."""

    sell: Money
    taxes: tuple[domain.Tax, ...]
    net: Money | msgspec.UnsetType = msgspec.UNSET
    commission: Money | msgspec.UnsetType = msgspec.UNSET
    minimum_sell: Money | msgspec.UnsetType | None = msgspec.UNSET


class CancellationPolicy(msgspec.Struct, frozen=True):
    """free_until: from then on cancelling costs money; null: it never does.

    steps: from each instant on cancelling costs its fee, until the next.
    """

    free_until: datetime.datetime | None
    steps: tuple[domain.CancellationStep, ...]


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """What is sold: hotel, dates, rooms, board, price and terms."""

    connection: str
    hotel: domain.Hotel
    check_in: datetime.date
    check_out: datetime.date
    nights: int
    rooms: tuple[domain.Room, ...]
    rate_plan: domain.RatePlan
    board: domain.Board
    board_name: str
    price: Price
    cancellation: CancellationPolicy
    collect: domain.Collect
    nationality: str
    rate_comments: str
    on_request: bool


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """offer: the token to quote it with; nothing is stored until then."""

    offer: str
    sale: Sale
    expires_at: datetime.datetime | None


class Supplier(msgspec.Struct, frozen=True):
    """One supplier's part of a search. code: why it failed or was skipped."""

    connection: str
    adapter: str
    outcome: Outcome
    elapsed_ms: int
    offers: int
    code: str | None
    message: str | None


class HotelsFound(msgspec.Struct, frozen=True):
    """suppliers: what became of each. offers: the cheapest first, by currency."""

    suppliers: tuple[Supplier, ...]
    offers: tuple[Offer, ...]


class SupplierFound(msgspec.Struct, frozen=True):
    """The data of an event `supplier`: one supplier's answer, as it comes."""

    supplier: Supplier
    offers: tuple[Offer, ...]


class SearchDone(msgspec.Struct, frozen=True):
    """The data of the last event, `done`."""

    suppliers: int
    offers: int


class NewQuote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """offer: the token of an offer that a search found."""

    offer: Annotated[str, Meta(min_length=8, max_length=100_000)]


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """An offer re-checked with its supplier; its price is the one that is booked.

    previous_sell: what the offer said, when the check changed it.
    """

    id: str
    entity: str
    sale: Sale
    quoted_at: datetime.datetime
    expires_at: datetime.datetime
    previous_sell: Money | None


def price(of: domain.Price, *, net: bool) -> Price:
    if not net:
        return Price(of.sell, of.taxes)
    return Price(of.sell, of.taxes, of.net, of.commission, of.minimum_sell)


def policy(of: domain.CancellationPolicy) -> CancellationPolicy:
    return CancellationPolicy(of.free_until, of.steps)


def sale(of: domain.Offer, *, net: bool) -> Sale:
    return Sale(
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


def offer(of: OfferOnSale, *, net: bool) -> Offer:
    return Offer(offer=of.token, sale=sale(of.offer, net=net), expires_at=of.offer.expires_at)


def supplier(of: SupplierAnswer) -> Supplier:
    return Supplier(
        of.connection, of.adapter, of.outcome, of.elapsed_ms, len(of.offers), of.code, of.message
    )


def cheapest_first(offers: Iterable[OfferOnSale]) -> list[OfferOnSale]:
    """By currency, then by sell: two currencies are not compared."""
    return sorted(offers, key=lambda o: (o.offer.price.sell.currency, o.offer.price.sell.minor))


def quote(of: domain.Quote, *, net: bool) -> Quote:
    return Quote(
        id=of.id,
        entity=of.entity,
        sale=sale(of.offer, net=net),
        quoted_at=of.quoted_at,
        expires_at=of.expires_at,
        previous_sell=of.previous_sell,
    )
