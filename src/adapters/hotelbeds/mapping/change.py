"""A booking as it should become: theirs, sent back whole with new dates and names."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import msgspec

from adapters.hotelbeds.mapping.order import names, paxes
from adapters.hotelbeds.mapping.wire import RawBookingRS
from core.domain.stay import Occupancy
from ports.hotel_supplier import AmendOrder

_DECODER = msgspec.json.Decoder(RawBookingRS, float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class NotAllowed(Exception):
    """The booking as it stands cannot become what is wanted."""


def change(detail: bytes, order: AmendOrder, *, language: str) -> bytes:
    """NotAllowed: they let nothing be modified, or the parties are not those that were booked.
    ValueError: unreadable."""
    booking = _DECODER.decode(detail).booking
    if booking is None or not isinstance(booking.get("hotel"), dict):
        raise ValueError("no booking in the detail")
    if not (booking.get("modificationPolicies") or {}).get("modification"):
        raise NotAllowed("this booking allows no modification")
    hotel = {
        **booking["hotel"],
        "checkIn": order.stay.check_in.isoformat(),
        "checkOut": order.stay.check_out.isoformat(),
        "rooms": _rooms(booking["hotel"].get("rooms") or [], order),
    }
    wanted = {**booking, "holder": names(order.holder), "hotel": hotel}
    return _ENCODER.encode({"mode": "UPDATE", "language": language, "booking": wanted})


def _rooms(rooms: list[dict[str, Any]], order: AmendOrder) -> list[dict[str, Any]]:
    free = dict(enumerate(room.occupancy for room in order.offer.rooms))
    return [{**room, "paxes": _renamed(room.get("paxes") or [], free, order)} for room in rooms]


def _renamed(
    booked: list[dict[str, Any]], free: dict[int, Occupancy], order: AmendOrder
) -> list[dict[str, Any]]:
    """The first of our rooms, not taken yet, with the party they hold in theirs."""
    by_room: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for pax in booked:
        by_room[pax.get("roomId") or 1].append(pax)
    renamed: list[dict[str, Any]] = []
    for number, party in by_room.items():
        place = next((p for p, occupancy in free.items() if _same(party, occupancy)), None)
        if place is None:
            raise NotAllowed("the parties are not those that were booked")
        here = [guest for guest in order.guests if guest.room == place]
        renamed += [{"roomId": number, **p} for p in paxes(free.pop(place), here, order.people)]
    return renamed


def _same(party: list[dict[str, Any]], occupancy: Occupancy) -> bool:
    """Ages count where they tell them."""
    adults = sum(pax.get("type") == "AD" for pax in party)
    ages = [pax.get("age") for pax in party if pax.get("type") == "CH"]
    if (adults, len(ages)) != (occupancy.adults, len(occupancy.children)):
        return False
    told = sorted(age for age in ages if isinstance(age, int))
    return len(told) < len(ages) or told == sorted(occupancy.children)
