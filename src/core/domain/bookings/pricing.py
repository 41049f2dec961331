"""What the customer pays."""

from __future__ import annotations

import msgspec

from core.domain.bookings.hotel import Collect
from core.domain.bookings.offer import AnOffer
from core.domain.connections.connection import Markup
from core.domain.money import Money


def marked_up(net: Money, markup: Markup, minimum: Money | None = None) -> Money:
    """The sell price for *net*: rounded up to a multiple of round_to, never under *minimum*."""
    percent, whole = markup.percent.as_integer_ratio()
    steps = -(-net.minor * (100 * whole + percent) // (100 * whole * markup.round_to))
    sell = Money(steps * markup.round_to, net.currency)
    return minimum if minimum is not None and sell < minimum else sell


def priced(offer: AnOffer, markup: Markup) -> AnOffer:
    """*offer* with our sell price; where the hotel collects, its own price stands."""
    if offer.collect is Collect.HOTEL:
        return offer
    sell = marked_up(offer.price.net, markup, offer.price.minimum_sell)
    return msgspec.structs.replace(offer, price=msgspec.structs.replace(offer.price, sell=sell))
