"""Price a flight again, and read the rules of its fares."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.application.bookings.fan_out import put_on_sale
from core.application.bookings.offer_token import OfferOnSale, open_offer
from core.application.bookings.quote_offer import check_again
from core.application.connection_parts import active_parts
from core.application.hub import Asking, Hub
from core.application.vendor_problem import problem_of
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.offer import Offer
from core.domain.fare_rules import FareRules
from core.domain.money import Money
from core.domain.problem import Fault, Invalid, NotFound
from core.domain.tenancy import Permission
from ports.errors import VendorError


class Priced(msgspec.Struct, frozen=True):
    """previous_sell: what the offer said, when pricing changed it; else None."""

    on_sale: OfferOnSale[FlightOffer]
    previous_sell: Money | None


async def price_flight(hub: Hub, asking: Asking, token: str) -> Priced:
    """The offer as its GDS sells it now, with its ticketing limit; nothing is written.

    Conflict: sold out, expired. Failed: no answer came.
    """
    asking.need(Permission.SEARCH)
    offer = _flight(open_offer(hub.vault, asking.scope, token, hub.clock), "/offer")
    checked, _ = await check_again(hub, asking, offer)
    now = put_on_sale(hub, asking, _flight(checked, "/offer"))
    changed = checked.price.sell != offer.price.sell
    return Priced(now, offer.price.sell if changed else None)


async def read_fare_rules(
    hub: Hub, asking: Asking, *, token: str | None = None, booking: str | None = None
) -> tuple[FlightOffer, Sequence[FareRules]]:
    """The rules of each fare, in the order of its segments: of an offer, or of what was booked.

    Conflict: the GDS has no text for a fare. Failed: no answer came.
    """
    asking.need(Permission.SEARCH)
    offer = await _asked_for(hub, asking, token, booking)
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await active_parts(hub, view, offer.connection)
    try:
        gds = await hub.vendors.gds(asking.scope, connection, account)
        return offer, await gds.fare_rules(offer)
    except VendorError as e:
        raise problem_of(e) from e


async def _asked_for(
    hub: Hub, asking: Asking, token: str | None, booking: str | None
) -> FlightOffer:
    if (token is None) == (booking is None):
        raise Invalid(Fault("", "name either an offer or a booking"))
    if token is not None:
        return _flight(open_offer(hub.vault, asking.scope, token, hub.clock), "/offer")
    asking.need(Permission.BOOKINGS_READ)
    async with hub.store.read(asking.scope) as view:
        found = await view.booking(booking or "")
    if found is None:
        raise NotFound("booking", booking or "")
    return _flight(found.offer, "/booking")


def _flight(offer: Offer, pointer: str) -> FlightOffer:
    if not isinstance(offer, FlightOffer):
        raise Invalid(Fault(pointer, "is not of a flight"))
    return offer
