"""Re-check an offer with its supplier; the quote's price is the one that is booked."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from core.application.bookings.offer_token import open_offer
from core.application.bookings.sellers import seller_of
from core.application.connection_parts import active_parts
from core.application.hub import Asking, Hub
from core.application.vendor_problem import problem_of
from core.domain.bookings.offer import Offer, Quote
from core.domain.bookings.pricing import priced
from core.domain.bookings.terms import OfferExpired, SoldOut
from core.domain.problem import Conflict, NotFound
from core.domain.tenancy import Permission
from ports.errors import VendorError

QUOTE_HOLDS = timedelta(minutes=20)


async def quote_offer(hub: Hub, asking: Asking, token: str) -> Quote:
    """Conflict: sold out, expired, or its connection is disabled. Failed: no answer came."""
    asking.need(Permission.SEARCH)
    offer = open_offer(hub.vault, asking.scope, token, hub.clock)
    checked, entity = await check_again(hub, asking, offer)
    quote = _quote(hub, entity, offer, checked)
    async with hub.store.begin(asking.scope) as tx:
        await tx.put_quote(quote)
    return quote


async def check_again(hub: Hub, asking: Asking, offer: Offer) -> tuple[Offer, str]:
    """The offer as its supplier sells it now, at our price, and the legal entity that sells it.

    Conflict: sold out, expired, or its connection is disabled. Failed: no answer came.
    """
    async with hub.store.read(asking.scope) as view:
        connection, account, _ = await active_parts(hub, view, offer.connection)
    try:
        seller = await seller_of(hub, asking.scope, connection, account, offer)
        checked = await seller.check()
    except VendorError as e:
        raise problem_of(e) from e
    match checked:
        case SoldOut(reason):
            raise Conflict("sold_out", reason or "the supplier no longer sells it")
        case OfferExpired():
            raise Conflict("offer_expired", "the supplier has forgotten the offer; search again")
        case _:
            ours = priced(checked, connection.markup)
            return msgspec.structs.replace(ours, connection=offer.connection), connection.entity


def _quote(hub: Hub, entity: str, offered: Offer, checked: Offer) -> Quote:
    now = hub.clock.now()
    until = now + QUOTE_HOLDS
    changed = checked.price.sell != offered.price.sell
    return Quote(
        id=hub.mint.id("qte"),
        offer=checked,
        entity=entity,
        quoted_at=now,
        expires_at=min(until, checked.expires_at) if checked.expires_at else until,
        previous_sell=offered.price.sell if changed else None,
    )


async def read_quote(hub: Hub, asking: Asking, id: str) -> Quote:
    asking.need(Permission.SEARCH)
    async with hub.store.read(asking.scope) as view:
        quote = await view.quote(id)
    if quote is None:
        raise NotFound("quote", id)
    return quote
