"""The port's methods, each in a few calls. What they say and what comes back is `mapping`'s."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import msgspec

from adapters._kit.http import Budget, VendorHttp, broken, open_client
from adapters._kit.wiring import Wiring
from adapters.octo.calls import ASKED_FOR, READ_S, VENDOR, Calls, Told, built, unclear
from adapters.octo.catalogue import Catalogue
from adapters.octo.config import OctoConfig
from adapters.octo.mapping import booking, faults, ids, offers, party, search, vouchers, wire
from adapters.octo.placing import HoldRefused, Placing
from adapters.octo.probing import probe
from adapters.octo.searching import Searching
from core.domain.bookings.activity import ActivityOffer, ActivitySearch, Voucher
from core.domain.bookings.booking import SupplierBooking, SupplierState
from core.domain.bookings.terms import OfferExpired, PriceChanged, SoldOut
from core.domain.money import Money
from core.domain.tenancy import Environment
from ports.activity_supplier import ActivityOrder
from ports.errors import NotSupported, OutcomeUnknown, Refused, Unavailable, VendorError
from ports.limiter import Rate
from ports.probe import Probe

DEADLINE_S = 75.0
NOT_YET_S = 300.0


class OctoActivitySupplier:
    def __init__(self, http: VendorHttp, config: OctoConfig, wiring: Wiring) -> None:
        self._http = http
        self._clock = wiring.clock
        self._connection = wiring.connection
        self._calls = Calls(http)
        self._searching = Searching(
            self._calls,
            Catalogue(self._calls, wiring.clock),
            wiring.clock,
            connection=wiring.connection,
            currency=config.currency,
        )
        self._placing = Placing(
            self._calls, wiring.clock, testing=wiring.environment is Environment.TEST
        )

    async def search(
        self, request: ActivitySearch, *, deadline_s: float
    ) -> Sequence[ActivityOffer]:
        return await self._searching.search(request, deadline_s=deadline_s)

    async def check(self, offer: ActivityOffer) -> ActivityOffer | SoldOut | OfferExpired:
        product = await self._calls.product(offer)
        option = _option(product, offer)
        if product is None or option is None:
            return OfferExpired()
        unsaid = offers.unsaid(option)
        if unsaid:
            raise NotSupported(
                f"the supplier wants of the guest what an order cannot say: {', '.join(unsaid)}"[
                    :200
                ],
                vendor=VENDOR,
                operation="check",
            )
        return await self._start(product, option, offer)

    async def _start(
        self, product: wire.Product, option: wire.Option, offer: ActivityOffer
    ) -> ActivityOffer | SoldOut | OfferExpired:
        try:
            answer, rows = await self._calls.availability(search.start(offer), "check", READ_S)
        except Refused as e:
            if faults.is_gone(e.vendor_code):
                return OfferExpired()
            raise
        found = [built(answer, _availability, row) for row in rows]
        row = next((one for one in found if one.id == offer.source[0]), None)
        if row is None or offers.is_past(row, self._clock.now()):
            return OfferExpired()
        if offers.is_closed(row, offer.units):
            return SoldOut()
        build = partial(
            offers.offer,
            product,
            option,
            offer.units,
            connection=self._connection,
            recheck=False,
        )
        return built(answer, build, row)

    async def book(
        self, order: ActivityOrder, *, key: str
    ) -> SupplierBooking | SoldOut | PriceChanged | OfferExpired:
        """A hold they cannot keep is asked about: they say "cannot be processed" to all of it."""
        try:
            return await self._placing.place(order, key)
        except HoldRefused as e:
            refused = e.refused
        try:
            now = await self.check(order.offer)
        except VendorError:
            raise refused from None
        if not isinstance(now, ActivityOffer):
            return now
        if now.price.net != order.offer.price.net:
            return PriceChanged(now.price.net)
        raise refused

    async def find(self, key: str) -> SupplierBooking | None:
        """A hold is none; but one that outlives what we ask for can still become a booking."""
        told = await self._calls.booking(ids.booking(key), "find")
        if told is None or booking.is_gone(told.booking, self._clock.now()):
            return None
        if told.booking.status != booking.HELD:
            return self._told(told, key)
        if booking.outlives(told.booking, self._clock.now()):
            raise unclear(told.answer, "it is still only held, longer than was asked for")
        return None

    async def extend(self, key: str, *, minutes: int) -> datetime:
        told = await self._calls.extend(key, minutes)
        until = told.booking.utc_expires_at
        if told.booking.status != booking.HELD:
            raise Refused("there is no hold any more", vendor=VENDOR, operation="extend")
        if until is None:
            raise broken(told.answer, "held, and not until when")
        return until

    async def cancellation_fee(self, supplier_reference: str) -> Money:
        raise NotSupported("read it from the policy", vendor=VENDOR, operation="cancellation_fee")

    async def cancel(self, supplier_reference: str) -> SupplierBooking:
        """Some refuse a second cancellation, so a refusal is looked into."""
        uuid = await self._uuid(supplier_reference, "cancel")
        try:
            told = self._told(await self._calls.cancel(uuid))
        except Refused as refused:
            found = await self._calls.booking(uuid, "cancel")
            if found is None or not booking.is_cancelled(found.booking):
                raise refused from None
            return self._told(found)
        if told.state is not SupplierState.CANCELLED:
            raise OutcomeUnknown("answered, and not cancelled", vendor=VENDOR, operation="cancel")
        return told

    async def vouchers(self, supplier_reference: str) -> Sequence[Voucher]:
        """Unavailable: they confirm first and issue tickets later."""
        found = await self._calls.booking(
            await self._uuid(supplier_reference, "vouchers"), "vouchers"
        )
        if found is None or not booking.is_confirmed(found.booking):
            raise Refused("the booking is not confirmed", vendor=VENDOR, operation="vouchers")
        tickets = built(found.answer, vouchers.tickets, found.booking)
        if not tickets.found and tickets.owed:
            raise Unavailable(
                "confirmed, and its tickets are not issued yet",
                vendor=VENDOR,
                operation="vouchers",
                retry_after_s=NOT_YET_S,
            )
        return tickets.found

    async def probe(self) -> Probe:
        return await probe(self._http, self._clock)

    async def _uuid(self, supplier_reference: str, operation: str) -> str:
        """Their calls take the uuid, which stands for the reference where they gave none."""
        if ids.is_uuid(supplier_reference):
            return supplier_reference
        answer, rows = await self._calls.listed(supplier_reference, operation)
        found = built(answer, partial(booking.the_one, supplier_reference), rows)
        if found is None:
            raise Refused("there is no such booking", vendor=VENDOR, operation=operation)
        return found.uuid

    def _told(self, told: Told, key: str | None = None) -> SupplierBooking:
        """Only an explicit yes is a yes; a status we do not know is not a no."""
        found = built(told.answer, partial(booking.told, key=key), told.booking)
        if found is None:
            raise unclear(told.answer, "a status that is neither confirmed nor cancelled")
        return found


def _option(product: wire.Product | None, offer: ActivityOffer) -> wire.Option | None:
    """None: it is gone, or no longer sold to such a party."""
    for option in product.options if product else ():
        if option.id == offer.option.code:
            return option if party.allowed(option, party.counts(offer.units)) else None
    return None


def _availability(raw: msgspec.Raw) -> wire.Availability:
    return msgspec.json.decode(raw, type=wire.Availability)


@asynccontextmanager
async def open_octo(config: OctoConfig, wiring: Wiring) -> AsyncIterator[OctoActivitySupplier]:
    async with open_client(
        config.base_url,
        transport=wiring.transport,
        headers={
            "Accept": "application/json",
            "Accept-Language": config.language,
            "Authorization": f"Bearer {config.api_key}",
            "Octo-Capabilities": ASKED_FOR,
        },
    ) as client:
        http = VendorHttp(
            client,
            vendor=VENDOR,
            clock=wiring.clock,
            deadline_s=DEADLINE_S,
            limiter=wiring.limiter,
            budgets=(Budget(f"{wiring.budget}:second", Rate(config.per_second, 1.0)),),
            read_fault=faults.read_fault,
        )
        yield OctoActivitySupplier(http, config, wiring)
