"""Checking rates again before they are booked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from adapters.hotelbeds.mapping import offers
from adapters.hotelbeds.mapping.wire import CheckRateRS, Rate
from core.domain.bookings.hotel import HotelOffer

Checked = tuple[Rate, str, bool]


def keys(offer: HotelOffer) -> tuple[str, ...]:
    """Each rate key once; one stands for all rooms with the same party."""
    return tuple(dict.fromkeys(offer.source))


def request(key: str, *, language: str) -> bytes:
    return msgspec.json.encode({"rooms": [{"rateKey": key}], "language": language})


def checked(answer: CheckRateRS) -> Checked | None:
    """The rate, its currency, and whether a card is asked for; None: it is gone.

    ValueError: more than one rate for one key.
    """
    hotel = answer.hotels
    rates = [rate for room in hotel.rooms for rate in room.rates] if hotel else []
    if hotel is None or not rates:
        return None
    if len(rates) > 1:
        raise ValueError("one rate key, several rates")
    return rates[0], hotel.currency, hotel.payment_data_required


def as_it_stands(offer: HotelOffer, found: Sequence[Checked], *, now: datetime) -> HotelOffer:
    """*found*: in the order of `keys(offer)`. ValueError: the currency is another one now."""
    rates = [rate for rate, _, _ in found]
    currency = offer.price.net.currency
    if any(c != currency for _, c, _ in found):
        raise ValueError("the currency changed")
    price = offers.price(rates, currency)
    if not price.taxes:  # a check does not repeat them; included ones go with the old price
        same = price.net == offer.price.net
        kept = tuple(t for t in offer.price.taxes if same or not t.included)
        price = msgspec.structs.replace(price, taxes=kept)
    new = dict(zip(keys(offer), (r.rate_key for r in rates), strict=True))
    return msgspec.structs.replace(
        offer,
        price=price,
        cancellation=offers.cancellation(rates, currency, now),
        rate_comments=offers.comments(rates) or offer.rate_comments,
        source=tuple(new[key] or key for key in offer.source),
        recheck=any(rate.rate_type != "BOOKABLE" for rate in rates),
        expires_at=None,
    )
