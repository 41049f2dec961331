"""What any supplier can sell, whatever it is, and the quote made of it."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from core.domain.bookings.activity import ActivityOffer
from core.domain.bookings.flight import FlightOffer
from core.domain.bookings.hotel import HotelOffer
from core.domain.money import Money

# Each tells its title, starts_on and ends_on (local dates), people, price and terms alike.
Offer = HotelOffer | ActivityOffer | FlightOffer
AnOffer = TypeVar("AnOffer", bound=Offer)


class Quote(msgspec.Struct, frozen=True):
    """An offer re-checked with the supplier. Its price is the one that is booked.

    previous_sell: what the offer said, when the check changed it; else None.
    """

    id: str
    offer: Offer
    entity: str
    quoted_at: datetime
    expires_at: datetime
    previous_sell: Money | None = None

    def holds(self, now: datetime) -> bool:
        return now < self.expires_at
