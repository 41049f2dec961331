"""An activity supplier that keeps everything in memory, and goes wrong when it is told to.

It honours our key: the same key is answered with the first booking. It can be asked on request.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import msgspec

from core.domain.bookings.activity import (
    ActivityOffer,
    ActivitySearch,
    Option,
    Product,
    ProductCodes,
    Unit,
    Voucher,
    VoucherForm,
)
from core.domain.bookings.booking import SupplierBooking, SupplierState
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
from ports.activity_supplier import ActivityOrder
from ports.clock import Clock
from ports.errors import NotSupported, Refused
from ports.probe import Probe
from tests.fakes.breakable import VENDOR, Breakable

WALK = Product("1", "A Walk from Memory", "Asia/Riyadh", "Makkah", 21.42, 39.82)
A_TICKET = Money(80_00, "SAR")


class MemoryActivitySupplier(Breakable):
    """One tour a day, at one price a ticket; `on_request` asks the guide first."""

    def __init__(self, clock: Clock, connection: str) -> None:
        super().__init__()
        self._clock = clock
        self._connection = connection
        self._numbers = itertools.count(1)
        self._orders: dict[str, ActivityOrder] = {}
        self.bookings: dict[str, SupplierBooking] = {}
        self.holds: dict[str, datetime] = {}
        self.on_request = False

    def hold(self, key: str) -> None:
        """As if only the first half of a booking had been done."""
        self.holds[key] = self._clock.now() + timedelta(minutes=10)

    def answer_request(self, key: str, *, accept: bool) -> None:
        """The guide makes up his mind about a booking on request."""
        state = SupplierState.CONFIRMED if accept else SupplierState.REFUSED
        self.bookings[key] = msgspec.structs.replace(self.bookings[key], state=state)

    async def search(
        self, request: ActivitySearch, *, deadline_s: float
    ) -> Sequence[ActivityOffer]:
        self._fails("search")
        if isinstance(request.where, ProductCodes) and WALK.code not in (
            request.where.codes.get(self._connection, ())
        ):
            return ()
        words = f"{WALK.name} {WALK.place}".casefold()
        if not all(word in words for word in request.text.casefold().split()):
            return ()
        days = (request.days.last - request.days.first).days + 1
        return [self._offer(request, number) for number in range(days)]

    async def check(self, offer: ActivityOffer) -> ActivityOffer | SoldOut | OfferExpired:
        match self._fails("check"):
            case "sold_out", _:
                return SoldOut()
            case "expired", _:
                return OfferExpired()
            case "dearer", percent:
                net = offer.price.net
                net = Money(net.minor * int(100 + percent) // 100, net.currency)
                price = msgspec.structs.replace(offer.price, net=net, sell=net)
                offer = msgspec.structs.replace(offer, price=price)
        return msgspec.structs.replace(offer, recheck=False)

    async def book(
        self, order: ActivityOrder, *, key: str
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
        asks = order.offer.on_request
        self.bookings[key] = SupplierBooking(
            supplier_reference=f"M-{next(self._numbers)}",
            vendor_reference=key,
            state=SupplierState.ON_REQUEST if asks else SupplierState.CONFIRMED,
            net=order.offer.price.net,
            holder=(order.holder.name, order.holder.surname),
            cancellation=order.offer.cancellation,
        )
        self._orders[key] = order
        self._lost(fault, "book")
        return self.bookings[key]

    async def find(self, key: str) -> SupplierBooking | None:
        self._fails("find")
        return self.bookings.get(key)

    async def extend(self, key: str, *, minutes: int) -> datetime:
        self._fails("extend")
        if self.holds.get(key, self._clock.now()) <= self._clock.now():
            raise Refused("there is no hold any more", vendor=VENDOR, operation="extend")
        self.holds[key] = self._clock.now() + timedelta(minutes=minutes)
        return self.holds[key]

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        raise NotSupported("read it from the policy", vendor=VENDOR)

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        fault = self._fails("cancel")
        key, booking = self._known(supplier_reference)
        if booking.state is not SupplierState.CANCELLED:
            policy, currency = self._orders[key].offer.cancellation, A_TICKET.currency
            if policy.fee_at(self._clock.now(), currency).minor:
                raise Refused("the cut-off has passed", vendor=VENDOR, operation="cancel")
            self.bookings[key] = msgspec.structs.replace(
                booking,
                state=SupplierState.CANCELLED,
                net=None,
                cancellation=None,
                fee=zero(currency),
            )
        self._lost(fault, "cancel")
        return self.bookings[key]

    async def vouchers(self, supplier_reference: str) -> Sequence[Voucher]:
        self._fails("vouchers")
        key, booking = self._known(supplier_reference)
        if booking.state is not SupplierState.CONFIRMED:
            raise Refused("the booking is not confirmed", vendor=VENDOR, operation="vouchers")
        return [
            Voucher(VoucherForm.QR_CODE, f"{supplier_reference}/{unit.code}/{n}", unit.code)
            for unit in self._orders[key].offer.units
            for n in range(unit.count)
        ]

    async def probe(self) -> Probe:
        return Probe(Verdict.VERIFIED, {"endpoint": VENDOR})

    def _offer(self, request: ActivitySearch, number: int) -> ActivityOffer:
        day = request.days.first + timedelta(days=number)
        units = tuple(Unit(k.value, k, k.value, count) for k, count in request.people.items())
        net = Money(A_TICKET.minor * sum(unit.count for unit in units), A_TICKET.currency)
        starts = datetime.combine(day, time(9))
        free_until = starts.replace(tzinfo=UTC) - timedelta(days=1)
        return ActivityOffer(
            connection=self._connection,
            product=WALK,
            option=Option("EN", "In English"),
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
            units=units,
            price=Price(net=net, sell=net, commission=zero(net.currency)),
            cancellation=CancellationPolicy((CancellationStep(free_until, net),)),
            source=(day.isoformat(),),
            on_request=self.on_request,
        )

    def _known(self, supplier_reference: str) -> tuple[str, SupplierBooking]:
        for key, booking in self.bookings.items():
            if booking.supplier_reference == supplier_reference:
                return key, booking
        raise Refused("there is no such booking", vendor=VENDOR)
