"""A hotel supplier that keeps everything in memory, and goes wrong when it is told to.

It honours our key: the same key is answered with the first booking. It can be asked on request.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import msgspec

from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.hotel import (
    Board,
    Collect,
    Hotel,
    HotelCodes,
    HotelOffer,
    HotelSearch,
    RatePlan,
    Room,
)
from core.domain.bookings.terms import (
    CancellationPolicy,
    CancellationStep,
    OfferExpired,
    Price,
    PriceChanged,
    SoldOut,
)
from core.domain.connections.connection import Verdict
from core.domain.money import Money, zero
from ports.clock import Clock
from ports.errors import Refused
from ports.hotel_supplier import AmendOrder, BookingOrder
from ports.probe import Probe
from tests.fakes.breakable import VENDOR, Breakable

HOTEL = Hotel("1", "Wisma Ingatan", "Asia/Riyadh", 21.42, 39.82, "4 stars")
A_NIGHT = Money(100_00, "USD")


class MemoryHotelSupplier(Breakable):
    """One hotel, sold at one price a room and night; `on_request` asks the hotel first."""

    def __init__(self, clock: Clock, connection: str) -> None:
        super().__init__()
        self._clock = clock
        self._connection = connection
        self._numbers = itertools.count(1)
        self._asked: dict[str, BookingOrder] = {}
        self.bookings: dict[str, SupplierBooking] = {}
        self.on_request = False

    def answer_request(self, key: str, *, accept: bool) -> None:
        """The hotel makes up its mind about a booking on request."""
        state = SupplierState.CONFIRMED if accept else SupplierState.REFUSED
        self.bookings[key] = msgspec.structs.replace(self.bookings[key], state=state)

    async def search(self, request: HotelSearch, *, deadline_s: float) -> Sequence[HotelOffer]:
        self._fails("search")
        if isinstance(request.destination, HotelCodes) and HOTEL.code not in (
            request.destination.codes.get(self._connection, ())
        ):
            return ()
        return [self._offer(request, refundable) for refundable in (True, False)]

    async def check(self, offer: HotelOffer) -> HotelOffer | SoldOut | OfferExpired:
        match self._fails("check"):
            case "sold_out", _:
                return SoldOut()
            case "expired", _:
                return OfferExpired()
            case "dearer", percent:
                net = offer.price.net
                offer = _repriced(offer, Money(net.minor * int(100 + percent) // 100, net.currency))
        sell = msgspec.structs.replace(offer.price, sell=offer.price.net)
        return msgspec.structs.replace(offer, price=sell, recheck=False, expires_at=None)

    async def book(
        self, order: BookingOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        if key in self.bookings:
            return self.bookings[key]
        fault = self._fails("book")
        match fault:
            case "sold_out", _:
                return SoldOut()
            case "expired", _:
                return OfferExpired()
            case "dearer", _:
                return PriceChanged()
        self.bookings[key] = self._booked(order, key)
        self._asked[key] = order
        self._lost(fault, "book")
        return self.bookings[key]

    async def find(self, key: str) -> SupplierBooking | None:
        self._fails("find")
        return self.bookings.get(key)

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        self._fails("cancellation_fee")
        key, _ = self._known(supplier_reference)
        offer = self._asked[key].offer
        return offer.cancellation.fee_at(self._clock.now(), offer.price.net.currency)

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        fault = self._fails("cancel")
        key, booking = self._known(supplier_reference)
        if booking.state is not SupplierState.CANCELLED:
            fee = await self.cancellation_fee(supplier_reference)
            self.bookings[key] = msgspec.structs.replace(
                booking, state=SupplierState.CANCELLED, fee=fee
            )
        self._lost(fault, "cancel")
        return self.bookings[key]

    async def amend(self, supplier_reference: str, order: AmendOrder) -> SupplierBooking:
        fault = self._fails("amend")
        key, booking = self._known(supplier_reference)
        if not _refundable(order.offer):
            raise Refused("this rate allows no amendment", vendor=VENDOR, operation="amend")
        self.bookings[key] = msgspec.structs.replace(
            booking,
            stay=order.stay,
            holder=(order.holder.name, order.holder.surname),
            net=Money(A_NIGHT.minor * order.stay.nights * len(order.offer.rooms), A_NIGHT.currency),
        )
        self._lost(fault, "amend")
        return self.bookings[key]

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"endpoint": VENDOR})

    def _offer(self, request: HotelSearch, refundable: bool) -> HotelOffer:
        rooms = tuple(Room("DBL", "Double", occupancy) for occupancy in request.rooms)
        net = Money(A_NIGHT.minor * request.stay.nights * len(rooms), A_NIGHT.currency)
        free_until = datetime.combine(request.stay.check_in, time(), UTC) - timedelta(days=7)
        starts = free_until if refundable else self._clock.now() - timedelta(days=1)
        return HotelOffer(
            connection=self._connection,
            hotel=HOTEL,
            stay=request.stay,
            rooms=rooms,
            rate_plan=RatePlan("FLEX" if refundable else "FIX", ""),
            board=Board.BREAKFAST,
            board_name="Breakfast",
            price=Price(net=net, sell=net, commission=zero(net.currency)),
            cancellation=CancellationPolicy((CancellationStep(starts, net),)),
            collect=Collect.PREPAID,
            nationality=request.nationality,
            source=tuple(f"memory-{n}" for n, _ in enumerate(rooms)),
            on_request=self.on_request,
        )

    def _booked(self, order: BookingOrder, key: str) -> SupplierBooking:
        asks = order.offer.on_request
        return SupplierBooking(
            supplier_reference=f"M-{next(self._numbers)}",
            vendor_reference=key,
            state=SupplierState.ON_REQUEST if asks else SupplierState.CONFIRMED,
            net=order.offer.price.net,
            stay=order.offer.stay,
            holder=(order.holder.name, order.holder.surname),
            cancellation=order.offer.cancellation,
        )

    def _known(self, supplier_reference: str) -> tuple[str, SupplierBooking]:
        for key, booking in self.bookings.items():
            if booking.supplier_reference == supplier_reference:
                return key, booking
        raise Refused("there is no such booking", vendor=VENDOR)


def _refundable(offer: HotelOffer) -> bool:
    return offer.rate_plan.code == "FLEX"


def _repriced(offer: HotelOffer, net: Money) -> HotelOffer:
    price = msgspec.structs.replace(offer.price, net=net, sell=net)
    return msgspec.structs.replace(offer, price=price)
