"""What the customer pays."""

from __future__ import annotations

import msgspec

from core.domain.bookings.hotel import Collect
from core.domain.bookings.offer import AnOffer
from core.domain.markup import Markup, marked_up


def priced(offer: AnOffer, markup: Markup) -> AnOffer:
    """*offer* with our sell price; where the hotel collects, its own price stands."""
    if offer.collect is Collect.HOTEL:
        return offer
    sell = marked_up(offer.price.net, markup, offer.price.minimum_sell)
    return msgspec.structs.replace(offer, price=msgspec.structs.replace(offer.price, sell=sell))
