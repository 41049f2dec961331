"""Placing an order: hold, look at what is held, confirm; or give the hold back."""

from __future__ import annotations

import logging

from adapters._kit.http import broken
from adapters.octo.calls import RELEASE_S, VENDOR, Calls, Told, built, unclear, without_prices
from adapters.octo.mapping import amounts, booking, faults, ids, order
from core.domain.bookings.booking import SupplierBooking
from core.domain.bookings.terms import OfferExpired, PriceChanged
from core.domain.money import Money
from ports.activity_supplier import ActivityOrder
from ports.clock import Clock
from ports.errors import Misconfigured, OutcomeUnknown, Refused, Unavailable, VendorError

PLACE_S = 65.0
log = logging.getLogger(__name__)
Placed = SupplierBooking | PriceChanged | OfferExpired


class HoldRefused(Exception):
    """They understood the hold and cannot keep it: sold out, closed, or for a reason of theirs."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(str(refused))
        self.refused = refused


class Placing:
    """testing: which mode bookings have to be in."""

    def __init__(self, calls: Calls, clock: Clock, *, testing: bool) -> None:
        self._calls = calls
        self._clock = clock
        self._testing = testing

    async def place(self, order_: ActivityOrder, key: str) -> Placed:
        """HoldRefused: nothing was held, and the reason is to be asked for."""
        ends = self._clock.monotonic() + PLACE_S
        field = order.missing(order_)
        if field is not None:
            raise Refused(
                f"the supplier wants the holder's {field}",
                vendor=VENDOR,
                operation="book",
                vendor_code="contact_incomplete",
            )
        held = await self._held(order_, key)
        if held is None:
            return OfferExpired()
        if held.booking.status != booking.HELD:  # a repeat: what it became is the answer
            return self._settled(held, key)
        changed = await self._looked_at(held, order_, key)
        return await self._confirmed(order_, key, ends) if changed is None else changed

    async def _held(self, order_: ActivityOrder, key: str) -> Told | None:
        """None: what they offered they no longer know.

        They may answer a repeat with the first booking, or say that its uuid is in use.
        """
        try:
            return await self._calls.hold(order_, key)
        except Refused as e:
            refused = e
        if refused.vendor_code == faults.NO_SUCH_BOOKING:
            return await self._looked_up(key)
        if faults.is_gone(refused.vendor_code):
            return None
        if refused.vendor_code == faults.UNFIT:
            raise HoldRefused(refused)
        raise refused

    async def _looked_at(self, held: Told, order_: ActivityOrder, key: str) -> PriceChanged | None:
        """Nothing is confirmed at another price, without one, or in the wrong mode."""
        wrong: VendorError | PriceChanged | None = None
        try:
            net = self._price(held)
        except VendorError as e:
            wrong = e
        else:
            if net != order_.offer.price.net:
                wrong = PriceChanged(net)
        if wrong is None:
            return None
        await self._release(key)
        if isinstance(wrong, VendorError):
            raise wrong
        return wrong

    def _price(self, held: Told) -> Money:
        if held.booking.test_mode is not self._testing:
            theirs, ours = ("test", "live") if held.booking.test_mode else ("live", "test")
            raise Misconfigured(
                f"the key makes {theirs} bookings, and this is the {ours} environment",
                vendor=VENDOR,
                operation="book",
            )
        if not held.has_prices:
            raise without_prices("book", held.answer.request_id)
        if held.booking.pricing is None:
            raise broken(held.answer, "held without a price")
        return built(held.answer, amounts.net, held.booking.pricing)

    async def _confirmed(self, order_: ActivityOrder, key: str, ends: float) -> Placed:
        left = ends - self._clock.monotonic() - RELEASE_S
        try:
            return self._settled(await self._calls.confirm(order_, key, left), key)
        except Unavailable:  # certainly not confirmed
            await self._release(key)
            raise
        except Refused as e:
            refused = e
        return await self._after_refusal(refused, key)

    async def _after_refusal(self, refused: Refused, key: str) -> Placed:
        """A refusal is looked into: "invalid" may mean that it was confirmed already."""
        found = await self._looked_up(key)
        if found is None or booking.is_gone(found.booking, self._clock.now()):
            return OfferExpired()
        if found.booking.status != booking.HELD:
            return self._settled(found, key)
        await self._release(key)
        raise refused

    async def _looked_up(self, key: str) -> Told | None:
        """OutcomeUnknown: there may be a booking under *key*, and they do not tell now."""
        try:
            return await self._calls.booking(ids.booking(key), "book", RELEASE_S)
        except VendorError as e:
            why = e
        raise OutcomeUnknown(
            f"what became of it is not told: {why.message}",
            vendor=VENDOR,
            operation="book",
            vendor_code=why.vendor_code,
            request_id=why.request_id,
        )

    def _settled(self, told: Told, key: str) -> SupplierBooking | OfferExpired:
        """Only an explicit yes is a yes; a status we do not know is not a no."""
        if booking.is_gone(told.booking, self._clock.now()):
            return OfferExpired()
        found = built(told.answer, lambda b: booking.told(b, key), told.booking)
        if found is None:
            raise unclear(told.answer, "a status that is neither confirmed nor refused")
        return found

    async def _release(self, key: str) -> None:
        """Best effort: a hold that stays ends by itself."""
        try:
            await self._calls.release(key)
        except VendorError as e:
            log.info("octo.hold-left", extra={"reason": str(e)})
