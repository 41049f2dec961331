"""Searching hotels."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.bookings.fan_out import SupplierAnswer
from core.application.bookings.offer_token import OfferOnSale
from core.domain.bookings import hotel as domain
from core.domain.stay import Occupancy
from entrypoints.http.wire.sale import HotelSale, Supplier, hotel_sale, supplier
from entrypoints.http.wire.values import Asked, stay_of


class HotelSearch(Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """check_in, check_out: local dates at the property, check-out exclusive.

    nationality: of the lead guest, ISO 3166.
    """

    destination: domain.Destination
    check_in: datetime.date
    check_out: datetime.date
    rooms: Annotated[tuple[Occupancy, ...], Meta(min_length=1, max_length=domain.MAX_ROOMS)]
    nationality: Annotated[str, Meta(pattern="^[A-Z]{2}$")]

    def wish(self) -> domain.HotelSearch:
        stay = stay_of(self.check_in, self.check_out)
        return domain.HotelSearch(self.destination, stay, self.rooms, self.nationality)


class HotelOffer(msgspec.Struct, frozen=True, kw_only=True):
    """offer: the token to quote it with; nothing is stored until then."""

    offer: str
    sale: HotelSale
    expires_at: datetime.datetime | None


class HotelsFound(msgspec.Struct, frozen=True):
    """suppliers: what became of each. offers: the cheapest first, by currency. note: why nobody
    was asked; null where somebody was."""

    suppliers: tuple[Supplier, ...]
    offers: tuple[HotelOffer, ...]
    note: str | None


class HotelSupplierFound(msgspec.Struct, frozen=True):
    """The data of an event `supplier`: one supplier's answer, as it comes."""

    supplier: Supplier
    offers: tuple[HotelOffer, ...]


def offer(of: OfferOnSale[domain.HotelOffer], *, net: bool) -> HotelOffer:
    sale = hotel_sale(of.offer, net=net)
    return HotelOffer(offer=of.token, sale=sale, expires_at=of.offer.expires_at)


def found(
    of: SupplierAnswer[domain.HotelOffer], offers: tuple[HotelOffer, ...]
) -> HotelSupplierFound:
    return HotelSupplierFound(supplier(of), offers)
