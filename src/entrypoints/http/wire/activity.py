"""Searching tours, tickets and visits, and the vouchers that open their doors."""

from __future__ import annotations

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from core.application.bookings.fan_out import SupplierAnswer
from core.application.bookings.offer_token import OfferOnSale
from core.domain.bookings import activity as domain
from core.domain.bookings.hotel import Circle
from core.domain.bookings.voucher import VoucherSheet
from core.domain.problem import Fault, Invalid
from entrypoints.http.wire.sale import ActivitySale, Supplier, activity_sale, supplier
from entrypoints.http.wire.values import Asked

Count = Annotated[int, Meta(ge=1, le=domain.MAX_PEOPLE)]


class ActivitySearch(Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """where: a circle, suppliers' own codes, or nothing for all they have. first, last: local
    days at the place, both included. people: how many of each kind. text: words that the name
    or the place must hold."""

    where: Circle | domain.ProductCodes | None = None
    first: datetime.date
    last: datetime.date
    people: Annotated[dict[domain.UnitKind, Count], Meta(min_length=1)]
    text: Annotated[str, Meta(max_length=200)] = ""

    def wish(self) -> domain.ActivitySearch:
        """Invalid: days that are no days, or too many people."""
        try:
            days = domain.Days(self.first, self.last)
        except ValueError as e:
            raise Invalid(Fault("/last", str(e).removeprefix("last "))) from None
        try:
            return domain.ActivitySearch(self.where, days, self.people, self.text)
        except ValueError as e:
            raise Invalid(Fault("/people", str(e).removeprefix("people "))) from None


class ActivityOffer(msgspec.Struct, frozen=True, kw_only=True):
    """offer: the token to quote it with; nothing is stored until then."""

    offer: str
    sale: ActivitySale
    expires_at: datetime.datetime | None


class ActivitiesFound(msgspec.Struct, frozen=True):
    """suppliers: what became of each. offers: the cheapest first, by currency. note: why nobody
    was asked; null where somebody was."""

    suppliers: tuple[Supplier, ...]
    offers: tuple[ActivityOffer, ...]
    note: str | None


class ActivitySupplierFound(msgspec.Struct, frozen=True):
    """The data of an event `supplier`: one supplier's answer, as it comes."""

    supplier: Supplier
    offers: tuple[ActivityOffer, ...]


class Vouchers(msgspec.Struct, frozen=True, kw_only=True):
    """What the guests show at the door. vouchers: none, where they say the reference.

    value: a code's content, or where a PDF or a wallet's pass lies. unit: whose ticket it is, by
    the sale's units; null: it is for the whole booking.
    """

    booking: str
    reference: str
    issued_at: datetime.datetime
    vouchers: tuple[domain.Voucher, ...]


def offer(of: OfferOnSale[domain.ActivityOffer], *, net: bool) -> ActivityOffer:
    sale = activity_sale(of.offer, net=net)
    return ActivityOffer(offer=of.token, sale=sale, expires_at=of.offer.expires_at)


def found(
    of: SupplierAnswer[domain.ActivityOffer], offers: tuple[ActivityOffer, ...]
) -> ActivitySupplierFound:
    return ActivitySupplierFound(supplier(of), offers)


def vouchers(reference: str, sheet: VoucherSheet) -> Vouchers:
    return Vouchers(
        booking=sheet.id,
        reference=reference,
        issued_at=sheet.issued_at or sheet.created_at,
        vouchers=sheet.vouchers,
    )
