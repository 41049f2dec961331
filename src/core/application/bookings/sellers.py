"""One way to check, book, find and cancel whatever is sold: rooms, visits and flights.

The only place that knows which port sells which kind of offer.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from core.application.hub import Hub
from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.booking import SupplierBooking
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import HotelOffer
from core.domain.bookings.kept_pnr import as_booking
from core.domain.bookings.offer import Offer
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.connections.connection import Connection, VendorAccount
from core.domain.money import Money, zero
from core.domain.person import Guest, Person
from core.domain.stay import Stay
from core.domain.tenancy import Scope
from ports.activity_supplier import ActivityOrder, ActivitySupplier
from ports.errors import NotSupported
from ports.gds import Gds, PnrOrder, Ssr, Traveller
from ports.hotel_supplier import AmendOrder, BookingOrder, HotelSupplier


class Order(msgspec.Struct, frozen=True):
    """people: every person the guests and holder name."""

    holder: Person
    guests: tuple[Guest, ...]
    people: dict[str, Person]


class Seller(Protocol):
    """One offer at its supplier. Raises only ports.errors, as the port behind it says."""

    async def check(self) -> Offer | SoldOut | OfferExpired: ...

    async def book(
        self, order: Order, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired: ...

    async def find(self, key: str, reference: str | None) -> SupplierBooking | None:
        """reference: the supplier's own, where it is known."""
        ...

    async def cancellation_fee(self, reference: str) -> Money: ...

    async def cancel(self, reference: str) -> SupplierBooking: ...

    async def amend(self, reference: str, stay: Stay, order: Order) -> SupplierBooking: ...


async def seller_of(
    hub: Hub,
    scope: Scope,
    connection: Connection,
    account: VendorAccount,
    offer: Offer,
    kept: Money | None = None,
) -> Seller:
    """The open client of *connection*, for *offer*. kept: what carriers kept of its tickets."""
    match offer:
        case HotelOffer():
            hotels = await hub.vendors.hotel_supplier(scope, connection, account)
            return _HotelSeller(hotels, offer)
        case ActivityOffer():
            activities = await hub.vendors.activity_supplier(scope, connection, account)
            return _ActivitySeller(activities, offer)
        case FlightOffer():
            return _FlightSeller(await hub.vendors.gds(scope, connection, account), offer, kept)


class _HotelSeller:
    def __init__(self, supplier: HotelSupplier, offer: HotelOffer) -> None:
        self._supplier, self._offer = supplier, offer

    async def check(self) -> HotelOffer | SoldOut | OfferExpired:
        return await self._supplier.check(self._offer)

    async def book(
        self, order: Order, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        asked = BookingOrder(self._offer, order.holder, order.guests, order.people)
        return await self._supplier.book(asked, key=key)

    async def find(self, key: str, reference: str | None) -> SupplierBooking | None:
        return await self._supplier.find(key)

    async def cancellation_fee(self, reference: str) -> Money:
        return await self._supplier.cancellation_fee(reference)

    async def cancel(self, reference: str) -> SupplierBooking:
        return await self._supplier.cancel(reference)

    async def amend(self, reference: str, stay: Stay, order: Order) -> SupplierBooking:
        asked = AmendOrder(stay, self._offer, order.holder, order.guests, order.people)
        return await self._supplier.amend(reference, asked)


class _ActivitySeller:
    def __init__(self, supplier: ActivitySupplier, offer: ActivityOffer) -> None:
        self._supplier, self._offer = supplier, offer

    async def check(self) -> ActivityOffer | SoldOut | OfferExpired:
        return await self._supplier.check(self._offer)

    async def book(
        self, order: Order, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        asked = ActivityOrder(self._offer, order.holder, order.guests, order.people)
        return await self._supplier.book(asked, key=key)

    async def find(self, key: str, reference: str | None) -> SupplierBooking | None:
        return await self._supplier.find(key)

    async def cancellation_fee(self, reference: str) -> Money:
        return await self._supplier.cancellation_fee(reference)

    async def cancel(self, reference: str) -> SupplierBooking:
        return await self._supplier.cancel(reference)

    async def amend(self, reference: str, stay: Stay, order: Order) -> SupplierBooking:
        raise NotSupported("an activity is not amended; cancel it and book again", vendor="serai")


class _FlightSeller:
    """Booking a flight makes its PNR; tickets are asked for by themselves."""

    def __init__(self, gds: Gds, offer: FlightOffer, kept: Money | None) -> None:
        self._gds, self._offer, self._kept = gds, offer, kept

    async def check(self) -> FlightOffer | SoldOut | OfferExpired:
        return await self._gds.check(self._offer)

    async def book(
        self, order: Order, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        made = await self._gds.create_pnr(pnr_order(self._offer, order), key=key)
        if isinstance(made, SoldOut | PriceChanged | OfferExpired):
            return made
        return as_booking(made, key, self._kept, self._currency)

    async def find(self, key: str, reference: str | None) -> SupplierBooking | None:
        pnr = await (self._gds.retrieve(reference) if reference else self._gds.find(key))
        return None if pnr is None else as_booking(pnr, key, self._kept, self._currency)

    async def cancellation_fee(self, reference: str) -> Money:
        """Of tickets that stand, what refunding them costs; without any, what was kept."""
        pnr = await self._gds.retrieve(reference)
        if any(ticket.live for ticket in pnr.tickets):
            return (await self._gds.refund_quote(reference)).penalty
        return self._kept or zero(self._currency)

    async def cancel(self, reference: str) -> SupplierBooking:
        pnr = await self._gds.cancel(reference)
        return as_booking(pnr, "", self._kept, self._currency)

    async def amend(self, reference: str, stay: Stay, order: Order) -> SupplierBooking:
        raise NotSupported("a flight is not amended; cancel it and book again", vendor="serai")

    @property
    def _currency(self) -> str:
        return self._offer.price.net.currency


def pnr_order(offer: FlightOffer, order: Order) -> PnrOrder:
    travellers, requests = [], []
    for number, guest in enumerate(order.guests, 1):
        person = order.people[guest.person]
        travellers.append(_traveller(number, guest, person))
        requests += [Ssr(r.code, number, r.text) for r in person.requests]
    return PnrOrder(
        offer=offer,
        travellers=tuple(travellers),
        email=order.holder.email,
        phone=order.holder.phone,
        requests=tuple(requests),
    )


def _traveller(number: int, guest: Guest, person: Person) -> Traveller:
    if guest.passenger is None:
        raise ValueError("a guest who flies has a passenger type")
    passport = person.passport
    return Traveller(
        number=number,
        type=guest.passenger,
        name=person.name,
        surname=person.surname,
        title=person.title,
        born_on=person.born_on,
        gender=person.gender.value if person.gender else "",
        with_adult=guest.with_adult,
        passport=passport.number if passport else None,
        passport_country=passport.country if passport else None,
        passport_ends_on=passport.ends_on if passport else None,
        nationality=person.nationality,
    )
